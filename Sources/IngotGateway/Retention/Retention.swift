import FoundationEssentials
import IngotCore
import Logging
import ServiceLifecycle
import SystemPackage

/// Removes, at the start and every hour, what jobs leave behind and nobody needs any more.
///
/// Jobs that wait or run are never touched, nor a job whose revision is live, nor a log that the archive does not have.
actor Retention: Service {
    private let policy: RetentionPolicy
    private let store: RetentionStore
    private let archiver: LogArchiver
    private let workFolder: FilePath
    private let records: RecordSweep?
    private let isOpen: @Sendable (JobID) -> Bool
    private let logger: Logger
    private let now: @Sendable () -> Timestamp
    private let opened = OneValue<Bool>()

    /// - Parameters:
    ///   - records: deletes records whose source is not run any more.
    ///   - isOpen: whether an attempt of the job may be running.
    ///   - now: the clock by which things are old.
    init(
        policy: RetentionPolicy,
        store: RetentionStore,
        archiver: LogArchiver,
        workFolder: FilePath,
        records: RecordSweep? = nil,
        logger: Logger,
        now: @escaping @Sendable () -> Timestamp = { .now() },
        isOpen: @escaping @Sendable (JobID) -> Bool
    ) {
        self.policy = policy
        self.store = store
        self.archiver = archiver
        self.workFolder = workFolder
        self.records = records
        self.logger = logger
        self.now = now
        self.isOpen = isOpen
    }

    /// Begins, as the gateway has put its past in order.
    nonisolated func open() { opened.succeed(true) }

    /// Sweeps until the gateway stops.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            guard (try? await self.opened.value) != nil else { return }
            while true {
                await self.sweepAndTell()
                do { try await Task.sleep(for: self.policy.interval) } catch { return }
            }
        }
    }

    private func sweepAndTell() async {
        archiver.lookThroughFolder()
        do {
            tell(try await sweep())
        } catch let failure as RetentionFailure {
            tell(failure.removed)
            logger.warning(
                "What is kept no longer was not all removed",
                metadata: ["errors": .array(failure.errors.map { "\($0)" })]
            )
        } catch {
            // The gateway is being stopped.
        }
    }

    private func tell(_ summary: RetentionSummary) {
        if summary.isEmpty { return }
        logger.info(
            "Removed what is kept no longer",
            metadata: [
                "jobs": "\(summary.jobs)", "logs": "\(summary.logs)", "work_folders": "\(summary.workFolders)",
                "deliveries": "\(summary.deliveries)", "audit_lines": "\(summary.auditLines)",
                "api_keys": "\(summary.keys)", "records": "\(summary.records)",
            ]
        )
    }

    /// Removes all that the policy keeps no longer.
    ///
    /// A part that fails keeps none of the others from being done.
    ///
    /// - Throws: ``RetentionFailure``, after all parts, with what the stores threw; the next sweep goes on where this
    ///   one ended. `CancellationError`.
    func sweep() async throws -> RetentionSummary {
        var summary = RetentionSummary()
        var errors: [any Error] = []
        archiver.archive.removeTemporaryFiles()
        summary.workFolders = try await count(&errors) { try await sweepWorkFolders() }
        var tables: Set<String>?
        do { tables = try await store.tables() } catch {
            try Task.checkCancellation()
            errors.append(error)
        }
        if let tables, let age = policy.jobs.age {
            let time = now().advanced(by: .zero - age)
            summary.jobs += try await count(&errors) {
                try await removeJobs(tables) { [store] in try await store.jobs(endedBefore: time, limit: $0) }
            }
        }
        if let tables, let most = policy.jobs.count {
            summary.jobs += try await count(&errors) {
                try await removeJobs(tables) { [store] in try await store.jobs(beyondNewest: most, limit: $0) }
            }
        }
        summary.logs = try await count(&errors) { try await sweepLogs() }
        summary.logs += try await count(&errors) { try await sweepLogsOfNoJob() }
        if let age = policy.deliveries.age {
            let time = now().advanced(by: .zero - age)
            summary.deliveries = try await removeRows(&errors) { [store, policy] in
                try await store.removeDeliveries(before: time, limit: policy.batch)
            }
        }
        if let age = policy.audit.age, tables?.contains("audit_log") == true {
            let time = now().advanced(by: .zero - age)
            summary.auditLines = try await removeRows(&errors) { [store, policy] in
                try await store.removeAudit(before: time, limit: policy.batch)
            }
        }
        // No line of the audit log names them any more.
        if let age = policy.audit.age, tables?.contains("api_keys") == true {
            let time = now().advanced(by: .zero - age)
            summary.keys = try await removeRows(&errors) { [store, policy] in
                try await store.removeKeys(deadBefore: time, limit: policy.batch)
            }
        }
        if let records, tables?.contains("records") == true {
            summary.records = try await count(&errors) { [now, policy] in
                try await records.sweep(at: now(), pause: policy.pause)
            }
        }
        if !errors.isEmpty { throw RetentionFailure(removed: summary, errors: errors) }
        return summary
    }

    // MARK: - Parts

    /// What one part removed; zero when it failed.
    ///
    /// - Throws: `CancellationError` when the gateway is being stopped.
    private func count(_ errors: inout [any Error], _ part: () async throws -> Int) async throws -> Int {
        do { return try await part() } catch {
            try Task.checkCancellation()
            errors.append(error)
            return 0
        }
    }

    /// Removes jobs batch by batch: first what lies outside the database, so that what is left after a kill is found
    /// again by its row.
    private func removeJobs(_ tables: Set<String>, _ next: (_ limit: Int) async throws -> [JobID]) async throws -> Int {
        var removed = 0
        var seen: Set<JobID> = []
        var limit = policy.batch
        while true {
            let found = try await next(limit)
            // A job whose runner is just ending stays for now, as does one that became live while it was removed.
            let jobs = found.filter { !isOpen($0) && !seen.contains($0) }
            if jobs.isEmpty, found.count < limit { return removed }
            limit = policy.batch + found.count - jobs.count
            seen.formUnion(jobs)
            if !jobs.isEmpty {
                try await archiver.archive.objects.delete(jobs.map(LogArchive.key))
                for job in jobs { archiver.archive.removeLocal(job) }
                try await store.remove(jobs, tables: tables)
                // A log may have been on its way to the archive; from here on, whoever sent it finds no row and
                // removes it.
                try await archiver.archive.objects.delete(jobs.map(LogArchive.key))
            }
            removed += jobs.count
            try await Task.sleep(for: policy.pause)
        }
    }

    private func removeRows(
        _ errors: inout [any Error],
        _ removeBatch: () async throws -> Int
    ) async throws -> Int {
        try await count(&errors) {
            var removed = 0
            while true {
                let count = try await removeBatch()
                removed += count
                if count == 0 { return removed }
                try await Task.sleep(for: policy.pause)
            }
        }
    }

    private func sweepLogs() async throws -> Int {
        let jobs = archiver.archive.localJobs()
        let oldest = policy.logs.age.map { now().advanced(by: .zero - $0) }
        let excess = policy.logs.count.map { jobs.count - $0 } ?? 0
        var removed = 0
        for (index, job) in jobs.enumerated() {
            let isOld = oldest.map { job.madeAt < $0 } ?? false
            guard isOld || index < excess else { break }
            guard !isOpen(job), archiver.archive.isArchived(job) else { continue }
            archiver.archive.removeLocal(job)
            removed += 1
            if removed % policy.batch == 0 { try await Task.sleep(for: policy.pause) }
        }
        return removed
    }

    /// Removes old logs that the archive does not have and never will, as their jobs are gone.
    private func sweepLogsOfNoJob() async throws -> Int {
        guard let age = policy.logs.age else { return 0 }
        let oldest = now().advanced(by: .zero - age)
        let jobs = archiver.archive.localJobs().prefix { $0.madeAt < oldest }.filter {
            !isOpen($0) && !archiver.archive.isArchived($0)
        }
        var removed = 0
        for start in stride(from: 0, to: jobs.count, by: policy.batch) {
            let batch = Array(jobs[start..<min(start + policy.batch, jobs.count)])
            for job in try await store.withoutRow(batch) where !isOpen(job) {
                archiver.archive.removeLocal(job)
                removed += 1
            }
            try await Task.sleep(for: policy.pause)
        }
        return removed
    }

    private func sweepWorkFolders() async throws -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: workFolder.string)) ?? []
        // JOB-ATTEMPT; other folders are somebody else's.
        let folders = names.compactMap { name in JobID(String(name.prefix(36))).map { (name: name, job: $0) } }
        var removed = 0
        for start in stride(from: 0, to: folders.count, by: policy.batch) {
            let batch = folders[start..<min(start + policy.batch, folders.count)]
            let over = try await store.isOver(batch.map(\.job))
            for folder in batch where over.contains(folder.job) && !isOpen(folder.job) {
                WorkFolder.remove(workFolder.appending(folder.name))
                removed += 1
            }
            try await Task.sleep(for: policy.pause)
        }
        return removed
    }
}
