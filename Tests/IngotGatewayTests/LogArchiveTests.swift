import Crypto
import FoundationEssentials
import IngotCore
import IngotEmbedded
import IngotMarkup
import IngotTesting
import NIOHTTP1
import Synchronization
import SystemPackage
import Testing

@testable import IngotGateway

@Suite("The archive of logs", .timeLimit(.minutes(10)))
struct LogArchiveTests {
    @Test("A log reads the same from the archive when its file is gone")
    func sameFromArchive() async throws {
        try await GatewayFixture.with { fixture in
            let job = try await fixture.runProbe(["log_lines": 20_000])
            let path = "/api/ingest/jobs/\(job.id)/logs"
            let local = try await fixture.get(path)
            let archive = fixture.gateway.archiver.archive
            _ = try await archive.store(job.id)
            #expect(archive.isArchived(job.id))
            let key = LogArchive.key(of: job.id)
            let object = try await archive.objects.get(key, range: nil, limit: 1 << 20)
            #expect(try GzipMember.decompress(object, limit: 1 << 24) == local.body)
            archive.removeLocal(job.id)
            #expect(try await fixture.get(path).body == local.body)
            let part = try await fixture.get(path, headers: [("Range", "bytes=300000-300010")])
            #expect(part.status == 206)
            #expect(part.body == Array(local.body[300_000...300_010]))
            #expect(try await fixture.get(path + "?tail=1").text == "probe log line 20000\n")
            #expect(try await fixture.get(path, headers: [("Range", "bytes=99999999-")]).status == 416)
            let followed = try await fixture.followed(job.id, "?follow=true&tail=3")
            #expect(try followed.flatMap { try $0.lines() }.count == 3)
            #expect(followed.last?.kind == "end")
            // Nothing was left behind by the reading.
            #expect(try FileManager.default.contentsOfDirectory(atPath: archive.jobsFolder.string).isEmpty)
        }
    }

    @Test("The log of a job that is cancelled between two attempts is stored then")
    func cancelledBetweenAttempts() async throws {
        try await GatewayFixture.with {
            $0.maximumAttempts = 3
            $0.retries = RetryPolicy(maximumAttempts: .max, firstDelay: .seconds(3600), maximumDelay: .seconds(3600))
        } _: { fixture in
            let id = try await fixture.startProbe(["log_lines": 3, "fail": "transient_x"])
            let archive = fixture.gateway.archiver.archive
            while fixture.gateway.liveLogs.isOpen(id) || !archive.hasLocalLog(id) {
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(try await fixture.job(id).status == .queued)
            _ = try await fixture.post("/api/ingest/jobs/\(id)/cancel")
            while !archive.isArchived(id) { try await Task.sleep(for: .milliseconds(5)) }
            let object = try await archive.objects.get(LogArchive.key(of: id), range: nil, limit: 1 << 20)
            let text = String(decoding: try GzipMember.decompress(object, limit: 1 << 20), as: UTF8.self)
            #expect(text.hasPrefix("probe log line 1\nprobe log line 2\nprobe log line 3\n"))
        }
    }

    @Test("An empty log that a killed gateway has left goes, with its folder")
    func empty() async throws {
        try await ScratchFolder.with { folder in
            try await withEmbeddedCloud { cloud in
                let archive = LogArchive(objects: cloud.objects, jobsFolder: folder, maximumLogSize: 1 << 20)
                let job = JobID.make()
                _ = try JobLog(path: archive.path(of: job), secrets: [])
                #expect(archive.hasLocalLog(job))
                _ = try await archive.store(job)
                #expect(archive.localJobs().isEmpty)
                let other = JobID.make()
                try FileManager.default.createDirectory(
                    atPath: folder.appending(other.rawValue).string,
                    withIntermediateDirectories: true
                )
                _ = try await archive.store(other)
                #expect(archive.localJobs().isEmpty)
            }
        }
    }

    @Test("A log that is damaged in the archive is an error and not half a log")
    func damaged() async throws {
        try await GatewayFixture.with { fixture in
            let job = try await fixture.runProbe(["log_lines": 2000])
            let archive = fixture.gateway.archiver.archive
            _ = try await archive.store(job.id)
            archive.removeLocal(job.id)
            let key = LogArchive.key(of: job.id)
            var object = try await archive.objects.get(key, range: nil, limit: 1 << 20)
            object.removeLast(20)
            let hash = hexadecimal(SHA256.hash(data: object))
            try await archive.objects.put(
                key,
                ObjectBody(bytes: object, sha256: hash),
                contentType: "application/gzip",
                onlyIfAbsent: false
            )
            let answer = try await fixture.get("/api/ingest/jobs/\(job.id)/logs")
            #expect(answer.status == 500)
            #expect(answer.headers.first(name: "content-type") == "application/problem+json")
        }
    }

    @Test("Failures of the store are tried again, and a log that somebody writes is left alone")
    func retries() async throws {
        try await StoreFixture.with { fixture in
            try await ScratchFolder.with { folder in
                try await withEmbeddedCloud { cloud in
                    let objects = ReluctantObjects(cloud.objects, failures: 3)
                    let archive = LogArchive(objects: objects, jobsFolder: folder, maximumLogSize: 1 << 20)
                    let open = try await fixture.endedJob()
                    let job = try await fixture.endedJob()
                    let running = try await fixture.insert().id
                    for id in [open, job, running] {
                        let log = try JobLog(path: archive.path(of: id), secrets: [])
                        await log.append(Array("something\n".utf8))
                        await log.finish()
                    }
                    let archiver = LogArchiver(
                        archive: archive,
                        store: fixture.store,
                        retries: RetryPolicy(
                            maximumAttempts: 8,
                            firstDelay: .milliseconds(1),
                            maximumDelay: .milliseconds(5)
                        ),
                        logger: GatewayFixture.quiet,
                        isOpen: { $0 == open }
                    )
                    let service = Task { try await archiver.run() }
                    // As after a restart: nobody has told it of any job.
                    archiver.lookThroughFolder()
                    for await key in objects.stored {
                        #expect(key == LogArchive.key(of: job))
                        break
                    }
                    service.cancel()
                    _ = await service.result
                    #expect(objects.attempts == 4)
                    #expect(archive.localJobs() == [open, job, running].sorted { $0.rawValue < $1.rawValue })
                    #expect(!archive.isArchived(open))
                    #expect(!archive.isArchived(running))
                    #expect(try await cloud.objects.head(LogArchive.key(of: running)) == nil)
                }
            }
        }
    }

    @Test("A log whose job is removed while it is on its way is in the archive no more")
    func removedMeanwhile() async throws {
        try await StoreFixture.with { fixture in
            try await ScratchFolder.with { folder in
                try await withEmbeddedCloud { cloud in
                    let job = try await fixture.endedJob()
                    let objects = HookedObjects(
                        cloud.objects,
                        afterPut: {
                            try await fixture.database.run(
                                Statement("DELETE FROM ingest_jobs WHERE id = ?1", [.text(job.rawValue)])
                            )
                        }
                    )
                    let archive = LogArchive(objects: objects, jobsFolder: folder, maximumLogSize: 1 << 20)
                    let log = try JobLog(path: archive.path(of: job), secrets: [])
                    await log.append(Array("something\n".utf8))
                    await log.finish()
                    let archiver = LogArchiver(
                        archive: archive,
                        store: fixture.store,
                        logger: GatewayFixture.quiet,
                        isOpen: { _ in false }
                    )
                    await archiver.archiveWithRetries(job)
                    #expect(objects.puts == 1)
                    #expect(try await cloud.objects.head(LogArchive.key(of: job)) == nil)
                }
            }
        }
    }

    @Test("An inflated log is bounded, and what is no gzip is refused", arguments: [1, 7, 4096])
    func inflating(step: Int) throws {
        let bytes = [UInt8](repeating: 0x61, count: 100_000)
        let member = GzipMember.compress(bytes)
        func inflated(_ input: [UInt8], limit: Int64) throws -> [UInt8] {
            let reader = GzipFileReader(limit: limit)
            var output: [UInt8] = []
            for start in stride(from: 0, to: input.count, by: step) {
                try reader.read(Array(input[start..<min(start + step, input.count)])) { output += $0 }
            }
            try reader.finish()
            return output
        }
        #expect(try inflated(member, limit: 100_000) == bytes)
        #expect(throws: JobFailure.self) { try inflated(member, limit: 99_999) }
        #expect(throws: JobFailure.self) { try inflated(member.dropLast(), limit: 100_000) }
        #expect(throws: JobFailure.self) { try inflated(member + [0], limit: 100_000) }
        #expect(throws: JobFailure.self) { try inflated([1, 2, 3], limit: 100_000) }
        var output: [UInt8] = []
        let writer = GzipFileWriter()
        for start in stride(from: 0, to: bytes.count, by: 1000) {
            try writer.write(Array(bytes[start..<(start + 1000)])) { output += $0 }
        }
        try writer.finish { output += $0 }
        #expect(try GzipMember.decompress(output, limit: 100_000) == bytes)
    }
}

extension StoreFixture {
    /// A job that has failed.
    func endedJob() async throws -> JobID {
        let job = try await insert()
        let failure = JobFailure(code: "x", message: "It failed.")
        return try await store.end(job, .failed(failure), at: .now(), sequence: 1).job.id
    }
}

/// A store that refuses the first few objects.
private final class ReluctantObjects: ObjectStore {
    private let base: any ObjectStore
    private let state: Mutex<(left: Int, attempts: Int)>
    private let signal: AsyncStream<String>.Continuation
    /// The keys of what was stored.
    let stored: AsyncStream<String>

    init(_ base: any ObjectStore, failures: Int) {
        self.base = base
        state = Mutex((failures, 0))
        (stored, signal) = AsyncStream.makeStream(of: String.self)
    }

    var attempts: Int { state.withLock { $0.attempts } }

    func put(_ key: String, _ body: ObjectBody, contentType: String, onlyIfAbsent: Bool) async throws -> Bool {
        let isRefused = state.withLock { state in
            state.attempts += 1
            state.left -= 1
            return state.left >= 0
        }
        if isRefused { throw ObjectStoreError(kind: .unavailable, message: "not now") }
        let result = try await base.put(key, body, contentType: contentType, onlyIfAbsent: onlyIfAbsent)
        signal.yield(key)
        return result
    }

    func get(_ key: String, range: Range<Int64>?, limit: Int) async throws -> [UInt8] {
        try await base.get(key, range: range, limit: limit)
    }

    func stream(_ key: String) async throws -> ByteStream { try await base.stream(key) }
    func head(_ key: String) async throws -> ObjectInfo? { try await base.head(key) }
    func list(prefix: String, after token: String?) async throws -> ObjectPage {
        try await base.list(prefix: prefix, after: token)
    }
    func delete(_ keys: [String]) async throws { try await base.delete(keys) }
}
