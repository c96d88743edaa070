import IngotCore
import Testing

@testable import IngotLaw

@Suite("Law ingestion")
struct LawIngestionTests {
    private static let first = """
        /o/1: the title
          /o/1/a: alpha
          /o/1/b: beta
          /o/1/c: gamma
        """
    private static let second = """
        /o/1: the title
          /o/1/a: alpha
          /o/1/x: new
          /o/1/b: beta, amended
        """

    @Test("makes a revision visible that reads back as the document")
    func readsBack() async throws {
        let corpus = try await Corpus()
        let result = try await corpus.ingest(try corpus.release("1", ["1": Self.first, "2": "/o/2: other"]))
        #expect(result["counts"]?["added"] == 5)
        #expect(result["revision"] == 1)
        #expect(try await corpus.keys() == ["/o/1", "/o/1/a", "/o/1/b", "/o/1/c", "/o/2"])
        let (entry, view) = try await corpus.reader.entry("/o/1/b", at: nil)
        #expect(view.label == "1")
        let record = try JSONValue(parsing: await corpus.reader.record(of: entry))
        #expect(record["text"] == "beta")
        #expect(record["parent"] == "/o/1")
        let tree = try await corpus.reader.tree("/o/1", in: view, depth: 5, limit: 100)
        #expect(tree.map(\.key) == ["/o/1", "/o/1/a", "/o/1/b", "/o/1/c"])
        #expect(tree.map(\.depth) == [0, 1, 1, 1])
        let tops = try await corpus.reader.children(of: nil, in: view)
        #expect(tops.map(\.key) == ["/o/1", "/o/2"])
    }

    @Test("writes only what differs, and keeps the older state readable")
    func writesDifference() async throws {
        let corpus = try await Corpus()
        try await corpus.ingest(try corpus.release("1", ["1": Self.first]))
        let before = try await corpus.nodes().map(\.text)
        let result = try await corpus.ingest(try corpus.release("2", ["1": Self.second]))
        #expect(result["counts"]?["added"] == 1)
        #expect(result["counts"]?["changed"] == 1)
        #expect(result["counts"]?["removed"] == 1)
        #expect(result["counts"]?["unchanged"] == 2)
        #expect(result["counts"]?["rows_written"] == 2)
        #expect(try await corpus.keys() == ["/o/1", "/o/1/a", "/o/1/x", "/o/1/b"])
        #expect(try await corpus.nodes(at: "1").map(\.text) == before)
        await #expect(throws: LawReadingError.unknownLabel("3", known: ["2", "1"])) {
            try await corpus.keys(at: "3")
        }
        await #expect(throws: LawReadingError.unknownKey("/o/1/c", label: nil)) {
            try await corpus.reader.entry("/o/1/c", at: nil)
        }
        #expect(try await corpus.reader.entry("/o/1/c", at: "1").entry.key == "/o/1/c")
    }

    @Test("writes no row for the same bytes, nor for other bytes with the same nodes")
    func unchanged() async throws {
        let corpus = try await Corpus()
        try await corpus.ingest(try corpus.release("1", ["1": Self.first]))
        let rows = try await corpus.rowCount()
        let same = try await corpus.ingest(try corpus.release("1", ["1": Self.first]))
        #expect(same["counts"]?["unchanged"] == 4)
        let reread = try await corpus.ingest(
            try corpus.release("2", ["1": Self.first + "\n\n"]),
            source: OutlineSource(readerVersion: 2)
        )
        #expect(reread["counts"]?["rows_written"] == 0)
        #expect(reread["counts"]?["unchanged"] == 4)
        #expect(try await corpus.rowCount() == rows)
    }

    @Test("a unit that is not asked for keeps its nodes")
    func otherUnits() async throws {
        let corpus = try await Corpus()
        try await corpus.ingest(try corpus.release("1", ["1": Self.first, "2": "/o/2: other"]))
        try await corpus.ingest(try corpus.release("2", ["1": Self.second]))
        #expect(try await corpus.keys().contains("/o/2"))
    }

    @Test("an older label than the live one is refused")
    func olderLabel() async throws {
        let corpus = try await Corpus()
        try await corpus.ingest(try corpus.release("10", ["1": Self.first]))
        let failure = await #expect(throws: JobFailure.self) {
            try await corpus.ingest(try corpus.release("9", ["1": Self.second]))
        }
        #expect(failure?.code == "label_older_than_live")
        #expect(try await corpus.keys().contains("/o/1/c"))
    }

    @Test(
        "a document that cannot be trusted leaves the live revision as it was, and no row behind",
        arguments: [
            ("/o/1: the title\n  /o/1/a: alpha\nboom", "outline_malformed"),
            ("/o/1: the title\n  /o/1/a: alpha\n  /o/1/b: beta\n! lost words\n  /o/1/c: gamma", "validation_failed"),
            ("/o/1: the title\n  /o/1/a: alpha\n  /o/1/a: again", "validation_failed"),
            ("/o/1: the title", "validation_failed"),
            ("", "validation_failed"),
        ]
    )
    func badDocuments(document: String, code: String) async throws {
        let corpus = try await Corpus()
        try await corpus.ingest(try corpus.release("1", ["1": Self.first]))
        let rows = try await corpus.rowCount()
        let failure = await #expect(throws: JobFailure.self) {
            try await corpus.ingest(try corpus.release("2", ["1": document]))
        }
        #expect(failure?.code == code)
        #expect(failure?.unit == "1")
        #expect(try await corpus.rowCount() == rows)
        #expect(try await corpus.rowCount("valid_to IS NOT NULL") == 0)
        #expect(try await corpus.nodes().map(\.key) == ["/o/1", "/o/1/a", "/o/1/b", "/o/1/c"])
        let revisions = try await corpus.reader.revisions(of: "outline")
        #expect(revisions.map(\.status) == ["abandoned", "promoted"])
    }

    @Test("a unit may shrink when the request allows it")
    func allowedToShrink() async throws {
        let corpus = try await Corpus()
        try await corpus.ingest(try corpus.release("1", ["1": Self.first]))
        try await corpus.ingest(
            try corpus.release("2", ["1": "/o/1: the title"]),
            parameters: ["allow_shrink": true]
        )
        #expect(try await corpus.keys() == ["/o/1"])
    }

    @Test("a key that another unit owns is found out before promotion")
    func keyOfAnotherUnit() async throws {
        let corpus = try await Corpus()
        let failure = await #expect(throws: JobFailure.self) {
            try await corpus.ingest(
                try corpus.release("1", ["1": "/o/1: one\n  /o/x: a", "2": "/o/2: two\n  /o/x: b"])
            )
        }
        #expect(failure?.code == "validation_failed")
        #expect(failure?.message.contains("rows_missing") == true)
        #expect(try await corpus.rowCount() == 0)
    }

    @Test("a superseded attempt changes nothing")
    func superseded() async throws {
        let corpus = try await Corpus()
        try await corpus.ingest(try corpus.release("1", ["1": Self.first]))
        let job = try await corpus.job(attempt: 2)
        let failure = await #expect(throws: JobFailure.self) {
            try await corpus.ingest(try corpus.release("2", ["1": Self.second]), job: job, attempt: 1)
        }
        #expect(failure?.code == "attempt_superseded")
        #expect(try await corpus.reader.revisions(of: "outline").count == 1)
    }

    @Test("what a killed attempt left behind is swept before the next job writes")
    func sweepsLeftovers() async throws {
        let corpus = try await Corpus()
        try await corpus.ingest(try corpus.release("1", ["1": Self.first]))
        let writer = CorpusWriter(
            database: corpus.database,
            source: OutlineSource().description,
            job: try await corpus.job(),
            attempt: 1
        )
        #expect(try await writer.openRevision(label: "2", now: .now()) == .open(2))
        _ = try await writer.planUnits(["1"], revision: 2)
        _ = try await writer.beginUnit("1", revision: 2, urls: ["file:x"], now: .now())
        try await writer.close(["/o/1/a", "/o/1/b"], inUnit: "1", revision: 2)
        #expect(try await corpus.rowCount("valid_to = 2") == 2)
        #expect(try await corpus.keys().count == 4, "a reader must not see what an open revision has done")

        try await corpus.ingest(try corpus.release("3", ["1": Self.first]))
        #expect(try await corpus.keys().count == 4)
        #expect(try await corpus.rowCount("valid_to IS NOT NULL") == 0)
        #expect(
            try await corpus.reader.revisions(of: "outline").map(\.status) == ["promoted", "abandoned", "promoted"]
        )
    }

    @Test("verification names a damaged pack and a missing capture")
    func verification() async throws {
        let corpus = try await Corpus()
        try await corpus.ingest(try corpus.release("1", ["1": Self.first]))
        func lines() async throws -> [VerificationLine] {
            var lines: [VerificationLine] = []
            for try await line in corpus.reader.verify("outline") { lines.append(line) }
            return lines
        }
        #expect(try await lines() == [VerificationLine(nodes: 4, captures: 1, problems: 0)])
        let packs = try await corpus.objects.list(prefix: "packs/", after: nil).objects
        let captures = try await corpus.objects.list(prefix: "captures/", after: nil).objects
        try await corpus.objects.delete(captures.map(\.key))
        let pack = try #require(packs.first)
        var bytes = try await corpus.objects.get(pack.key, range: nil, limit: 1 << 20)
        bytes[bytes.count - 12] ^= 0xFF
        let body = ObjectBody(bytes: bytes, sha256: ContentHash(of: bytes).hexadecimal)
        try await corpus.objects.put(pack.key, body, contentType: "application/gzip", onlyIfAbsent: false)
        let found = try await lines()
        #expect(found.last?.problems == 2)
        #expect(found.count == 3)
        #expect(found.first?.key?.hasPrefix("/o/1") == true)
    }

    @Test("the export is a table as well")
    func csv() async throws {
        let corpus = try await Corpus()
        try await corpus.ingest(try corpus.release("1", ["1": "/o/1: says \"yes\", twice"]))
        let view = try await corpus.reader.view(of: "outline", at: nil)
        var bytes: [UInt8] = []
        for try await piece in corpus.reader.export(view, format: .csv) { bytes += piece }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
        #expect(lines.count == 2)
        #expect(lines[1].contains("\"says \"\"yes\"\", twice\""))
    }

    @Test("a row that is gone, and one whose parent is, are found by verification and named")
    func verificationCounts() async throws {
        let corpus = try await Corpus()
        try await corpus.ingest(try corpus.release("1", ["1": Self.first, "2": "/o/2: other"]))
        func problems() async throws -> [String] {
            var found: [String] = []
            for try await line in corpus.reader.verify("outline") where line.problem != nil {
                found.append("\(line.key ?? ""): \(line.problem ?? "")")
            }
            return found
        }
        #expect(try await problems() == [])
        try await corpus.database.run(Statement("DELETE FROM nodes WHERE key = '/o/1/b'"))
        #expect(try await problems() == ["unit 1: 3 nodes are shown, 4 were read"])
        try await corpus.database.run(Statement("DELETE FROM nodes WHERE key = '/o/1'"))
        #expect(
            try await problems() == [
                "unit 1: 2 nodes are shown, 4 were read", "/o/1/a: the node above it is not there",
                "/o/1/c: the node above it is not there",
            ]
        )
    }

    @Test("tables of an earlier version are refused, by readers and by jobs")
    func outdatedStore() async throws {
        let corpus = try await Corpus()
        try await corpus.database.run(Statement("ALTER TABLE nodes RENAME COLUMN fingerprints TO something_else"))
        for attempt in [
            { try await corpus.reader.prepareTables() },
            { _ = try await corpus.ingest(try corpus.release("1", ["1": Self.first])) },
        ] as [@Sendable () async throws -> Void] {
            let failure = await #expect(throws: JobFailure.self) { try await attempt() }
            #expect(failure?.code == "store_outdated")
        }
    }
}
