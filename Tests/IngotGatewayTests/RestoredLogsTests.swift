import HTTPTypes
import IngotCore
import IngotEmbedded
import IngotTesting
import Synchronization
import SystemPackage
import Testing

@testable import IngotGateway

@Suite("Logs that are restored from the archive", .timeLimit(.minutes(2)))
struct RestoredLogsTests {
    private func withLogs(
        _ count: Int,
        _ body: @Sendable (RestoredLogs, HeldObjects, [JobID]) async throws -> Void
    ) async throws {
        try await ScratchFolder.with { folder in
            try await withEmbeddedCloud { cloud in
                let objects = HeldObjects(base: cloud.objects)
                let archive = LogArchive(objects: objects, jobsFolder: folder, maximumLogSize: 1 << 20)
                let jobs = (0..<count).map { _ in JobID.make() }
                for job in jobs {
                    let log = try JobLog(path: archive.path(of: job), secrets: [])
                    await log.append(Array("of \(job)\n".utf8))
                    await log.finish()
                    _ = try await archive.store(job)
                    archive.removeLocal(job)
                }
                try await body(RestoredLogs(archive: archive), objects, jobs)
            }
        }
    }

    @Test("All who read one log at a time share one copy, which goes with the last of them")
    func shared() async throws {
        try await withLogs(1) { logs, objects, jobs in
            objects.release()
            let first = try #require(try await logs.log(of: jobs[0]))
            let second = try #require(try await logs.log(of: jobs[0]))
            #expect(first === second)
            #expect(objects.started == 1)
            // One reader that is done leaves the others theirs.
            #expect(try LogFile(first).size() > 0)
            #expect(try LogFile(second).lines(from: 0, isComplete: true)?.lines == ["of \(jobs[0])"])
        }
    }

    @Test("Only so many are restored at a time; one more is told to come back, and one that is restored is shared")
    func bounded() async throws {
        try await withLogs(RestoredLogs.maximumAtOnce + 1) { logs, objects, jobs in
            let restoring = jobs.dropLast().map { job in Task { try await logs.log(of: job) != nil } }
            var starts = objects.starts.makeAsyncIterator()
            for _ in restoring { _ = await starts.next() }
            let refusal = await #expect(throws: Problem.self) { try await logs.log(of: jobs.last ?? jobs[0]) }
            #expect(refusal?.status == .serviceUnavailable)
            #expect(refusal?.headers[.retryAfter] != nil)
            let sharing = Task { try await logs.log(of: jobs[0]) != nil }
            objects.release()
            for task in restoring + [sharing] {
                let isThere = try await task.value
                #expect(isThere)
            }
            #expect(objects.started == RestoredLogs.maximumAtOnce)
            let last = try await logs.log(of: jobs.last ?? jobs[0])
            #expect(last != nil)
        }
    }
}

/// A store whose objects begin to come when the test says so.
private final class HeldObjects: ObjectStore {
    private let base: any ObjectStore
    private let released = OneValue<Void>()
    private let count = Mutex(0)
    private let signal: AsyncStream<Void>.Continuation
    /// Yields whenever somebody asks for an object.
    let starts: AsyncStream<Void>

    init(base: any ObjectStore) {
        self.base = base
        (starts, signal) = AsyncStream.makeStream(of: Void.self)
    }

    var started: Int { count.withLock { $0 } }

    func release() { released.succeed(()) }

    func stream(_ key: String) async throws -> ByteStream {
        count.withLock { $0 += 1 }
        signal.yield()
        try await released.value
        return try await base.stream(key)
    }

    func put(_ key: String, _ body: ObjectBody, contentType: String, onlyIfAbsent: Bool) async throws -> Bool {
        try await base.put(key, body, contentType: contentType, onlyIfAbsent: onlyIfAbsent)
    }

    func get(_ key: String, range: Range<Int64>?, limit: Int) async throws -> [UInt8] {
        try await base.get(key, range: range, limit: limit)
    }

    func head(_ key: String) async throws -> ObjectInfo? { try await base.head(key) }

    func list(prefix: String, after token: String?) async throws -> ObjectPage {
        try await base.list(prefix: prefix, after: token)
    }

    func delete(_ keys: [String]) async throws { try await base.delete(keys) }
}
