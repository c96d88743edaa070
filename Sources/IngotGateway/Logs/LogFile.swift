import NIOCore
import SystemPackage

/// The file of a log, which is closed when the last one who reads it is gone.
///
/// An answer may be given up before any of it is sent, so that nobody who reads it could close it for sure.
final class OpenLog: Sendable {
    let file: SystemPackage.FileDescriptor

    init(_ file: SystemPackage.FileDescriptor) { self.file = file }

    deinit { try? file.close() }
}

/// An open log for reading by place.
struct LogFile: Sendable {
    /// How many bytes are read at a time.
    static let pieceSize = 65_536

    private let file: SystemPackage.FileDescriptor
    /// Keeps the file open; `nil`: whoever opened it does.
    private let owner: OpenLog?

    init(_ file: SystemPackage.FileDescriptor) {
        self.file = file
        owner = nil
    }

    init(_ log: OpenLog) {
        file = log.file
        owner = log
    }

    func size() throws -> Int64 { try file.seek(offset: 0, from: .end) }

    func read(_ count: Int, at position: Int64) throws -> ByteBuffer {
        var buffer = ByteBuffer()
        try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
            try file.read(fromAbsoluteOffset: position, into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<count]))
        }
        return buffer
    }

    func bytes(_ count: Int, at position: Int64) throws -> [UInt8] {
        Array(try read(count, at: position).readableBytesView)
    }

    /// Where the last `count` lines start, looking backwards through the file.
    func start(ofLast count: Int, size: Int64) throws -> Int64 {
        var linesLeft = count
        var end = size
        while end > 0, count > 0 {
            let start = max(0, end - Int64(Self.pieceSize))
            let piece = try read(Int(end - start), at: start)
            for (index, byte) in piece.readableBytesView.enumerated().reversed() where byte == 0x0A {
                // The line feed at the very end closes the last line.
                let position = start + Int64(index)
                if position == size - 1 { continue }
                linesLeft -= 1
                if linesLeft <= 0 { return position + 1 }
            }
            end = start
        }
        return count == 0 ? size : 0
    }

    /// The last line when it has no end; what cannot be read counts as nothing.
    func unfinishedLine(size: Int64) -> [UInt8] {
        let start = max(0, size - Int64(LogLines.maximumLength))
        guard size > 0, let bytes = try? bytes(Int(size - start), at: start) else { return [] }
        return Array(bytes[((bytes.lastIndex(of: 0x0A) ?? -1) + 1)...])
    }

    /// The last lines that have an end; what cannot be read counts as nothing.
    func lastLines(_ count: Int, size: Int64) -> [String] {
        guard var position = try? start(ofLast: count + 1, size: size) else { return [] }
        var last: [String] = []
        while position < size, let lines = try? lines(from: position, isComplete: false) {
            last += lines.lines
            position = lines.end
        }
        return last.suffix(count)
    }

    /// A run of whole lines.
    struct Lines: Equatable {
        var lines: [String]
        /// Where the next line starts.
        var end: Int64
    }

    /// The lines from `position` on, as many as one read gives; `nil` when there is none.
    ///
    /// - Parameter isComplete: takes a last line that has no end, as none will come.
    func lines(from position: Int64, isComplete: Bool) throws -> Lines? {
        // One more than a line may have, so that a line always fits with its end.
        let bytes = try bytes(Self.pieceSize + 1, at: position)
        if bytes.isEmpty { return nil }
        var end = bytes.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        // A read that gives less than it was asked for has come to the end of the file.
        let isAtEnd = bytes.count <= Self.pieceSize
        if isAtEnd ? isComplete : end == 0 { end = bytes.count }
        if end == 0 { return nil }
        var lines = bytes[..<end].split(separator: 0x0A, omittingEmptySubsequences: false)
        if bytes[end - 1] == 0x0A { lines.removeLast() }
        return Lines(lines: lines.map { String(decoding: $0, as: UTF8.self) }, end: position + Int64(end))
    }
}
