import Glibc

/// What an ``XMLPushParser`` tells as it reads: elements by local name and name space, whatever prefix the document
/// uses, and text.
///
/// All text is UTF-8, whatever encoding the document has.
///
/// Views are valid during the call only. Text comes in as many pieces as the parser likes; a piece never splits a
/// character.
public protocol XMLEventHandler: AnyObject {
    /// - Parameters:
    ///   - name: the local name.
    ///   - namespace: the name space's URI; empty when the element has none.
    /// - Throws: anything; it ends the parsing, and the parser throws it on.
    func startElement(_ name: Span<UInt8>, namespace: Span<UInt8>, attributes: borrowing XMLAttributes) throws
    /// The element that was started last and is still open ends.
    func endElement() throws
    func characters(_ text: Span<UInt8>)
}

/// The attributes of one element, looked at where the parser keeps them.
///
/// Only attributes without a prefix can be asked for. The type cannot be copied, so a handler cannot keep it beyond
/// the call that lends it, which is as long as its pointers are valid.
public struct XMLAttributes: ~Copyable {
    /// Name, value, name, value, ..., null: each a string that ends with a zero byte.
    private let pairs: UnsafeMutablePointer<UnsafePointer<CChar>?>

    init(pairs: UnsafeMutablePointer<UnsafePointer<CChar>?>) {
        self.pairs = pairs
    }

    /// The attribute's value, or `nil` when the element does not have it.
    public func string(_ name: StaticString) -> String? {
        guard let value = value(of: name) else { return nil }
        let text = UnsafeBufferPointer(
            start: UnsafeRawPointer(value).assumingMemoryBound(to: UInt8.self),
            count: strlen(value)
        )
        // The parser has checked that it is UTF-8.
        return String(copying: UTF8Span(unchecked: text.span))
    }

    /// Whether the element has the attribute with exactly this value.
    public func has(_ name: StaticString, equalTo expected: StaticString) -> Bool {
        guard let value = value(of: name) else { return false }
        return Self.isEqual(value, expected)
    }

    /// Whether the element has the attribute and its value contains this text.
    public func has(_ name: StaticString, containing part: StaticString) -> Bool {
        guard var place = value(of: name) else { return false }
        while place.pointee != 0 {
            if Self.isPrefix(part, of: place) { return true }
            place += 1
        }
        return part.utf8CodeUnitCount == 0
    }

    /// The attribute as a decimal number; `nil` when it is absent or is not one.
    public func integer(_ name: StaticString) -> Int? {
        string(name).flatMap { Int($0) }
    }

    private func value(of name: StaticString) -> UnsafePointer<CChar>? {
        var place = pairs
        while let found = place[0] {
            if Self.isEqual(found, name) { return place[1] }
            place += 2
        }
        return nil
    }

    private static func isEqual(_ text: UnsafePointer<CChar>, _ other: StaticString) -> Bool {
        isPrefix(other, of: text) && text[other.utf8CodeUnitCount] == 0
    }

    private static func isPrefix(_ prefix: StaticString, of text: UnsafePointer<CChar>) -> Bool {
        let start = prefix.utf8Start
        for index in 0..<prefix.utf8CodeUnitCount where UInt8(bitPattern: text[index]) != start[index] {
            // The zero byte at the text's end stops the comparison as well: the prefix holds none.
            return false
        }
        return true
    }
}
