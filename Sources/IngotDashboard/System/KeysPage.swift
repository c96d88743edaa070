import IngotCore

/// The API keys: who holds one, and what it opens.
enum KeysPage {
    struct Content {
        var tabs: SystemTabs
        var keys: [Key]
        var older: String?
        var sources: [String]
    }

    struct Key {
        var keyID: String
        var keyName: String
        var role: String
        var opens: String
        var createdAt: String
        var createdBy: String
        var usedAt: String?
        var expiresAt: String?
        var state: String
        var isGood: Bool
    }

    private static let pageSize = 100

    static func page(_ asking: PageRequest) async throws -> Page {
        let tabs = SystemTabs("/system/keys", asking)
        var content = Content(tabs: tabs, keys: [], sources: [])
        if tabs.isAllowed {
            let answer = try await asking.get(
                "/api/keys",
                ["limit": "\(pageSize)", "cursor": asking.query("cursor")]
            )
            let now = Timestamp.now()
            content.keys = (answer["keys"]?.arrayValue ?? []).map { Key($0, now: now) }
            content.older = answer["next"]?.stringValue.map { PageAddress.text("/system/keys", ["cursor": $0]) }
            let sources = try await asking.get("/api/sources")
            content.sources = (sources["sources"]?.arrayValue ?? []).compactMap { $0["id"]?.stringValue }
        }
        return Page(
            title: "API keys",
            part: .system,
            template: "keys",
            content: content,
            scripts: tabs.isAllowed ? ["keys.js"] : [],
            styles: ["jobs.css", "system.css"]
        )
    }
}

extension KeysPage.Key {
    init(_ key: JSONValue, now: Timestamp) {
        keyID = key["id"]?.stringValue ?? ""
        let name = key["name"]?.stringValue ?? ""
        keyName = name.isEmpty ? "without a name" : name
        role = key["role"]?.stringValue ?? ""
        opens = key["sources"]?.arrayValue.map { $0.compactMap(\.stringValue).joined(separator: ", ") } ?? "all sources"
        createdAt = key["created_at"]?.stringValue ?? ""
        createdBy = key["created_by"]?.stringValue ?? ""
        usedAt = key["last_used_at"]?.stringValue
        expiresAt = key["expires_at"]?.stringValue
        let isExpired = expiresAt.flatMap { Timestamp($0) }.map { $0 <= now } ?? false
        state = key["revoked_at"] != nil ? "revoked" : isExpired ? "expired" : "good"
        isGood = state == "good"
    }
}
