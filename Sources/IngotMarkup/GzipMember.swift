import IngotCore

/// One gzip member (RFC 1952): a header, deflated bytes, their CRC-32 and length.
///
/// Members written one after another are an ordinary gzip file.
public enum GzipMember {
    /// Compresses the bytes as one member.
    ///
    /// Equal bytes give equal members: no name and no time is written.
    ///
    /// For many members keep a ``GzipCompressor``.
    public static func compress(_ bytes: [UInt8], level: Int = 1) -> [UInt8] {
        GzipCompressor(level: level).compress(bytes)
    }

    /// The bytes of exactly one member.
    ///
    /// - Parameter limit: the most bytes that it may hold.
    /// - Throws: `JobFailure` `gzip_corrupted` when it is cut, damaged or followed by something; `gzip_too_large`.
    public static func decompress(_ member: [UInt8], limit: Int) throws -> [UInt8] {
        let inflater = Inflater(.gzip)
        var output: [UInt8] = []
        // The last four bytes tell the length, but may lie: they only size the first piece.
        var room = min(max(announcedLength(member), 1 << 10), 1 << 20, limit + 1)
        var consumed = 0
        while true {
            var step = Inflater.Step(consumed: 0, produced: 0, isAtEnd: false)
            do {
                let piece = try member.withUnsafeBufferPointer { input in
                    try [UInt8](unsafeUninitializedCapacity: room) { space, count in
                        step = try inflater.step(UnsafeBufferPointer(rebasing: input[consumed...]), into: space)
                        count = step.produced
                    }
                }
                if output.isEmpty { output = piece } else { output.append(contentsOf: piece) }
            } catch {
                throw corrupted("is damaged")
            }
            consumed += step.consumed
            guard output.count <= limit else {
                throw JobFailure(code: "gzip_too_large", message: "A gzip member holds more than \(limit) bytes.")
            }
            if step.isAtEnd { break }
            guard step.consumed > 0 || step.produced > 0 else { throw corrupted("is cut short") }
            room = min(64 << 10, limit - output.count + 1)
        }
        guard consumed == member.count else { throw corrupted("has bytes after its end") }
        return output
    }

    private static func announcedLength(_ member: [UInt8]) -> Int {
        member.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    private static func corrupted(_ what: String) -> JobFailure {
        JobFailure(code: "gzip_corrupted", message: "A gzip member \(what).")
    }
}

/// Makes gzip members one after another with the same memory.
public final class GzipCompressor {
    private let deflater: Deflater

    /// - Parameter level: 1 (fast) to 9 (small).
    public init(level: Int = 1) {
        deflater = Deflater(.gzip, level: level)
    }

    /// Compresses the bytes as one whole member.
    public func compress(_ bytes: [UInt8]) -> [UInt8] {
        deflater.whole(bytes.span)
    }

    /// Compresses the bytes as one whole member.
    public func compress(_ bytes: Span<UInt8>) -> [UInt8] {
        deflater.whole(bytes)
    }
}
