import IngotCore

/// Takes the bytes out of one gzip member that comes in pieces, with memory that does not grow with them.
public final class GzipFileReader {
    private let inflater = Inflater(.gzip)
    private let limit: Int64
    private var size: Int64 = 0
    private var isAtEnd = false

    /// - Parameter limit: the most bytes that the member may hold.
    public init(limit: Int64) {
        self.limit = limit
    }

    /// Takes a piece and gives what comes out of it, in pieces of at most 64 KiB.
    ///
    /// - Throws: `JobFailure` `gzip_corrupted` or `gzip_too_large`; what `output` throws.
    public func read(_ bytes: [UInt8], output: ([UInt8]) throws -> Void) throws {
        var consumed = 0
        while true {
            if isAtEnd {
                guard consumed == bytes.count else { throw corrupted("has bytes after its end") }
                return
            }
            var step = Inflater.Step(consumed: 0, produced: 0, isAtEnd: false)
            let piece: [UInt8]
            do {
                piece = try bytes.withUnsafeBufferPointer { input in
                    try [UInt8](unsafeUninitializedCapacity: 64 << 10) { space, count in
                        step = try inflater.step(UnsafeBufferPointer(rebasing: input[consumed...]), into: space)
                        count = step.produced
                    }
                }
            } catch is Inflater.DataError {
                throw corrupted("is damaged")
            }
            consumed += step.consumed
            size += Int64(step.produced)
            isAtEnd = step.isAtEnd
            guard size <= limit else {
                throw JobFailure(code: "gzip_too_large", message: "A gzip member holds more than \(limit) bytes.")
            }
            if !piece.isEmpty { try output(piece) }
            if step.consumed == 0, step.produced == 0, !isAtEnd { return }
        }
    }

    /// - Throws: `JobFailure` `gzip_corrupted` when the member has not ended.
    public func finish() throws {
        guard isAtEnd else { throw corrupted("is cut short") }
    }

    private func corrupted(_ what: String) -> JobFailure {
        JobFailure(code: "gzip_corrupted", message: "A gzip member \(what).")
    }
}
