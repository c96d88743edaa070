import Crypto
import FoundationEssentials
import IngotCore
import IngotEmbedded
import IngotLaw
import IngotTesting
import SystemPackage
import Testing

@testable import IngotGateway

@Suite("Retention", .timeLimit(.minutes(10)))
struct RetentionTests {
    private static let now = Timestamp(millisecondsSinceEpoch: 1_900_000_000_000)
    private static let day: Duration = .seconds(86_400)

    /// One job with what hangs on it.
    private struct Item {
        var id: JobID
        var status: JobStatus
        var finishedAt: Timestamp?
        var isLive = false
        var hasLog = false
        var isArchived = false
        var isOpen = false
    }

    @Test("After a sweep exactly what is to be kept is there", arguments: 1...6)
    func property(seed: Int) async throws {
        try await withParts { parts in
            var random = SeededRandom(seed: UInt64(seed))
            var policy = RetentionPolicy()
            policy.batch = 3
            policy.pause = .zero
            policy.jobs = .init(age: Self.day * 100, count: seed.isMultiple(of: 2) ? 25 : nil)
            policy.logs = .init(age: Self.day * 10, count: seed.isMultiple(of: 3) ? 12 : nil)
            let items = try await parts.fill(60, using: &random, day: Self.day, now: Self.now)
            let open = Set(items.filter(\.isOpen).map(\.id))
            let summary = try await parts.retention(policy, now: Self.now, isOpen: open.contains).sweep()

            // What is kept, told in other words.
            let mustStay: (Item) -> Bool = { !$0.status.isTerminal || $0.isLive || $0.isOpen }
            let young = items.sorted { $0.id.rawValue > $1.id.rawValue }.filter { item in
                let age = Self.now.millisecondsSinceEpoch - (item.finishedAt?.millisecondsSinceEpoch ?? 0)
                return mustStay(item) || age <= 100 * 86_400_000
            }
            let kept = young.enumerated().filter { mustStay($1) || $0 < policy.jobs.count ?? .max }.map(\.element)
            #expect(summary.jobs == items.count - kept.count)
            for table in ["ingest_jobs", "ingest_job_units", "webhook_deliveries"] {
                let column = table == "ingest_jobs" ? "id" : "job_id"
                let rows = try await parts.database.rows("SELECT DISTINCT \(column) AS id FROM \(table)")
                #expect(Set(try rows.map { try $0.string("id") }) == Set(kept.map(\.id.rawValue)), "\(table)")
            }
            // Logs: those of kept jobs, unless archived and old or too many.
            let folders = kept.filter(\.hasLog)
            let excess = policy.logs.count.map { folders.count - $0 } ?? 0
            let logs = folders.reversed().enumerated().filter { index, item in
                let age = Self.now.millisecondsSinceEpoch - item.id.madeAt.millisecondsSinceEpoch
                let mayGo = age > 10 * 86_400_000 || index < excess
                return !(mayGo && item.isArchived && !item.isOpen)
            }.map(\.element.id)
            #expect(parts.archive.localJobs() == logs)
            #expect(summary.logs == folders.count - logs.count)
            // Archived logs go with their jobs.
            let objects = try await parts.archive.objects.list(prefix: "logs/", after: nil).objects.map(\.key)
            #expect(Set(objects) == Set(kept.filter(\.isArchived).map { LogArchive.key(of: $0.id) }))
            // Folders of attempts that may run stay.
            let work = try FileManager.default.contentsOfDirectory(atPath: parts.workFolder.string)
            let expected = kept.filter { !$0.status.isTerminal || $0.isOpen }.map { "\($0.id)-1" }
            #expect(Set(work) == Set(expected + ["releases-usc"]))
            // A second sweep finds nothing.
            let second = try await parts.retention(policy, now: Self.now, isOpen: open.contains).sweep()
            #expect(second.isEmpty)
        }
    }

    @Test("Notices and lines of the audit log go by age, and notices that are still to be sent stay")
    func notices() async throws {
        try await withParts { parts in
            try await parts.database.run(
                Statement(
                    "CREATE TABLE audit_log (id INTEGER PRIMARY KEY, at TEXT NOT NULL, caller TEXT, action TEXT)"
                )
            )
            for age in 0..<50 {
                let time = Self.now.advanced(by: .zero - Self.day * (age * 10)).description
                try await parts.database.run(
                    Statement("INSERT INTO audit_log (at, caller) VALUES (?1, 'somebody')", [.text(time)])
                )
                for (state, columns) in [("open", "NULL, NULL"), ("done", "?2, NULL"), ("given", "NULL, ?2")] {
                    try await parts.database.run(
                        Statement(
                            """
                            INSERT INTO webhook_deliveries
                                (id, webhook_id, job_id, event, created_at, next_at, delivered_at, gave_up_at)
                            VALUES (?1, 'w', ?1, 'job.failed', ?2, ?2, \(columns))
                            """,
                            [.text("\(state)-\(age)"), .text(time)]
                        )
                    )
                }
            }
            // Keys that ended at those ages are kept as long as the audit log.
            let keys = APIKeyStore(database: parts.database)
            try await keys.prepare()
            for age in 0..<50 {
                let time = Self.now.advanced(by: .seconds(-age * 10 * 86_400))
                for state in ["open", "expired", "revoked"] {
                    let secret = APIKeySecret()
                    try await keys.insert(
                        APIKey(
                            id: secret.id,
                            name: state,
                            role: .viewer,
                            sources: nil,
                            hash: secret.hash,
                            createdAt: time,
                            createdBy: "local",
                            expiresAt: state == "expired" ? time : nil
                        )
                    )
                    if state == "revoked" { try await keys.revoke(secret.id, at: time) }
                }
            }
            var policy = RetentionPolicy()
            policy.pause = .zero
            policy.batch = 7
            let summary = try await parts.retention(policy, now: Self.now) { _ in false }.sweep()
            // Older than 30 days: ages 40 to 490 of those that are settled; than 365: 370 to 490.
            #expect(summary.deliveries == 2 * 46)
            #expect(summary.auditLines == 13)
            #expect(summary.keys == 2 * 13)
            #expect(try await keys.all(at: Self.now).count == 150 - 26)
            let left = try await parts.database.rows("SELECT COUNT(*) AS n FROM webhook_deliveries")
            #expect(try left.first?.integer("n") == 150 - 92)
        }
    }

    @Test("A job of which a webhook still has to be told stays")
    func untoldJobs() async throws {
        try await withParts { parts in
            var random = SeededRandom(seed: 1)
            var jobs: [JobID] = []
            for number in 0..<3 {
                let made = Self.now.advanced(by: .zero - Self.day * (200 + number))
                let item = Item(id: JobID(at: made, using: &random), status: .failed, finishedAt: made)
                try await parts.insert(item, number: number)
                jobs.append(item.id)
            }
            let webhook = Webhook(
                id: "w",
                url: "https://host/",
                events: Webhook.Event.allCases,
                sources: nil,
                createdAt: Self.now,
                createdBy: nil
            )
            let webhooks = WebhookStore(database: parts.database)
            let isAdded = try await webhooks.add(webhook, secret: WebhookSignature.makeSecret(), maximum: 1)
            #expect(isAdded)
            for (job, column) in [(jobs[0], "delivered_at"), (jobs[1], "gave_up_at")] {
                try await parts.database.run(
                    Statement(
                        "UPDATE webhook_deliveries SET \(column) = ?2 WHERE job_id = ?1",
                        [.text(job.rawValue), .text(Self.now.description)]
                    )
                )
            }
            var policy = RetentionPolicy()
            policy.pause = .zero
            policy.jobs = .init(age: Self.day * 100)
            let first = try await parts.retention(policy, now: Self.now) { _ in false }.sweep()
            #expect(first.jobs == 2)
            let left = try await parts.database.rows("SELECT id FROM ingest_jobs")
            #expect(try left.map { try $0.string("id") } == [jobs[2].rawValue])
            // Without the webhook nobody is to be told.
            try await webhooks.remove("w")
            let second = try await parts.retention(policy, now: Self.now) { _ in false }.sweep()
            #expect(second.jobs == 1)
        }
    }

    @Test("A gateway sweeps when it starts")
    func atStart() async throws {
        try await ScratchFolder.with { folder in
            var first: JobID?
            try await GatewayFixture.with(folder: folder) { fixture in
                first = try await fixture.runProbe(["log_lines": 2]).id
                for _ in 0..<3 { _ = try await fixture.runProbe() }
            }
            let old = try #require(first)
            let configure: (inout GatewayConfiguration) -> Void = { $0.retention.jobs.count = 2 }
            try await GatewayFixture.with(folder: folder, configure) { fixture in
                while try await fixture.get("/api/ingest/jobs/\(old)").status != 404 {
                    try await Task.sleep(for: .milliseconds(20))
                }
                let jobs = try await fixture.get("/api/ingest/jobs").json()
                #expect(jobs["jobs"]?.arrayValue?.count == 2)
                #expect(try await fixture.get("/api/ingest/jobs/\(old)/logs").status == 404)
            }
        }
    }

    @Test("A gateway of one command removes nothing that an operator keeps")
    func ofOneCommand() async throws {
        try await ScratchFolder.with { folder in
            var jobs: [JobID] = []
            try await GatewayFixture.with(folder: folder) { fixture in
                for _ in 0..<3 { jobs.append(try await fixture.runProbe(["log_lines": 2]).id) }
                let archive = fixture.gateway.archiver.archive
                while !jobs.allSatisfy(archive.isArchived) { try await Task.sleep(for: .milliseconds(5)) }
            }
            let configure: (inout GatewayConfiguration) -> Void = {
                $0.takesUpEarlierJobs = false
                $0.retention.jobs.age = .zero
            }
            // Much longer than a sweep takes.
            try await GatewayFixture.with(folder: folder, configure) { fixture in
                for _ in 0..<3 { _ = try await fixture.runProbe() }
                for job in jobs { #expect(try await fixture.job(job).status == .succeeded) }
                let objects = try await fixture.gateway.parts.stores.objects.list(prefix: "logs/", after: nil).objects
                #expect(Set(objects.map(\.key)).isSuperset(of: jobs.map(LogArchive.key)))
            }
        }
    }

    @Test("A store that removes no objects keeps nothing else from being removed")
    func refusedDeletes() async throws {
        try await withParts({ objects in
            HookedObjects(objects, afterDelete: { _ in throw ObjectStoreError(kind: .access, message: "not yours") })
        }) { parts in
            var random = SeededRandom(seed: 1)
            let made = Self.now.advanced(by: .zero - Self.day * 400)
            var jobs: [Item] = []
            for number in 0..<2 {
                jobs.append(Item(id: JobID(at: made, using: &random), status: .failed, finishedAt: made))
                jobs[number].hasLog = true
                try await parts.insert(jobs[number], number: number)
            }
            _ = try await parts.archive.store(jobs[0].id)
            try await parts.database.run(
                Statement(
                    "UPDATE webhook_deliveries SET gave_up_at = created_at WHERE job_id = ?1",
                    [
                        .text(jobs[0].id.rawValue)
                    ]
                )
            )
            try await parts.database.run(
                Statement("CREATE TABLE audit_log (id INTEGER PRIMARY KEY, at TEXT NOT NULL)")
            )
            try await parts.database.run(
                Statement("INSERT INTO audit_log (at) VALUES (?1)", [.text(made.description)])
            )
            var policy = RetentionPolicy()
            policy.pause = .zero
            policy.jobs = .init(age: Self.day, count: 1)
            let failure = await #expect(throws: RetentionFailure.self) {
                try await parts.retention(policy, now: Self.now) { _ in false }.sweep()
            }
            #expect(failure?.errors.count == 2)
            #expect(failure?.errors.allSatisfy { ($0 as? ObjectStoreError)?.kind == .access } == true)
            // The work folders went before, the others after what failed.
            #expect(failure?.removed == RetentionSummary(logs: 1, workFolders: 2, deliveries: 1, auditLines: 1))
            #expect(try await parts.database.rows("SELECT id FROM ingest_jobs").count == 2)
            #expect(parts.archive.localJobs() == [jobs[1].id])
        }
    }

    @Test("A log that comes to the archive while its job is removed goes as well")
    func lateLog() async throws {
        let isLate = OnceFlag()
        try await withParts({ objects in
            HookedObjects(
                objects,
                afterDelete: { keys in
                    guard isLate.set() else { return }
                    let empty = ObjectBody(bytes: [], sha256: hexadecimal(SHA256.hash(data: [UInt8]())))
                    try await objects.put(keys[0], empty, contentType: "application/gzip", onlyIfAbsent: false)
                }
            )
        }) { parts in
            var random = SeededRandom(seed: 1)
            let made = Self.now.advanced(by: .zero - Self.day * 400)
            let item = Item(id: JobID(at: made, using: &random), status: .failed, finishedAt: made)
            try await parts.insert(item, number: 0)
            var policy = RetentionPolicy()
            policy.pause = .zero
            #expect(try await parts.retention(policy, now: Self.now) { _ in false }.sweep().jobs == 1)
            #expect(isLate.isSet)
            #expect(try await parts.archive.objects.head(LogArchive.key(of: item.id)) == nil)
        }
    }

    @Test("Old logs of jobs that are gone go, those of other jobs and young ones stay")
    func logsOfNoJob() async throws {
        try await withParts { parts in
            var random = SeededRandom(seed: 1)
            var old: [JobID] = []
            for _ in 0..<7 {
                old.append(JobID(at: Self.now.advanced(by: .zero - Self.day * 20), using: &random))
            }
            let young = JobID(at: Self.now.advanced(by: .zero - Self.day), using: &random)
            for job in old + [young] {
                let log = try JobLog(path: parts.archive.path(of: job), secrets: [])
                await log.append(Array("something\n".utf8))
                await log.finish()
            }
            let waiting = Item(id: old[3], status: .queued)
            try await parts.insert(waiting, number: 0)
            var policy = RetentionPolicy()
            policy.pause = .zero
            policy.batch = 2
            let open = old[5]
            let summary = try await parts.retention(policy, now: Self.now) { $0 == open }.sweep()
            #expect(summary.logs == 5)
            #expect(Set(parts.archive.localJobs()) == [waiting.id, open, young])
        }
    }

    // MARK: - Parts

    private struct Parts {
        var database: EmbeddedDatabase
        var archive: LogArchive
        var archiver: LogArchiver
        var workFolder: FilePath

        func retention(
            _ policy: RetentionPolicy,
            now: Timestamp,
            isOpen: @escaping @Sendable (JobID) -> Bool
        ) -> Retention {
            Retention(
                policy: policy,
                store: RetentionStore(database: database),
                archiver: archiver,
                workFolder: workFolder,
                logger: GatewayFixture.quiet,
                now: { now },
                isOpen: isOpen
            )
        }

        /// Fills the store with jobs of all kinds.
        func fill(_ count: Int, using random: inout SeededRandom, day: Duration, now: Timestamp) async throws -> [Item]
        {
            var items: [Item] = []
            for number in 0..<count {
                let made = now.advanced(by: .zero - day * Int.random(in: 0...200, using: &random))
                var item = Item(
                    id: JobID(at: made, using: &random),
                    status: JobStatus.allCases.randomElement(using: &random) ?? .failed
                )
                if item.status.isTerminal {
                    let ended = made.advanced(by: day * Int.random(in: 0...20, using: &random))
                    item.finishedAt = min(ended, now)
                    item.isLive = item.status == .succeeded && number.isMultiple(of: 5)
                    item.isOpen = Int.random(in: 0..<12, using: &random) == 0
                }
                item.hasLog = Bool.random(using: &random)
                item.isArchived = item.hasLog && item.status.isTerminal && Int.random(in: 0..<4, using: &random) > 0
                try await insert(item, number: number)
                items.append(item)
            }
            return items
        }

        func insert(_ item: Item, number: Int) async throws {
            let id = SQLValue.text(item.id.rawValue)
            let made = SQLValue.text(item.id.madeAt.description)
            try await database.run(
                Statement(
                    """
                    INSERT INTO ingest_jobs (id, source, status, params_json, created_at, updated_at, finished_at, attempt)
                    VALUES (?1, 'given', ?2, '{}', ?3, ?3, ?4, 1)
                    """,
                    [id, .text(item.status.rawValue), made, SQLValue(item.finishedAt?.description)]
                )
            )
            try await database.run(
                Statement(
                    "INSERT INTO ingest_job_units (job_id, unit, position, status, attempt) VALUES (?1, '1', 0, 'done', 1)",
                    [id]
                )
            )
            try await database.run(
                Statement(
                    """
                    INSERT INTO webhook_deliveries (id, webhook_id, job_id, event, created_at, next_at)
                    VALUES (?1, 'w', ?1, 'job.failed', ?2, ?2)
                    """,
                    [id, .text("2029-01-01T00:00:00.000Z")]
                )
            )
            if item.isLive {
                // Each has a source of its own, for of one source only one revision is live.
                try await database.run(
                    Statement(
                        """
                        INSERT INTO sources (id, name, jurisdiction, region, doc_type, live)
                        VALUES (?1, 'n', 'j', 'r', 'd', 1)
                        """,
                        [.text("source-\(number)")]
                    )
                )
                try await database.run(
                    Statement(
                        """
                        INSERT INTO revisions (source_id, number, label, job_id, status, created_at)
                        VALUES (?1, 1, 'l', ?2, 'promoted', ?3)
                        """,
                        [.text("source-\(number)"), id, made]
                    )
                )
            }
            if item.hasLog {
                let log = try JobLog(path: archive.path(of: item.id), secrets: [])
                await log.append(Array("job \(number)\n".utf8))
                await log.finish()
                if item.isArchived { _ = try await archive.store(item.id) }
            }
            try FileManager.default.createDirectory(
                atPath: workFolder.appending("\(item.id)-1").string,
                withIntermediateDirectories: true
            )
        }
    }

    private func withParts(
        _ objects: @Sendable (any ObjectStore) -> any ObjectStore = { $0 },
        _ body: @Sendable (Parts) async throws -> Void
    ) async throws {
        try await ScratchFolder.with { folder in
            try await withEmbeddedCloud { cloud in
                let store = JobStore(database: cloud.database)
                try await store.prepare()
                try await CorpusReader(database: cloud.database, objects: cloud.objects).prepareTables()
                let archive = LogArchive(
                    objects: objects(cloud.objects),
                    jobsFolder: folder.appending("jobs"),
                    maximumLogSize: 1 << 20
                )
                let work = folder.appending("work")
                for path in [archive.jobsFolder, work, work.appending("releases-usc")] {
                    try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
                }
                let archiver = LogArchiver(
                    archive: archive,
                    store: store,
                    logger: GatewayFixture.quiet,
                    isOpen: { _ in false }
                )
                try await body(
                    Parts(database: cloud.database, archive: archive, archiver: archiver, workFolder: work)
                )
            }
        }
    }
}
