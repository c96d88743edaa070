/// Takes apart the stream in which an engine mixes standard output and error: frames with a header of 8 bytes, the
/// last four of which are the length.
struct LogFrames: Sendable {
    /// The stream is not one of frames, or a frame is longer than it may be.
    struct Malformed: Error, Equatable {}

    /// Engines cut lines at 16 KiB or do not cut them at all.
    static let maximumFrame = 16 << 20

    private var pending: [UInt8] = []
    private var start = 0

    /// Takes a piece of the stream; returns the frames' contents that it completes.
    mutating func take(_ bytes: some Sequence<UInt8>) throws(Malformed) -> [ArraySlice<UInt8>] {
        pending += bytes
        var frames: [ArraySlice<UInt8>] = []
        while pending.count - start >= 8 {
            let header = pending[start..<(start + 8)]
            guard header[start] <= 2, header[start + 1] == 0, header[start + 2] == 0, header[start + 3] == 0 else {
                throw Malformed()
            }
            let length = header.suffix(4).reduce(0) { $0 << 8 | Int($1) }
            guard length <= Self.maximumFrame else { throw Malformed() }
            guard pending.count - start - 8 >= length else { break }
            frames.append(pending[(start + 8)..<(start + 8 + length)])
            start += 8 + length
        }
        if start > 1 << 16 || start == pending.count {
            pending.removeFirst(start)
            start = 0
        }
        return frames
    }
}
