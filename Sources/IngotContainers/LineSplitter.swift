/// Cuts a stream of bytes into lines of a bounded length.
public struct LineSplitter: Sendable {
    /// A line was longer than it may be.
    public struct LineTooLong: Error, Sendable, Equatable {
        public let maximum: Int
    }

    private var pending: [UInt8] = []
    private let maximum: Int

    /// - Parameter maximum: the length of the longest line, in bytes.
    public init(maximum: Int) { self.maximum = maximum }

    /// Takes a piece; returns the lines that it completes, without their ends.
    ///
    /// - Throws: ``LineTooLong``; nothing can be read on after it.
    public mutating func take(_ bytes: some Sequence<UInt8>) throws(LineTooLong) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                lines.append(pending)
                pending.removeAll(keepingCapacity: true)
            } else {
                guard pending.count < maximum else { throw LineTooLong(maximum: maximum) }
                pending.append(byte)
            }
        }
        return lines
    }

    /// What came after the last line's end.
    public mutating func takeRest() -> [UInt8] {
        defer { pending = [] }
        return pending
    }
}
