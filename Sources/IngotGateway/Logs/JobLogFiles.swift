import IngotCore
import SystemPackage

/// The logs of jobs, wherever they are.
struct JobLogFiles: Sendable {
    let store: JobStore
    let registry: ProgressRegistry
    let dispatcher: Dispatcher
    let archive: LogArchive
    let restored: RestoredLogs

    /// The job's log: the local file or, when that is gone, what the archive has; `nil` when there is none.
    func open(_ id: JobID, _ isEnded: Bool) async throws -> LogFile? {
        let path = archive.path(of: id)
        if let file = try? SystemPackage.FileDescriptor.open(path, .readOnly, options: .closeOnExec) {
            return LogFile(OpenLog(file))
        }
        guard isEnded else { return nil }
        do {
            return try await restored.log(of: id).map { LogFile($0) }
        } catch let error as ObjectStoreError where error.isTransient {
            throw Problem.unavailable("The archive of logs does not answer; try again.")
        }
    }

    /// A job ends before its runner does; whoever reads the log then should find all of it.
    ///
    /// - Returns: whether the job has ended.
    func waitForLastWords(_ id: JobID) async throws -> Bool {
        if let progress = await registry.inMemory(id) {
            guard await progress.isEnded else { return false }
            await dispatcher.waitForRunner(of: id, atMost: .seconds(2))
            return true
        }
        guard let job = try await store.job(id)?.job else { throw Problem.unknownJob(id.rawValue) }
        return job.status.isTerminal
    }
}
