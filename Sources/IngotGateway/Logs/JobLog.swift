import FoundationEssentials
import Glibc
import IngotCore
import SystemPackage

/// The log of one job while an attempt runs: a bounded file that the attempts write one after another, the last lines
/// for a failure's record, and a bounded batch for watchers.
actor JobLog {
    /// The most bytes that a log file holds before it is cut.
    static let defaultMaximumSize: Int64 = 64 << 20
    /// How many last lines a failure shows.
    static let tailLength = 50
    /// The most lines and bytes in one event, and the most bytes of one line there.
    static let maximumEventLines = 100
    static let maximumEventBytes = 65_536
    static let maximumEventLine = 4096

    /// Lines for one event.
    struct Batch: Sendable, Equatable {
        var lines: [String] = []
        /// Lines that came too fast to be shown.
        var omitted = 0
        fileprivate var bytes = 0

        var isEmpty: Bool { lines.isEmpty && omitted == 0 }
    }

    private var splitter: LogLines
    private var secrets: [Secret]
    private let file: FileDescriptor
    private let path: FilePath
    private let maximumSize: Int64
    private let onGrowth: @Sendable () -> Void
    private var size: Int64
    private var isCut: Bool
    /// Bytes that the disk did not take, since it last took some.
    private var missing = 0
    /// The line that is under way.
    private var openLine: [UInt8] = []
    private var lastLines: [String] = []
    private var batch = Batch()
    private let signal: AsyncStream<Void>.Continuation
    /// Yields when there is a batch to take.
    nonisolated let signals: AsyncStream<Void>

    /// Opens the file for appending; an unfinished line of an earlier gateway is gone on with.
    ///
    /// - Parameters:
    ///   - secrets: none of these shows in the log.
    ///   - onGrowth: called whenever there is more in the file.
    /// - Throws: `Errno` when the file cannot be opened.
    init(
        path: FilePath,
        secrets: [Secret],
        maximumSize: Int64 = JobLog.defaultMaximumSize,
        onGrowth: @escaping @Sendable () -> Void = {}
    ) throws {
        try FileManager.default.createDirectory(
            atPath: path.removingLastComponent().string,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        // Whatever the archive has, it will not be all.
        LogMarker(of: path).remove()
        file = try FileDescriptor.open(
            path,
            .readWrite,
            options: [.create, .append, .closeOnExec],
            permissions: .ownerReadWrite
        )
        self.path = path
        size = (try? file.seek(offset: 0, from: .end)) ?? 0
        isCut = size >= maximumSize
        let written = LogFile(file)
        openLine = written.unfinishedLine(size: size)
        lastLines = written.lastLines(JobLog.tailLength, size: size).map(JobLog.shortened)
        let rest = JobLog.restPath(of: path)
        splitter = LogLines(
            Redaction(secrets: secrets),
            continuing: openLine.count,
            after: SmallFile.read(rest.string, limit: 1 << 20) ?? []
        )
        _ = unlink(rest.string)
        self.secrets = secrets
        self.maximumSize = maximumSize
        self.onGrowth = onGrowth
        (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    deinit { try? file.close() }

    /// Says which attempt writes from here on, so that readers can tell; the first one needs no such line.
    func beginAttempt(_ attempt: Int) {
        guard attempt > 1 else { return }
        lastLines = []
        take(splitter.finish() + Array("\(Self.marker)\(attempt) ---\n".utf8))
    }

    private static let marker = "--- attempt "

    /// The attempt that a line of a log says begins after it; `nil` for any other line.
    static func attempt(inMarker line: String) -> Int? {
        guard line.hasPrefix(marker), line.hasSuffix(" ---") else { return nil }
        return Int(line.dropFirst(marker.count).dropLast(4))
    }

    /// Keeps these secrets out as well, from now on.
    func conceal(_ more: [Secret]) {
        let new = more.filter { !secrets.contains($0) }
        if new.isEmpty { return }
        secrets += new
        splitter.use(Redaction(secrets: secrets))
    }

    /// Takes what the runner wrote.
    func append(_ bytes: [UInt8]) {
        take(splitter.append(bytes))
    }

    /// Takes an unfinished last line; nothing comes after it.
    func finish() {
        take(splitter.finish())
        signal.finish()
        if size == 0 { removeFile() }
    }

    /// Keeps for the next gateway what cannot be shown yet, as it may be the start of a secret or of a character.
    func leave() {
        let rest = splitter.takeRest()
        guard !rest.isEmpty else { return }
        let path = JobLog.restPath(of: path)
        let file = try? FileDescriptor.open(
            path,
            .writeOnly,
            options: [.create, .truncate, .closeOnExec],
            permissions: .ownerReadWrite
        )
        // A disk that does not take it costs these bytes of the log.
        _ = try? file?.closeAfter { try file?.writeAll(rest) }
    }

    private static func restPath(of log: FilePath) -> FilePath { FilePath("\(log).rest") }

    /// A runner that says nothing leaves nothing: most jobs of a busy gateway are short.
    private func removeFile() {
        _ = unlink(path.string)
        // Fails, as it should, when something else is in the folder.
        _ = rmdir(path.removingLastComponent().string)
    }

    /// The last lines, at most ``tailLength``.
    var tail: [String] { lastLines }

    /// Takes the lines that wait to be shown.
    func takeBatch() -> Batch {
        defer { batch = Batch() }
        return batch
    }

    private func take(_ text: [UInt8]) {
        guard !text.isEmpty else { return }
        write(text)
        var rest = text[...]
        while let newline = rest.firstIndex(of: 0x0A) {
            note(String(decoding: openLine + rest[..<newline], as: UTF8.self))
            openLine = []
            rest = rest[(newline + 1)...]
        }
        openLine += rest
        onGrowth()
        signal.yield()
    }

    private func note(_ line: String) {
        let shown = JobLog.shortened(line)
        lastLines.append(shown)
        if lastLines.count > JobLog.tailLength { lastLines.removeFirst(lastLines.count - JobLog.tailLength) }
        if batch.lines.count < JobLog.maximumEventLines, batch.bytes < JobLog.maximumEventBytes {
            batch.lines.append(shown)
            batch.bytes += shown.utf8.count
        } else {
            batch.omitted += 1
        }
    }

    private static func shortened(_ line: String) -> String {
        guard line.utf8.count > JobLog.maximumEventLine else { return line }
        return String(decoding: line.utf8.prefix(JobLog.maximumEventLine), as: UTF8.self) + "…"
    }

    private func write(_ text: [UInt8]) {
        guard !isCut else { return }
        let gap = missing > 0 ? "\n--- \(missing) bytes of the log are missing: they could not be written ---\n" : ""
        var text = Array(gap.utf8) + text
        let room = Int(clamping: max(0, maximumSize - size))
        if text.count > room {
            isCut = true
            let wholeLines = text[..<room].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
            let note = "log truncated: it reached its limit of \(maximumSize) bytes\n"
            // The line that is under way in the file has no end yet.
            let isWithinLine = wholeLines == 0 && !openLine.isEmpty
            text = text[..<wholeLines] + Array((isWithinLine ? "\n" + note : note).utf8)
        }
        // A full disk costs the log, not the job; once there is room again, the log says what it lacks.
        let written = writtenBytes(of: text)
        size += Int64(written)
        if written >= gap.utf8.count { missing = 0 }
        missing += text.count - max(written, gap.utf8.count)
    }

    private func writtenBytes(of text: [UInt8]) -> Int {
        // The last of a disk is for the rows that say how jobs ended.
        if DiskReserve.isReached(at: file.rawValue) { return 0 }
        var written = 0
        while written < text.count {
            let count = try? text[written...].withUnsafeBytes { try file.write($0) }
            guard let count, count > 0 else { break }
            written += count
        }
        return written
    }
}
