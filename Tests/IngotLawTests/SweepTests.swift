import IngotCore
import IngotTesting
import Testing

@testable import IngotLaw

@Suite("Sweeping what no reader will see")
struct SweepTests {
    private static let first = "/o/1: the title\n  /o/1/a: alpha\n  /o/1/b: beta"
    private static let second = "/o/1: the title\n  /o/1/a: alpha, amended\n  /o/1/b: beta"

    private func sweeper(_ corpus: Corpus, objects: (any ObjectStore)? = nil) -> CorpusSweeper {
        CorpusSweeper(database: corpus.database, objects: objects ?? corpus.objects)
    }

    @Test("removes the packs of a failed job and keeps those that rows refer to")
    func failedJob() async throws {
        let corpus = try await Corpus()
        try await corpus.ingest(try corpus.release("1", ["1": Self.first]))
        let kept = try await corpus.packs()
        await #expect(throws: JobFailure.self) {
            try await corpus.ingest(try corpus.release("2", ["1": Self.second, "2": "boom"]))
        }
        let garbage = try await corpus.packs().subtracting(kept)
        #expect(garbage.count == 1)
        let bytes = try await corpus.objects.head(try #require(garbage.first))?.size
        let report = try await sweeper(corpus).sweep("outline")
        #expect(report.packs == 1 && report.bytes == bytes && report.packsLeft == 0)
        #expect(try await corpus.packs() == kept)
        try await corpus.expectWhole()
        #expect(try await sweeper(corpus).sweep("outline") == SweepReport(source: "outline"))
    }

    @Test("removes the rows and packs of a killed job, and not while the job runs")
    func killedJob() async throws {
        let corpus = try await Corpus()
        try await corpus.ingest(try corpus.release("1", ["1": Self.first]))
        let kept = try await corpus.packs()
        let job = try await corpus.job()
        let killed = WatchedDatabase(corpus.database) {
            // The first row of the new revision is the last thing that the runner does.
            if try await corpus.rowCount("valid_from = 2") > 0 { throw Killed() }
        }
        await #expect(throws: JobFailure.self) {
            try await corpus.ingest(try corpus.release("2", ["1": Self.second]), job: job, database: killed)
        }
        #expect(try await corpus.rowCount("valid_from = 2") > 0)
        try await corpus.setStatus("running", of: job)
        let during = try await sweeper(corpus).sweep("outline")
        #expect(during == SweepReport(source: "outline"), "the pack has a row, and the revision a running job")
        try await corpus.setStatus("failed", of: job)
        let report = try await sweeper(corpus).sweep("outline")
        #expect(report.revisions == 1 && report.rows == 1 && report.packs == 1)
        #expect(try await corpus.packs() == kept)
        #expect(try await corpus.keys().count == 3)
        try await corpus.expectWhole()
        #expect(try await corpus.reader.revisions(of: "outline").map(\.status) == ["abandoned", "promoted"])
    }

    @Test("leaves a running job's packs that have no rows yet")
    func freshPacks() async throws {
        let corpus = try await Corpus()
        try await corpus.ingest(try corpus.release("1", ["1": Self.first]))
        let paused = PausingObjects(corpus.objects)
        async let job = corpus.ingest(try corpus.release("2", ["1": Self.second]), objects: paused)
        try await paused.waitUntilReached()
        let report = try await sweeper(corpus).sweep("outline")
        #expect(report.packs == 0 && report.packsLeft == 1)
        paused.goOn()
        _ = try await job
        try await corpus.expectWhole()
        #expect(try await corpus.packs().count == 2)
    }

    @Test("a job does not rely on garbage that has the bytes of its pack", arguments: [true, false])
    func sameBytes(isSweptMeanwhile: Bool) async throws {
        let corpus = try await Corpus()
        try await corpus.ingest(try corpus.release("1", ["1": Self.first]))
        await #expect(throws: JobFailure.self) {
            try await corpus.ingest(try corpus.release("2", ["1": Self.second, "2": "boom"]))
        }
        let before = try await corpus.packs()
        // A sweep has found the pack unreferenced and is about to delete it when the job meets it.
        let sweeping = PausingObjects(corpus.objects, beforeDeleting: true)
        async let sweep = sweeper(corpus, objects: isSweptMeanwhile ? sweeping : corpus.objects).sweep("outline")
        if isSweptMeanwhile { try await sweeping.waitUntilReached() } else { _ = try await sweep }
        try await corpus.ingest(try corpus.release("2", ["1": Self.second]))
        sweeping.goOn()
        #expect(try await sweep.packs == 1)
        try await corpus.expectWhole()
        let new = try await corpus.packs().subtracting(before)
        #expect(new.count == (isSweptMeanwhile ? 1 : 0))
        #expect(new.allSatisfy { $0.hasSuffix("-3.1.ndjson.gz") && PackName.isPack($0, source: "outline") })
        #expect(try await corpus.packs().count == 2)
    }

    @Test("a job relies on a pack that what readers see refers to")
    func keptPack() async throws {
        let corpus = try await Corpus()
        try await corpus.ingest(try corpus.release("1", ["1": Self.first]))
        try await corpus.ingest(try corpus.release("2", ["1": Self.second]))
        try await corpus.ingest(try corpus.release("3", ["1": Self.first]))
        // The amended section comes back with the same bytes, which label 2 still shows.
        let packs = try await corpus.packs()
        let puts = OnceFlag()
        let watched = WatchedObjects(corpus.objects) { call, key in
            if call == .put, key.hasPrefix("packs/") { puts.set() }
        }
        try await corpus.ingest(try corpus.release("4", ["1": Self.second]), objects: watched)
        #expect(!puts.isSet, "a pack that is there and stays is not sent again")
        #expect(try await corpus.packs() == packs)
        try await corpus.expectWhole()
    }

    @Test("several at once remove all there is, once")
    func atOnce() async throws {
        let corpus = try await Corpus()
        try await corpus.ingest(try corpus.release("1", ["1": Self.first]))
        try await corpus.ingest(try corpus.release("2", ["1": Self.second]))
        try await CorpusReverter(database: corpus.database).revert("outline")
        try await withThrowingTaskGroup(of: SweepReport.self) { group in
            for _ in 0..<4 { group.addTask { try await sweeper(corpus).sweep("outline") } }
            let rows = try await group.reduce(0) { $0 + $1.rows }
            #expect(rows == 1)
        }
        #expect(try await corpus.packs().count == 1)
        #expect(try await corpus.rowCount() == 3)
        try await corpus.expectWhole()
    }

    @Test("sweeps beside jobs and reverts, over and over, and nothing that readers see is ever lost")
    func beside() async throws {
        let corpus = try await Corpus()
        try await corpus.ingest(try corpus.release("1", ["1": Self.first]))
        let isDone = OnceFlag()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while !isDone.isSet {
                    _ = try await sweeper(corpus).sweep("outline")
                    await Task.yield()
                }
            }
            group.addTask {
                defer { isDone.set() }
                for round in 0..<12 {
                    // The same bytes again and again: failed, reverted, promoted.
                    let text = round.isMultiple(of: 2) ? Self.second : Self.first
                    _ = try? await corpus.ingest(try corpus.release("2", ["1": text, "2": "boom"]))
                    try await corpus.ingest(try corpus.release("2", ["1": text]))
                    if round.isMultiple(of: 3) { try await CorpusReverter(database: corpus.database).revert("outline") }
                    try await corpus.expectWhole()
                }
            }
            try await group.waitForAll()
        }
        _ = try await sweeper(corpus).sweep("outline")
        try await corpus.expectWhole()
    }

    @Test("leaves objects that are no packs, and packs of other sources")
    func otherObjects() async throws {
        let corpus = try await Corpus()
        let hash = String(repeating: "a", count: 64)
        let others = [
            "packs/outline/readme.txt", "packs/outline/\(hash).ndjson", "packs/outline/\(hash)-x.ndjson.gz",
            "packs/outline2/\(hash).ndjson.gz",
        ]
        for key in others + [PackName.shared(source: "outline", hash: hash)] {
            let body = ObjectBody(bytes: [1], sha256: ContentHash(of: [1]).hexadecimal)
            try await corpus.objects.put(key, body, contentType: "text/plain", onlyIfAbsent: false)
        }
        #expect(try await sweeper(corpus).sweep("outline").packs == 1)
        #expect(try await corpus.packs() == Set(others))
    }

    private struct Killed: Error {}
}
