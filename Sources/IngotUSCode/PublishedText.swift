/// The text of a node as the document has it, each run of white space as one space and none at its ends.
struct PublishedText {
    private(set) var bytes: [UInt8] = []
    private var endsInSpace = false

    mutating func append(_ text: Span<UInt8>) {
        text.withUnsafeBufferPointer { text in
            var start = 0
            while start < text.count {
                guard !Self.isSpace(text[start]) else {
                    endsInSpace = true
                    start += 1
                    continue
                }
                let end = text[start...].firstIndex(where: Self.isSpace) ?? text.count
                if endsInSpace, !bytes.isEmpty { bytes.append(UInt8(ascii: " ")) }
                endsInSpace = false
                bytes.append(contentsOf: text[start..<end])
                start = end
            }
        }
    }

    /// White space as XML knows it.
    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x09 || byte == 0x0D
    }
}
