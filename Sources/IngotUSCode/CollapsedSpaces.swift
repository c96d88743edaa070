/// Copies text with one space for each run of white space: the loop that every character of a document's text goes
/// through.
enum CollapsedSpaces {
    /// Copies the text from `start` on, whose first byte is no white space.
    ///
    /// XML allows no other characters up to the space than those of white space.
    ///
    /// - Parameters:
    ///   - room: has space for all of the text from `end` on.
    ///   - end: where to write; after the call, where the copy ends.
    /// - Returns: whether the text ended with white space, which is not copied.
    static func copy(
        _ text: UnsafeRawBufferPointer,
        from start: Int,
        into room: UnsafeMutableRawBufferPointer,
        at end: inout Int
    ) -> Bool {
        precondition(text.count &- start <= room.count &- end)
        var index = start
        // A space may be the last byte that was copied, but never two.
        var isAtSpace = false
        while index < text.count {
            if index &+ ByteLanes.width <= text.count {
                let lanes = ByteLanes(text, at: index)
                let spaces = lanes.spaces
                let isClean = !lanes.hasControl && spaces & (spaces << 8) == 0 && !(isAtSpace && spaces & 0x80 != 0)
                if isClean {
                    lanes.store(in: room, at: end)
                    index &+= ByteLanes.width
                    end &+= ByteLanes.width
                    isAtSpace = spaces >> 63 != 0
                    continue
                }
            }
            let stop = min(index &+ ByteLanes.width, text.count)
            while index < stop {
                let byte = text[index]
                index &+= 1
                let isSpace = byte <= 0x20
                if isSpace, isAtSpace { continue }
                room[end] = isSpace ? 0x20 : byte
                end &+= 1
                isAtSpace = isSpace
            }
        }
        if isAtSpace { end &-= 1 }
        return isAtSpace
    }
}
