/// Writes JSON text into one growing buffer, without building a tree first.
///
/// It writes tokens; commas and brackets are the caller's, who knows the shape.
public struct JSONWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init() {}

    public mutating func reserveCapacity(_ count: Int) { bytes.reserveCapacity(count) }

    /// Appends punctuation, literals or text that is already JSON.
    public mutating func raw(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    /// Appends bytes that are already JSON.
    public mutating func raw(_ json: some Sequence<UInt8>) { bytes.append(contentsOf: json) }

    /// Appends bytes that are already JSON, all at once.
    public mutating func raw(_ json: [UInt8]) { bytes.append(contentsOf: json) }

    /// Appends bytes that are already JSON, all at once.
    public mutating func raw(_ json: ArraySlice<UInt8>) { bytes.append(contentsOf: json) }

    public mutating func integer(_ value: some BinaryInteger) {
        bytes.append(contentsOf: String(value).utf8)
    }

    /// Appends a number; one without a fraction is written without a point, as JavaScript does, and what JSON
    /// cannot say (infinity, NaN) is null.
    public mutating func number(_ value: Double) {
        if let whole = Int64(exactly: value) {
            integer(whole)
        } else if value.isFinite {
            bytes.append(contentsOf: value.description.utf8)
        } else {
            raw("null")
        }
    }

    /// Appends a string with its quotes.
    public mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { string($0) }
    }

    /// Appends a database value as D1 writes one: a blob is an array of its bytes.
    public mutating func value(_ value: SQLValue) {
        switch value {
        case .null: raw("null")
        case .integer(let number): integer(number)
        case .real(let value): number(value)
        case .text(let text): string(text)
        case .blob(let blob):
            raw("[")
            for (index, byte) in blob.enumerated() {
                if index > 0 { raw(",") }
                integer(byte)
            }
            raw("]")
        }
    }

    private mutating func string(_ text: UnsafeBufferPointer<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        var start = 0
        while true {
            let end = JSONEscapes.next(in: text, from: start)
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<end]))
            guard end < text.count else { break }
            escape(text[end])
            start = end + 1
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): raw("\\\"")
        case UInt8(ascii: "\\"): raw("\\\\")
        case 0x0A: raw("\\n")
        case 0x0D: raw("\\r")
        case 0x09: raw("\\t")
        default:
            raw("\\u00")
            let digits: StaticString = "0123456789abcdef"
            digits.withUTF8Buffer {
                bytes.append($0[Int(byte >> 4)])
                bytes.append($0[Int(byte & 15)])
            }
        }
    }
}
