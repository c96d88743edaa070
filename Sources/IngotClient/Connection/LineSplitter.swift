/// Cuts a stream of bytes into lines.
package struct LineSplitter {
    private let maximumLineBytes: Int
    private var pending: [UInt8] = []

    package init(maximumLineBytes: Int = GatewayLimits().lineBytes) { self.maximumLineBytes = maximumLineBytes }

    /// Takes a piece; returns the lines that it completes, without their ends.
    ///
    /// - Throws: ``LineTooLong``.
    package mutating func take(_ bytes: some Sequence<UInt8>) throws -> [[UInt8]] {
        var lines: [[UInt8]] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                lines.append(pending)
                pending.removeAll(keepingCapacity: true)
            } else {
                guard pending.count < maximumLineBytes else { throw LineTooLong(limit: maximumLineBytes) }
                pending.append(byte)
            }
        }
        return lines
    }

    /// What came after the last line's end; `nil` when there is nothing.
    package mutating func rest() -> [UInt8]? {
        defer { pending = [] }
        return pending.isEmpty ? nil : pending
    }
}

/// A line does not end.
package struct LineTooLong: Error, CustomStringConvertible {
    package let limit: Int
    package var description: String { "a line is longer than \(limit) bytes" }
}
