import IngotCore
import IngotLaw
import Testing

@Suite("How large a corpus is and was")
struct SizeTests {
    private static func outline(_ unit: String, _ sections: Int) -> String {
        "/o/\(unit): top" + (1...sections).map { "\n  /o/\(unit)/s\($0): section \($0)" }.joined()
    }

    /// What the nodes table shows, counted by itself.
    private func counted(_ corpus: Corpus, _ revision: Int64) async throws -> Int64 {
        try await corpus.rowCount("valid_from <= \(revision) AND (valid_to IS NULL OR valid_to > \(revision))")
    }

    @Test("A size is the sum of all changes up to its revision, and a unit that is gone counts no more")
    func sizes() async throws {
        let corpus = try await Corpus()
        #expect(try await corpus.reader.sizes(of: "outline", limit: 10) == [])
        for (label, units) in [
            ("1", ["a": Self.outline("a", 30)]), ("2", ["a": Self.outline("a", 30), "b": Self.outline("b", 5)]),
            ("3", ["a": Self.outline("a", 29), "b": Self.outline("b", 5)]),
            ("4", ["a": Self.outline("a", 28), "b": Self.outline("b", 5)]),
        ] {
            try await corpus.ingest(try corpus.release(label, units))
        }
        // As a job does that finds the unit gone from upstream.
        try await corpus.database.run(Statement("UPDATE nodes SET valid_to = 4 WHERE unit = 'b'"))
        try await corpus.database.run(
            Statement("INSERT OR REPLACE INTO revision_units VALUES ('outline', 'b', 4, '4', '', '', 0, 0, 0)")
        )
        let sizes = try await corpus.reader.sizes(of: "outline", limit: 10)
        #expect(sizes.map(\.label) == ["4", "3", "2", "1"])
        #expect(sizes.map(\.units) == [1, 2, 2, 1])
        for size in sizes { #expect(try await counted(corpus, size.revision) == size.nodes, "\(size)") }
        #expect(try await corpus.reader.sizes(of: "outline", limit: 2) == Array(sizes.prefix(2)))
        let counts = try await corpus.reader.counts(in: try await corpus.reader.view(of: "outline", at: "2"))
        #expect(counts.map(\.nodes).reduce(0, +) == sizes[2].nodes)
    }

    @Test("Revisions come page by page")
    func pages() async throws {
        let corpus = try await Corpus()
        for label in ["1", "2", "3"] {
            try await corpus.ingest(
                try corpus.release(label, ["a": Self.outline("a", Int(label) ?? 0)])
            )
        }
        let all = try await corpus.reader.revisions(of: "outline")
        #expect(all.map(\.number) == [3, 2, 1])
        let reader = corpus.reader
        #expect(try await reader.revisions(of: "outline", limit: 2) == Array(all.prefix(2)))
        #expect(try await reader.revisions(of: "outline", before: 2, limit: 2) == Array(all.suffix(1)))
        #expect(try await reader.revisions(of: "outline", before: 1, limit: 2) == [])
    }
}
