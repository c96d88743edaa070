import IngotCore
import IngotTesting
import Testing

@testable import IngotLaw

@Suite("How the corpus uses its database", .timeLimit(.minutes(10)))
struct DatabaseUseTests {
    /// An outline of a unit with so many sections, each with some text and a reference.
    private func outline(_ unit: Int, sections: Int, version: Int = 1) -> String {
        (["/o/\(unit): title \(unit)"]
            + (0..<sections).map { "  /o/\(unit)/s\($0): section \($0) of \(version) says @/o/1/s0 a good deal" })
            .joined(separator: "\n")
    }

    private func units(_ count: Int, sections: Int, version: Int = 1) -> [String: String] {
        Dictionary(
            uniqueKeysWithValues: (1...count).map { ("\($0)", outline($0, sections: sections, version: version)) }
        )
    }

    /// Ingests a release, and counts the calls.
    private func calls(_ corpus: Corpus, _ release: String) async throws -> Int {
        let database = NarrowDatabase(corpus.database)
        try await corpus.ingest(release, database: database)
        return database.calls.count
    }

    /// What a job takes for itself: the tables and what is live; dead revisions; the revision; the plan; what upstream
    /// said of the files before; the gate's questions; promotion.
    private static let callsOfJob = 7

    @Test("A first ingest takes three calls for each unit: begin, rows, finish")
    func firstIngest() async throws {
        for count in [1, 2, 12] {
            let corpus = try await Corpus()
            let release = try corpus.release("1", units(count, sections: 30))
            #expect(try await calls(corpus, release) == Self.callsOfJob + 3 * count)
        }
    }

    @Test("A unit that has not changed takes two calls, or three when it comes from another address")
    func laterIngests() async throws {
        let corpus = try await Corpus()
        let release = try corpus.release("1", units(3, sections: 30))
        _ = try await calls(corpus, release)
        #expect(try await calls(corpus, release) == Self.callsOfJob + 2 * 3)
        // Another address is read, and compared with the live rows.
        #expect(try await calls(corpus, corpus.release("2", units(3, sections: 30))) == Self.callsOfJob + 3 * 3)
        var changed = units(3, sections: 30)
        changed["2"] = outline(2, sections: 30, version: 2)
        // Begin, live rows, ends, rows, finish; and how many nodes differ in which field is asked once.
        #expect(try await calls(corpus, corpus.release("3", changed)) == Self.callsOfJob + 3 * 2 + 5 + 1)
    }

    @Test("A database that takes smaller calls than usual gets the same corpus")
    func narrow() async throws {
        let wide = try await Corpus()
        let corpus = try await Corpus()
        let database = NarrowDatabase(corpus.database, bytesPerCall: 20_000)
        for version in 1...2 {
            let units = units(2, sections: 300, version: version)
            try await corpus.ingest(try corpus.release("\(version)", units), database: database)
            try await wide.ingest(try wide.release("\(version)", units))
        }
        #expect(database.calls.contains { $0.wasRefused })
        for label in ["1", "2"] {
            let nodes = try await corpus.nodes(at: label)
            #expect(nodes.count == 602)
            #expect(nodes.map(\.text) == (try await wide.nodes(at: label)).map(\.text))
        }
        for table in ["nodes", "node_references", "node_ranges", "node_words"] {
            let sql = "SELECT COUNT(*) AS n FROM \(table)"
            let (narrow, whole) = (try await corpus.database.rows(sql), try await wide.database.rows(sql))
            #expect(try narrow[0].integer("n") == whole[0].integer("n"))
        }
        try await corpus.expectWhole()
    }

    @Test("A node whose words are too long for a list goes alone, and its words are found")
    func longNode() async throws {
        let corpus = try await Corpus()
        // Each takes six bytes in JSON.
        let long = String(repeating: "\u{1}", count: 899_000) + " needle"
        let text = "/o/1: title\n  /o/1/a: alpha\n  /o/1/b: \(long)\n  /o/1/c: gamma"
        try await corpus.ingest(try corpus.release("1", ["1": text]))
        let found = try await corpus.database.rows(
            """
            SELECT n.key, length(w.text) AS length FROM node_words w JOIN nodes n ON n.id = w.rowid
            WHERE node_words MATCH 'needle'
            """
        )
        #expect(try found.map { try $0.string("key") } == ["/o/1/b"])
        #expect(try found[0].integer("length") > 899_000)
        #expect(try await corpus.rowCount() == 4)
    }

    @Test("A node that no call has room for fails its unit by name")
    func tooLongNode() async throws {
        let corpus = try await Corpus()
        let text = "/o/1: title\n  /o/1/a{heading=\(String(repeating: "x", count: 2_000_000))}: alpha"
        let failure = await #expect(throws: JobFailure.self) {
            try await corpus.ingest(try corpus.release("1", ["1": text]))
        }
        #expect(failure?.code == "node_too_large")
        #expect(failure?.unit == "1")
        #expect(failure?.message.contains("/o/1/a") == true)
    }

    @Test("No number that is bound lands in a column as a real, or as text with a point")
    func affinity() async throws {
        let corpus = try await Corpus()
        try await corpus.ingest(try corpus.release("1", units(2, sections: 3)))
        try await corpus.ingest(try corpus.release("2", units(2, sections: 3, version: 2)))
        await #expect(throws: JobFailure.self) {
            try await corpus.ingest(try corpus.release("3", ["1": "/o/1: title\n  /o/1/a: alpha", "2": "boom"]))
        }
        try await CorpusReverter(database: corpus.database).revert("outline", reason: "trial")
        _ = try await CorpusSweeper(database: corpus.database, objects: corpus.objects).sweep("outline")
        var checked = 0
        let tables = try await corpus.database.rows(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'node_words_%' ORDER BY name"
        )
        for table in try tables.map({ try $0.string("name") }) where table != "node_words" {
            for column in try await corpus.database.rows("PRAGMA table_info(\(table))") {
                let name = try column.string("name")
                let isNumber = try column.string("type") == "INTEGER"
                // Text that reads as a number with a point is what a bound number becomes there.
                let wrong =
                    isNumber
                    ? "typeof(\(name)) NOT IN ('integer', 'null')"
                    : "typeof(\(name)) NOT IN ('text', 'null') OR (\(name) GLOB '[0-9]*.0' AND \(name) = CAST(CAST(\(name) AS REAL) AS TEXT))"
                let rows = try await corpus.database.rows(
                    "SELECT \(name) AS value FROM \(table) WHERE \(wrong) LIMIT 1"
                )
                #expect(rows.isEmpty, "\(table).\(name) holds \(rows.map(\.values))")
                checked += 1
            }
        }
        #expect(checked > 60)
    }
}
