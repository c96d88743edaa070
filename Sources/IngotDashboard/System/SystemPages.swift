import IngotGateway

/// The pages about the gateway itself.
struct SystemPages: Sendable {
    func add(to pages: inout PageTable) {
        pages.on("/system") { try await SystemPage.page($0) }
        pages.on("/system/keys") { try await KeysPage.page($0) }
        pages.on("/system/audit") { try await AuditPage.page($0) }
        pages.on("/system/webhooks") { try await WebhooksPage.page($0) }
    }
}

/// The parts of the system, as its pages link to each other.
struct SystemTabs {
    struct Tab {
        var tabAddress: String
        var tabName: String
        var isOpen: Bool
    }

    var tabs: [Tab]
    /// Whether the reader may see the page.
    var isAllowed: Bool
    var readerRole: String

    init(_ address: String, _ asking: PageRequest) {
        let role = asking.context.caller?.role ?? .viewer
        tabs = [
            ("/system", "Now"), ("/system/keys", "Keys"), ("/system/webhooks", "Webhooks"),
            ("/system/audit", "Audit log"),
        ].map { Tab(tabAddress: $0, tabName: $1, isOpen: $0 == address) }
        isAllowed = address == "/system" || role >= .admin
        readerRole = role.rawValue
    }
}
