import IngotCore

/// Puts into a record where its references lead in the state that is read.
///
/// A stored record says what each reference names; whether there is such a node depends on the state. `target`
/// becomes the node's key, and `resolved` says whether there is one.
enum ResolvedRecord {
    private static let start = Array(#","refs":["#.utf8)

    /// The named keys of a record's references.
    static func targets(in record: [UInt8]) throws -> Set<String> {
        Set(try references(in: record)?.list.compactMap { $0["target"]?.stringValue } ?? [])
    }

    /// The record with its references resolved.
    ///
    /// - Parameter resolved: the node for each named key, as ``ReferenceResolver`` finds them.
    static func record(_ record: [UInt8], resolved: [String: String]) throws -> [UInt8] {
        guard let (list, position) = try references(in: record), !list.isEmpty else { return record }
        var writer = JSONWriter()
        writer.reserveCapacity(record.count + 24 * list.count)
        writer.raw(record[..<position])
        for (index, reference) in list.enumerated() {
            if index > 0 { writer.raw(",") }
            writer.raw("{")
            let target = reference["target"]?.stringValue
            let members = [
                ("href", reference["href"]?.stringValue), ("text", reference["text"]?.stringValue),
                ("kind", reference["kind"]?.stringValue), ("target", target.map { resolved[$0] ?? $0 }),
                ("piece", reference["piece"]?.stringValue), ("relation", reference["relation"]?.stringValue),
            ]
            var isFirst = true
            for case (let name, let value?) in members {
                if !isFirst { writer.raw(",") }
                isFirst = false
                writer.string(name)
                writer.raw(":")
                writer.string(value)
            }
            if let target { writer.raw(resolved[target] == nil ? ",\"resolved\":false" : ",\"resolved\":true") }
            writer.raw("}")
        }
        writer.raw("]}")
        return writer.bytes
    }

    /// The references, which are a record's last member, and where their list's content begins.
    private static func references(in record: [UInt8]) throws -> (list: [JSONValue], position: Int)? {
        // Inside of a string the quotation marks would have backslashes.
        guard let position = lastRange(of: start, in: record)?.upperBound, position <= record.count - 2 else {
            return nil
        }
        let list = try JSONParser.parse(Array(record[(position - 1)..<(record.count - 1)]))
        return (list.arrayValue ?? [], position)
    }

    private static func lastRange(of pattern: [UInt8], in bytes: [UInt8]) -> Range<Int>? {
        guard bytes.count >= pattern.count else { return nil }
        var index = bytes.count - pattern.count
        while index >= 0 {
            if bytes[index] == pattern[0], bytes[index..<index + pattern.count].elementsEqual(pattern) {
                return index..<index + pattern.count
            }
            index -= 1
        }
        return nil
    }
}
