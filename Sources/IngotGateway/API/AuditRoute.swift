import Hummingbird
import IngotCore

/// `GET /api/audit`: who changed what, newest first.
struct AuditRoute: Sendable {
    let store: AuditStore

    private struct Page: Encodable {
        var entries: [AuditEntry]
        /// The cursor of the next page; absent on the last.
        var next: String?
    }

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/api/audit", for: .role(.admin)) { request, _ in try await page(request) }
    }

    private func page(_ request: Request) async throws -> Response {
        let limit = try request.queryNumber("limit", in: 1...500) ?? 100
        var cursor: JobID?
        if let text = request.query("cursor") {
            cursor = JobID(text)
            if cursor == nil { throw Problem.invalidQuery("cursor", "is not the 'next' of a page") }
        }
        let entries = try await store.page(
            caller: request.query("caller"),
            action: request.query("action"),
            before: cursor,
            limit: limit + 1
        )
        let next = entries.count > limit ? entries[limit - 1].id.rawValue : nil
        return try .json(Page(entries: Array(entries.prefix(limit)), next: next))
    }
}
