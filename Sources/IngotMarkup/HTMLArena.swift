/// Memory for one parsed page, which is freed as a whole.
final class HTMLArena {
    private static let blockSize = 1 << 18
    /// What the strictest type needs.
    private static let alignment = 16
    private var blocks: [UnsafeMutableRawPointer] = []
    private var next: UnsafeMutableRawPointer?
    private var room = 0

    func allocate(_ size: Int) -> UnsafeMutableRawPointer {
        let rounded = max(1, (size + Self.alignment - 1) / Self.alignment) * Self.alignment
        if rounded > room { addBlock(max(rounded, Self.blockSize)) }
        guard let start = next else { preconditionFailure("A block was just added.") }
        next = start + rounded
        room -= rounded
        return start
    }

    private func addBlock(_ size: Int) {
        let block = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: Self.alignment)
        blocks.append(block)
        next = block
        room = size
    }

    deinit {
        for block in blocks { block.deallocate() }
    }
}
