import Hummingbird
import IngotCore
import IngotLaw

/// Answers `GET /api/law/{key}/references`: what a node cites, and a page of the nodes that cite it.
struct LawReferencesAnswer: Sendable {
    let reader: CorpusReader

    private static let defaultPageNodes = 200
    private static let maximumPageNodes = 2000

    func answer(_ key: String, _ request: Request) async throws -> Response {
        let limit = try request.queryNumber("limit", in: 1...Self.maximumPageNodes) ?? Self.defaultPageNodes
        let (entry, view) = try await reader.entry(key, at: request.query("at"))
        let cursor = request.query("cursor")
        // What the node cites itself is on the first page; whoever has its record has that already.
        let showsCited = try request.query("cites") == nil || request.queryFlag("cites")
        var citing = try await reader.citing(key, in: view, after: cursor, limit: limit + 1)
        let hasMore = citing.count > limit
        citing = Array(citing.prefix(limit))
        return try .json(
            References(
                source: view.source,
                label: view.label,
                revision: view.revision,
                key: key,
                cites: cursor == nil && showsCited ? try await reader.citations(of: entry, in: view) : [],
                citedBy: citing,
                next: hasMore ? citing.last?.key : nil
            )
        )
    }

    private struct References: Encodable {
        var source: String
        var label: String
        var revision: Int64
        var key: String
        var cites: [LawCitation]
        var citedBy: [LawEntry]
        /// The cursor of the next page.
        var next: String?

        enum CodingKeys: String, CodingKey {
            case source, label, revision, key, cites, next
            case citedBy = "cited_by"
        }
    }
}
