import FoundationEssentials
import IngotCore
import SystemPackage

/// The log of one job: a bounded file, the last lines for a failure's record, and a bounded batch for watchers.
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
    private let file: FileDescriptor?
    private let maximumSize: Int64
    private var size: Int64
    private var isCut = false
    private var lastLines: [String] = []
    private var batch = Batch()
    private let signal: AsyncStream<Void>.Continuation
    /// Yields when there is a batch to take.
    nonisolated let signals: AsyncStream<Void>

    /// Opens the file for appending.
    ///
    /// - Throws: `Errno` when the file cannot be opened.
    init(path: FilePath, secrets: [Secret], maximumSize: Int64 = JobLog.defaultMaximumSize) throws {
        try FileManager.default.createDirectory(
            atPath: path.removingLastComponent().string,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        let file = try FileDescriptor.open(
            path,
            .writeOnly,
            options: [.create, .append, .closeOnExec],
            permissions: .ownerReadWrite
        )
        self.file = file
        size = (try? file.seek(offset: 0, from: .end)) ?? 0
        splitter = LogLines(secrets: secrets)
        self.maximumSize = maximumSize
        (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    deinit { try? file?.close() }

    /// Takes what the runner wrote.
    func append(_ bytes: [UInt8]) {
        take(splitter.append(bytes))
    }

    /// Takes an unfinished last line; nothing comes after it.
    func finish() {
        take(splitter.finish())
        signal.finish()
    }

    /// The last lines, at most ``tailLength``.
    var tail: [String] { lastLines }

    /// Takes the lines that wait to be shown.
    func takeBatch() -> Batch {
        defer { batch = Batch() }
        return batch
    }

    private func take(_ lines: [String]) {
        guard !lines.isEmpty else { return }
        var text: [UInt8] = []
        for line in lines {
            text.append(contentsOf: line.utf8)
            text.append(0x0A)
            let shown = shortened(line)
            lastLines.append(shown)
            if batch.lines.count < JobLog.maximumEventLines, batch.bytes < JobLog.maximumEventBytes {
                batch.lines.append(shown)
                batch.bytes += shown.utf8.count
            } else {
                batch.omitted += 1
            }
        }
        if lastLines.count > JobLog.tailLength { lastLines.removeFirst(lastLines.count - JobLog.tailLength) }
        write(text)
        signal.yield()
    }

    private func shortened(_ line: String) -> String {
        guard line.utf8.count > JobLog.maximumEventLine else { return line }
        return String(decoding: line.utf8.prefix(JobLog.maximumEventLine), as: UTF8.self) + "…"
    }

    private func write(_ bytes: [UInt8]) {
        guard let file, !isCut else { return }
        let room = Int(clamping: max(0, maximumSize - size))
        var bytes = bytes
        if bytes.count > room {
            isCut = true
            let wholeLines = bytes[..<room].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
            bytes = bytes[..<wholeLines] + Array("log truncated: it reached its limit of \(maximumSize) bytes\n".utf8)
        }
        // A full disk costs the log, not the job.
        _ = try? file.writeAll(bytes)
        size += Int64(bytes.count)
    }
}
