import Hummingbird
import IngotCore
import IngotLaw

/// Answers `GET /api/law/{key}/children`: the node itself and what lies below it, in document order.
///
/// One level is a list that is paged by cursor; more levels are one answer with a cap.
struct LawTreeAnswer: Sendable {
    let reader: CorpusReader

    /// Raise it whenever the same nodes give another answer, so that readers do not keep the old one.
    private static let version = 1

    /// The most nodes in one tree's answer.
    private static let maximumTreeNodes = 20_000
    private static let defaultPageNodes = 500
    private static let maximumPageNodes = 2000

    func answer(_ key: String, _ request: Request) async throws -> Response {
        let depth = try request.queryNumber("depth", in: 1...100) ?? 1
        let limit = try request.queryNumber("limit", in: 1...Self.maximumPageNodes)
        let cursor = try cursor(request)
        if depth > 1, cursor != nil || limit != nil {
            throw Problem.invalidQuery(cursor != nil ? "cursor" : "limit", "is for lists of one level, without depth")
        }
        let (entry, view) = try await start(key, at: request.query("at"), cursor)
        let tag = EntityTag(
            of: [
                "children", "\(Self.version)", view.source, view.label, "\(view.revision)", key, "\(depth)",
                "\(limit ?? 0)",
                cursor?.text ?? "",
            ]
        )
        return try await request.answer(tagged: tag) {
            var list = LawNodeList(view: view, nodes: cursor == nil ? [entry] : [])
            list.breadcrumbs = try await reader.place(of: entry, in: view).breadcrumbs
            if depth == 1 {
                let page = try await reader.children(
                    of: key,
                    in: view,
                    after: cursor,
                    limit: limit ?? Self.defaultPageNodes
                )
                list.nodes += page.entries
                list.next = page.next?.text
            } else {
                let nodes = try await reader.tree(key, in: view, depth: depth, limit: Self.maximumTreeNodes + 1)
                list.nodes = Array(nodes.prefix(Self.maximumTreeNodes))
                list.isTruncated = nodes.count > Self.maximumTreeNodes
            }
            return try Response.json(list)
        }
    }

    private func cursor(_ request: Request) throws -> LawCursor? {
        guard let text = request.query("cursor") else { return nil }
        guard let cursor = LawCursor(text) else {
            throw Problem.invalidQuery("cursor", "is not the 'next' of a page")
        }
        return cursor
    }

    /// The node, in the state that the query names or the page before was read from.
    private func start(
        _ key: String,
        at label: String?,
        _ cursor: LawCursor?
    ) async throws -> (entry: LawEntry, view: CorpusReader.View) {
        guard let cursor else { return try await reader.entry(key, at: label) }
        guard let view = try await reader.view(for: cursor), label == nil || label == view.label,
            let entry = try await reader.tree(key, in: view, depth: 0, limit: 1).first
        else {
            throw Problem.invalidQuery("cursor", "belongs to another list; start again without it")
        }
        return (entry, view)
    }
}

/// A list of nodes with the state that it was read from.
struct LawNodeList: Encodable {
    var view: CorpusReader.View
    var nodes: [LawEntry]
    /// What the first node lies in, from the top down.
    var breadcrumbs: [LawBreadcrumb] = []
    /// The cursor of the next page.
    var next: String?
    var isTruncated = false

    enum CodingKeys: String, CodingKey {
        case source, label, revision, breadcrumbs, nodes, next
        case isTruncated = "truncated"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(view.source, forKey: .source)
        try container.encode(view.label, forKey: .label)
        try container.encode(view.revision, forKey: .revision)
        try container.encode(breadcrumbs, forKey: .breadcrumbs)
        try container.encode(nodes, forKey: .nodes)
        // `null` on the last page, so that the member is always there.
        try container.encode(next, forKey: .next)
        try container.encode(isTruncated, forKey: .isTruncated)
    }
}
