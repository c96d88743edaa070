/// Makes one gzip member of bytes that come in pieces, with memory that does not grow with them.
public final class GzipFileWriter {
    private let deflater: Deflater

    /// - Parameter level: 1 (fast) to 9 (small).
    public init(level: Int = 6) {
        deflater = Deflater(.gzip, level: level)
    }

    /// Takes a piece and gives what comes out of it, in pieces.
    public func write(_ bytes: [UInt8], output: ([UInt8]) throws -> Void) throws {
        if bytes.isEmpty { return }
        try deflater.write(bytes.span, isLast: false) { piece in
            try output(piece.withUnsafeBufferPointer(Array.init))
        }
    }

    /// Ends the member and gives the rest of it.
    public func finish(output: ([UInt8]) throws -> Void) throws {
        let nothing: [UInt8] = []
        try deflater.write(nothing.span, isLast: true) { piece in
            try output(piece.withUnsafeBufferPointer(Array.init))
        }
        deflater.reset()
    }
}
