import IngotCore

/// Who changed what, newest first.
enum AuditPage {
    struct Content {
        var tabs: SystemTabs
        var entries: [Entry]
        var caller: String
        var actions: [Action]
        var isFiltered: Bool
        var older: String?
        var isFirst: Bool
    }

    struct Action {
        var action: String
        var isChosen: Bool
    }

    struct Entry {
        var at: String
        var who: String
        var whoAddress: String?
        var role: String?
        var from: String
        var done: String
        var target: String
        var outcome: String
        var isRefused: Bool
        var details: String?
        var requestID: String?
    }

    /// What is offered to choose from; any other one can be given in the address.
    private static let actions = [
        "POST /api/ingest/{source}", "POST /api/ingest/jobs/{id}/cancel", "POST /api/ingest/jobs/{id}/retry",
        "POST /api/sources/{source}/revert", "POST /api/sources/{source}/sweep", "POST /api/keys",
        "DELETE /api/keys/{id}", "POST /api/session", "DELETE /api/session", "POST /api/webhooks",
        "DELETE /api/webhooks/{id}", "POST /api/webhooks/{id}/test",
    ]

    static func page(_ asking: PageRequest) async throws -> Page {
        let tabs = SystemTabs("/system/audit", asking)
        let caller = asking.query("caller")
        let action = asking.query("action")
        var content = Content(
            tabs: tabs,
            entries: [],
            caller: caller ?? "",
            actions: (action.map { actions.contains($0) ? actions : [$0] + actions } ?? actions).map {
                Action(action: $0, isChosen: $0 == action)
            },
            isFiltered: caller != nil || action != nil,
            isFirst: asking.query("cursor") == nil
        )
        if tabs.isAllowed {
            let answer = try await asking.get(
                "/api/audit",
                ["limit": "50", "caller": caller, "action": action, "cursor": asking.query("cursor")]
            )
            content.entries = (answer["entries"]?.arrayValue ?? []).map(Entry.init)
            content.older = answer["next"]?.stringValue.map {
                PageAddress.text("/system/audit", ["caller": caller, "action": action, "cursor": $0])
            }
        }
        return Page(
            title: "Audit log",
            part: .system,
            template: "audit",
            content: content,
            styles: ["jobs.css", "system.css"]
        )
    }
}

extension AuditPage.Entry {
    init(_ entry: JSONValue) {
        at = entry["at"]?.stringValue ?? ""
        let caller = entry["caller"]?.stringValue
        who = caller ?? "nobody known"
        whoAddress = caller.map { PageAddress.text("/system/audit", ["caller": $0]) }
        role = entry["role"]?.stringValue
        from = entry["remote_address"]?.stringValue ?? ""
        done = entry["action"]?.stringValue ?? ""
        target = entry["target"]?.stringValue ?? ""
        outcome = entry["outcome"]?.stringValue ?? ""
        isRefused = !outcome.hasPrefix("2") && !outcome.hasPrefix("3")
        let members = entry["details"]?.objectValue ?? [:]
        details = members.isEmpty ? nil : JSONValue.object(members).canonicalText
        requestID = entry["request_id"]?.stringValue
    }
}
