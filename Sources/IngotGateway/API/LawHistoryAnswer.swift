import Hummingbird
import IngotCore
import IngotLaw

/// Answers `GET /api/law/{key}/history`: everything that happened to a node, oldest first.
struct LawHistoryAnswer: Sendable {
    let reader: CorpusReader

    func answer(_ key: String, _ request: Request) async throws -> Response {
        let (source, entries) = try await reader.history(of: key)
        return try .json(History(source: source, key: key, history: entries))
    }

    private struct History: Encodable {
        var source: String
        var key: String
        var history: [LawHistoryEntry]
    }
}
