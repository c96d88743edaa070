/// The text of a node as the document has it, each run of white space as one space and none at its ends.
struct PublishedText {
    /// Bytes of UTF-8; those from ``length`` on are room to grow.
    private var storage: [UInt8] = []
    private var length = 0
    private var endsInSpace = false

    var bytes: [UInt8] { Array(storage[..<length]) }

    mutating func append(_ text: Span<UInt8>) {
        let count = text.count
        var index = 0
        while index < count, text[index] <= 0x20 { index += 1 }
        if index > 0 { endsInSpace = true }
        guard index < count else { return }
        let needed = length + 1 + count - index
        if needed > storage.count {
            let size = max(needed, 2 * storage.count, 256)
            storage.append(contentsOf: repeatElement(0, count: size - storage.count))
        }
        var end = length
        let isAfterSpace = endsInSpace && length > 0
        endsInSpace = storage.withUnsafeMutableBytes { room in
            if isAfterSpace {
                room[end] = 0x20
                end &+= 1
            }
            return text.withUnsafeBytes { CollapsedSpaces.copy($0, from: index, into: room, at: &end) }
        }
        length = end
    }
}
