import IngotCore
import SystemPackage

/// Restores logs from the archive: each once for all who read it at a time, and only so many.
///
/// A restored log takes as much of the disk as the log, so that any number of readers must not get a copy each.
actor RestoredLogs {
    /// The most logs that are being restored at a time.
    static let maximumAtOnce = 4
    /// The most restored logs that are being read at a time.
    static let maximumOpen = 32

    private struct Weakly {
        weak var log: OpenLog?
    }

    private let archive: LogArchive
    private var open: [JobID: Weakly] = [:]
    private var underWay: [JobID: Task<OpenLog?, any Error>] = [:]

    init(archive: LogArchive) { self.archive = archive }

    /// The job's log from the archive; `nil` when it has none.
    ///
    /// - Throws: ``Problem`` `unavailable` when there are too many; what ``LogArchive/restore(_:)`` throws.
    func log(of job: JobID) async throws -> OpenLog? {
        if let log = open[job]?.log { return log }
        if let task = underWay[job] { return try await task.value }
        open = open.filter { $0.value.log != nil }
        guard underWay.count < Self.maximumAtOnce, open.count + underWay.count < Self.maximumOpen else {
            throw Problem.unavailable("Too many logs are being read from the archive; try again.")
        }
        // A task of its own, as others may wait for it when the first one has gone.
        let task = Task { [archive] in try await archive.restore(job).map(OpenLog.init) }
        underWay[job] = task
        let outcome = await task.result
        underWay[job] = nil
        let log = try outcome.get()
        open[job] = log.map { Weakly(log: $0) }
        return log
    }
}
