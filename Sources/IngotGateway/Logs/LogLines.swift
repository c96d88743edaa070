/// Turns the bytes that a runner writes into the text of a log: valid UTF-8, lines of bounded length, no secrets.
///
/// Nothing is lost: a line that is too long becomes several, and a byte that is no text becomes U+FFFD. Nothing waits
/// for the end of its line either, so that what a reader of the bytes has taken is in the log though the reader dies.
struct LogLines: Sendable {
    /// The longest line, in bytes.
    static let maximumLength = 65_536

    private var redaction: RedactionStream
    /// The start of a character, or a carriage return that may belong to a line feed.
    private var carried: [UInt8] = []
    /// The bytes of the line that is under way.
    private var length: Int

    /// - Parameters:
    ///   - length: how many bytes the line has already that the text goes on with.
    ///   - rest: what an earlier gateway has read and not shown (``takeRest()``).
    init(_ redaction: Redaction, continuing length: Int = 0, after rest: [UInt8] = []) {
        self.redaction = RedactionStream(redaction, after: rest)
        self.length = length
    }

    /// Looks for these secrets from now on.
    mutating func use(_ redaction: Redaction) { self.redaction.use(redaction) }

    /// Takes bytes and gives the text that they make.
    mutating func append(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = carried + redaction.append(bytes)
        carried = Array(bytes.suffix(Self.openSuffix(of: bytes)))
        bytes.removeLast(carried.count)
        return lines(of: bytes)
    }

    /// Takes out what was given and not shown yet, as it may be the start of a secret or of a character.
    mutating func takeRest() -> [UInt8] {
        defer { carried = [] }
        return carried + redaction.takeRest()
    }

    /// Gives what is left, and ends a line that has no end.
    mutating func finish() -> [UInt8] {
        var text = lines(of: carried + redaction.finish())
        carried = []
        if length > 0 {
            text.append(0x0A)
            length = 0
        }
        return text
    }

    private mutating func lines(of bytes: [UInt8]) -> [UInt8] {
        if bytes.isEmpty { return [] }
        let text = Array(String(decoding: bytes, as: UTF8.self).utf8)
        var output: [UInt8] = []
        output.reserveCapacity(text.count + text.count / Self.maximumLength + 1)
        text.withUnsafeBufferPointer { text in
            var rest = text[...]
            while !rest.isEmpty {
                let newline = rest.firstIndex(of: 0x0A)
                var line = rest[..<(newline ?? rest.endIndex)]
                rest = newline.map { rest[($0 + 1)...] } ?? rest[rest.endIndex...]
                if newline != nil, line.last == 0x0D { line.removeLast() }
                while length + line.count > Self.maximumLength {
                    var end = line.startIndex + (Self.maximumLength - length)
                    // Not within a character.
                    while end > line.startIndex, line[end] & 0xC0 == 0x80 { end -= 1 }
                    output += line[..<end]
                    output.append(0x0A)
                    line = line[end...]
                    length = 0
                }
                output += line
                length += line.count
                if newline != nil {
                    output.append(0x0A)
                    length = 0
                }
            }
        }
        return output
    }

    /// How many of the last bytes may be the start of a character or of a line's end.
    private static func openSuffix(of bytes: [UInt8]) -> Int {
        if bytes.last == 0x0D { return 1 }
        for (index, byte) in bytes.suffix(3).reversed().enumerated() where byte & 0xC0 != 0x80 {
            let length =
                switch byte {
                case 0xC2...0xDF: 2
                case 0xE0...0xEF: 3
                case 0xF0...0xF4: 4
                default: 1
                }
            return length > index + 1 ? index + 1 : 0
        }
        return 0
    }
}
