import IngotCore
import Testing

@testable import IngotLaw

extension Corpus {
    /// Expects that every row's record is there, that no key has two open rows, and that words hang on rows alone.
    func expectWhole(_ location: SourceLocation = #_sourceLocation) async throws {
        var lines: [VerificationLine] = []
        for try await line in reader.verify("outline") { lines.append(line) }
        #expect(lines.last?.problems == 0, sourceLocation: location)
        let twice = try await database.rows(
            "SELECT key FROM nodes WHERE valid_to IS NULL GROUP BY source_id, key HAVING COUNT(*) > 1"
        )
        #expect(twice.isEmpty, sourceLocation: location)
        let words = try await database.rows(
            """
            SELECT (SELECT COUNT(*) FROM nodes) AS rows, (SELECT COUNT(*) FROM node_words) AS words,
                (SELECT COUNT(*) FROM node_words WHERE rowid NOT IN (SELECT id FROM nodes)) AS stray
            """
        )
        #expect(try words.first?.integer("rows") == words.first?.integer("words"), sourceLocation: location)
        #expect(try words.first?.integer("stray") == 0, sourceLocation: location)
    }

    func setStatus(_ status: String, of job: JobID) async throws {
        try await database.run(
            Statement("UPDATE ingest_jobs SET status = ?2 WHERE id = ?1", [.text(job.rawValue), .text(status)])
        )
    }

    /// Keys of the live nodes with a word, by the index that a search uses.
    func words(_ word: String) async throws -> [String] {
        let view = try await reader.view(of: "outline", at: nil)
        return try await database.rows(
            """
            SELECT nodes.key FROM node_words JOIN nodes ON nodes.id = node_words.rowid
            WHERE node_words MATCH ?1 AND \(LawSchema.isVisible(in: 2)) ORDER BY nodes.key
            """,
            [.text(word), .integer(view.revision)]
        ).map { try $0.string("key") }
    }

    /// The names of the packs that are stored.
    func packs() async throws -> Set<String> {
        Set(try await objects.list(prefix: "packs/", after: nil).objects.map(\.key))
    }
}
