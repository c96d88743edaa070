import IngotCore

/// Unpacks one entry of a zip archive, a piece at a time.
///
/// The length and CRC-32 of the whole are checked with the last piece, so what came before counts only when the
/// end was reached without an error.
public final class ZipEntryReader {
    public let entry: ZipEntry
    /// Plain bytes given so far.
    public private(set) var position: Int64 = 0
    private let file: DescriptorFile
    private let limits: ZipLimits
    private let inflater: Inflater?
    private var packed: [UInt8] = []
    private var packedIndex = 0
    private var packedLeft: Int64
    private var packedOffset: Int64
    private var checkSum = CheckSum()
    private var isDone = false

    private static let step = 64 << 10

    init(entry: ZipEntry, file: DescriptorFile, start: Int64, limits: ZipLimits) {
        self.entry = entry
        self.file = file
        self.limits = limits
        inflater = entry.method == .deflated ? Inflater(.none) : nil
        packedLeft = entry.packedSize
        packedOffset = start
    }

    /// The next plain bytes, at most 64 KiB; `nil` after the last.
    ///
    /// - Throws: `JobFailure` `zip_corrupted` when the bytes are damaged or not what the directory says, `zip_bomb` when
    ///   they unpack to far more than they should, `file_unreadable`.
    public func next() throws -> [UInt8]? {
        guard !isDone else { return nil }
        let (piece, isLast) = try inflater.map(inflated) ?? stored()
        position += Int64(piece.count)
        checkSum.add(piece.span)
        guard position <= entry.size else { throw corrupted("has more bytes than announced") }
        let consumed = entry.packedSize - packedLeft - Int64(packed.count - packedIndex)
        guard position <= limits.freeBytes || position / max(consumed, 1) <= limits.ratio else {
            throw Self.bomb(entry, "its bytes unpack to more than \(limits.ratio) times as many")
        }
        guard isLast else { return piece }
        isDone = true
        guard position == entry.size else { throw corrupted("has fewer bytes than announced") }
        guard packedLeft == 0, packedIndex == packed.count else { throw corrupted("has bytes after its end") }
        guard checkSum.value == entry.crc32 else { throw corrupted("has a wrong check sum") }
        return piece.isEmpty ? nil : piece
    }

    private func stored() throws -> (piece: [UInt8], isLast: Bool) {
        try fill()
        let piece = packed
        packedIndex = packed.count
        return (piece, packedLeft == 0)
    }

    private func inflated(_ inflater: Inflater) throws -> (piece: [UInt8], isLast: Bool) {
        var isAtEnd = false
        let piece = try [UInt8](unsafeUninitializedCapacity: Self.step) { output, filled in
            while filled < output.count, !isAtEnd {
                if packedIndex == packed.count { try fill() }
                let step: Inflater.Step
                do {
                    step = try packed.withUnsafeBufferPointer { input in
                        try inflater.step(
                            UnsafeBufferPointer(rebasing: input[packedIndex...]),
                            into: UnsafeMutableBufferPointer(rebasing: output[filled...])
                        )
                    }
                } catch is Inflater.DataError {
                    throw corrupted("is damaged")
                }
                packedIndex += step.consumed
                filled += step.produced
                isAtEnd = step.isAtEnd
                guard isAtEnd || step.consumed > 0 || step.produced > 0 else { throw corrupted("is cut short") }
            }
        }
        return (piece, isAtEnd)
    }

    private func fill() throws {
        let wanted = Int(min(packedLeft, Int64(Self.step)))
        packed = try file.read(at: packedOffset, count: wanted)
        guard packed.count == wanted else { throw corrupted("is cut short") }
        packedIndex = 0
        packedOffset += Int64(wanted)
        packedLeft -= Int64(wanted)
    }

    private func corrupted(_ reason: String) -> JobFailure {
        JobFailure(
            code: "zip_corrupted",
            message: "The zip's entry \(ZipDirectory.quoted(entry.name)) \(reason).",
            advice: "Fetch the file again."
        )
    }

    static func bomb(_ entry: ZipEntry, _ reason: String) -> JobFailure {
        JobFailure(
            code: "zip_bomb",
            message: "The zip's entry \(ZipDirectory.quoted(entry.name)) is too large: \(reason).",
            advice: "Do not use this file unless its publisher confirms it."
        )
    }
}
