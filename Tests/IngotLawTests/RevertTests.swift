import IngotCore
import Testing

@testable import IngotLaw

@Suite("Going back to the revision before")
struct RevertTests {
    private static let units = [
        [
            "1": "/o/1: the title\n  /o/1/a: alpha\n  /o/1/b: beta\n  /o/1/c: gamma",
            "2": "/o/2: other\n  /o/2/a: first\n  /o/2/b: second",
        ],
        [
            // Moved, removed, changed, added; and a unit of its own.
            "1": "/o/1: the title\n  /o/1/c: gamma\n  /o/1/a: alpha, amended\n  /o/1/x: new",
            "2": "/o/2: other\n  /o/2/a: first\n  /o/2/b: second, amended",
            "3": "/o/3: late",
        ],
        [
            "1": "/o/1: the title\n  /o/1/x: new\n  /o/1/a: alpha, twice\n  /o/1/b: beta is back",
            "2": "/o/2: other\n  /o/2/b: second, amended\n  /o/2/a: first",
        ],
    ]

    /// What readers see of one label.
    private func state(_ corpus: Corpus, _ label: String) async throws -> [String] {
        try await corpus.nodes(at: label).map { "\($0.key): \($0.text)" }
    }

    private func reverter(_ corpus: Corpus) -> CorpusReverter { CorpusReverter(database: corpus.database) }

    /// A corpus with labels from 1 up, and what each of them shows.
    private func corpus(labels: Int) async throws -> (Corpus, [String: [String]]) {
        let corpus = try await Corpus()
        var states: [String: [String]] = [:]
        for number in 1...labels {
            try await corpus.ingest(
                try corpus.release("\(number)", Self.units[number - 1]),
                parameters: ["allow_shrink": true]
            )
            states["\(number)"] = try await state(corpus, "\(number)")
        }
        return (corpus, states)
    }

    private func expectReadable(
        _ states: [String: [String]],
        _ labels: [String],
        _ corpus: Corpus,
        _ location: SourceLocation = #_sourceLocation
    ) async throws {
        for label in labels {
            #expect(try await state(corpus, label) == states[label], sourceLocation: location)
        }
    }

    @Test("switches readers at once, keeps the record, and takes the label away")
    func switches() async throws {
        let (corpus, states) = try await corpus(labels: 2)
        let rows = try await corpus.rowCount()
        let now = Timestamp.now()
        let reversion = try await reverter(corpus).revert("outline", reason: "misprint", now: now)
        #expect(reversion.from == .init(revision: 2, label: "2"))
        #expect(reversion.to == .init(revision: 1, label: "1"))
        #expect(try await corpus.reader.view(of: "outline", at: nil).label == "1")
        #expect(try await corpus.keys() == corpus.keys(at: "1"))
        try await expectReadable(states, ["1"], corpus)
        await #expect(throws: LawReadingError.unknownLabel("2", known: ["1"])) { try await corpus.keys(at: "2") }
        #expect(try await corpus.rowCount() == rows, "a revert is a switch and writes no rows")
        let record = try #require(try await corpus.reader.revisions(of: "outline").first)
        #expect(record.status == "reverted" && !record.isLive)
        #expect(record.revertedAt == now.description && record.revertedTo == 1 && record.revertedReason == "misprint")
    }

    @Test("the next job starts from the state that is live, swept before or not", arguments: [true, false])
    func nextJob(isSweptBefore: Bool) async throws {
        let (corpus, states) = try await corpus(labels: 2)
        try await reverter(corpus).revert("outline")
        if isSweptBefore {
            let sweeper = CorpusSweeper(database: corpus.database, objects: corpus.objects)
            let report = try await sweeper.sweep("outline")
            #expect(report.revisions == 1 && report.rows > 0 && report.packs > 0 && report.bytes > 0)
            try await expectReadable(states, ["1"], corpus)
            #expect(try await corpus.rowCount("valid_from = 2 OR valid_to = 2") == 0)
            #expect(try await sweeper.sweep("outline").revisions == 0)
        }
        // Only unit 1: units 2 and 3 must be as label 1 has them.
        try await corpus.ingest(try corpus.release("2", ["1": Self.units[1]["1"] ?? ""]))
        try await expectReadable(states, ["1"], corpus)
        let expected =
            (states["2"] ?? []).filter { $0.hasPrefix("/o/1") } + (states["1"] ?? []).filter { $0.hasPrefix("/o/2") }
        #expect(try await state(corpus, "2") == expected)
        #expect(try await corpus.rowCount("valid_from = 2 OR valid_to = 2") == 0)
        #expect(try await corpus.words("amended") == ["/o/1/a"])
        try await corpus.expectWhole()
        let revisions = try await corpus.reader.revisions(of: "outline")
        #expect(revisions.map(\.status) == ["promoted", "reverted", "promoted"])
    }

    @Test("going back twice goes back two revisions, and each label can be ingested again")
    func twice() async throws {
        let (corpus, states) = try await corpus(labels: 3)
        #expect(try await reverter(corpus).revert("outline").to.label == "2")
        try await expectReadable(states, ["1", "2"], corpus)
        #expect(try await reverter(corpus).revert("outline").to.label == "1")
        try await expectReadable(states, ["1"], corpus)
        await #expect(throws: LawReversionError.nothingBefore(label: "1")) {
            try await reverter(corpus).revert("outline")
        }
        try await corpus.ingest(try corpus.release("2", Self.units[1]), parameters: ["allow_shrink": true])
        try await expectReadable(states, ["1", "2"], corpus)
        try await corpus.ingest(try corpus.release("3", Self.units[2]), parameters: ["allow_shrink": true])
        try await expectReadable(states, ["1", "2", "3"], corpus)
        try await corpus.expectWhole()
        let failure = await #expect(throws: JobFailure.self) {
            try await corpus.ingest(try corpus.release("2", Self.units[1]))
        }
        #expect(failure?.code == "label_older_than_live")
    }

    @Test("every step of taking a revision back leaves the readable labels as they are")
    func steps() async throws {
        let (corpus, states) = try await corpus(labels: 3)
        try await reverter(corpus).revert("outline")
        try await reverter(corpus).revert("outline")
        let watched = WatchedDatabase(corpus.database) { try await self.expectReadable(states, ["1"], corpus) }
        #expect(try await DeadRevisions(database: watched, source: "outline").takeBackAll().revisions == 2)
        #expect(watched.calls > 6)
        try await expectReadable(states, ["1"], corpus)
        #expect(try await corpus.rowCount("valid_from > 1 OR valid_to IS NOT NULL") == 0)
    }

    @Test("what was broken off is finished by the next job", arguments: 1...6)
    func brokenOff(calls: Int) async throws {
        let (corpus, states) = try await corpus(labels: 3)
        try await reverter(corpus).revert("outline")
        try await reverter(corpus).revert("outline")
        let broken = WatchedDatabase(corpus.database, limit: calls)
        await #expect(throws: DatabaseError.self) {
            try await DeadRevisions(database: broken, source: "outline").takeBackAll()
        }
        try await expectReadable(states, ["1"], corpus)
        try await corpus.ingest(try corpus.release("3", ["2": Self.units[2]["2"] ?? ""]))
        try await expectReadable(states, ["1"], corpus)
        #expect(
            try await state(corpus, "3").filter { $0.hasPrefix("/o/1") }
                == (states["1"] ?? []).filter { $0.hasPrefix("/o/1") }
        )
        try await corpus.expectWhole()
    }

    @Test("is refused while a job runs, and without anything to go back to")
    func refusals() async throws {
        let corpus = try await Corpus()
        await #expect(throws: LawReversionError.nothingIngested("outline")) {
            try await reverter(corpus).revert("outline")
        }
        for number in 1...2 {
            try await corpus.ingest(try corpus.release("\(number)", Self.units[number - 1]))
        }
        let job = try await corpus.job()
        await #expect(throws: LawReversionError.jobRunning(job.rawValue)) {
            try await reverter(corpus).revert("outline")
        }
        #expect(try await corpus.reader.view(of: "outline", at: nil).label == "2")
        #expect(try await corpus.reader.revisions(of: "outline").map(\.status) == ["promoted", "promoted"])
    }

    @Test("many at once go back one revision each, and never further than they say")
    func atOnce() async throws {
        let (corpus, states) = try await corpus(labels: 3)
        let done = await withTaskGroup(of: LawReversion?.self) { group in
            for _ in 0..<8 { group.addTask { try? await reverter(corpus).revert("outline") } }
            return await group.reduce(into: [LawReversion]()) { if let reversion = $1 { $0.append(reversion) } }
        }
        let live = try await corpus.reader.view(of: "outline", at: nil)
        #expect(done.contains { $0.to.revision == live.revision })
        #expect(done.allSatisfy { $0.from.revision == $0.to.revision + 1 && $0.to.revision >= live.revision })
        try await expectReadable(states, [live.label], corpus)
    }

    @Test("an attempt that was broken off does not go on over what was taken away")
    func openRevision() async throws {
        let (corpus, states) = try await corpus(labels: 2)
        let job = try await corpus.job()
        let writer = CorpusWriter(
            database: corpus.database,
            source: OutlineSource().description,
            job: job,
            attempt: 1
        )
        #expect(try await writer.openRevision(label: "3", now: .now()) == .open(3))
        _ = try await writer.planUnits(["1"], revision: 3)
        _ = try await writer.beginUnit("1", revision: 3, urls: ["file:x"], now: .now())
        try await writer.close(["/o/1/a", "/o/1/x"], inUnit: "1", revision: 3)
        try await corpus.setStatus("queued", of: job)
        try await reverter(corpus).revert("outline")
        try await corpus.setStatus("running", of: job)
        #expect(try await writer.openRevision(label: "3", now: .now()) == .open(4))
        #expect(try await corpus.rowCount("valid_from > 1 OR valid_to IS NOT NULL") == 0)
        try await expectReadable(states, ["1"], corpus)
    }

    @Test("an export of what is taken away meanwhile fails instead of ending early")
    func exportMeanwhile() async throws {
        let corpus = try await Corpus()
        let long = String(repeating: "long ", count: 14_000)
        let first = "/o/1: the title\n  /o/1/a: \(long)"
        try await corpus.ingest(try corpus.release("1", ["1": first, "2": "/o/2: before"]))
        try await corpus.ingest(try corpus.release("2", ["1": first, "2": "/o/2: after"]))
        func pieces(_ label: String, _ meanwhile: () async throws -> Void) async throws -> Int {
            let view = try await corpus.reader.view(of: "outline", at: label)
            var pieces = 0
            for try await _ in corpus.reader.export(view, format: .ndjson) {
                pieces += 1
                if pieces == 1 { try await meanwhile() }
            }
            return pieces
        }
        await #expect(throws: LawReadingError.takenBack(label: "2")) {
            try await pieces("2") {
                try await reverter(corpus).revert("outline")
                try await DeadRevisions(database: corpus.database, source: "outline").takeBackAll()
            }
        }
        #expect(try await pieces("1") {} == 2)
    }
}
