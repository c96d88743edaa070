import IngotCore

/// The addresses that are told how jobs end, and how telling them goes.
enum WebhooksPage {
    struct Content {
        var tabs: SystemTabs
        var webhooks: [Webhook]
    }

    struct Webhook {
        var webhookID: String
        var url: String
        var events: String
        var sources: String
        var createdAt: String
        var createdBy: String?
        var isEnabled: Bool
        var deliveries: [Delivery]
    }

    struct Delivery {
        var event: String
        var jobAddress: String?
        var tries: String
        var state: String
        var isGood: Bool
        var isBad: Bool
        var moment: String
        var remark: String?
    }

    static func page(_ asking: PageRequest) async throws -> Page {
        let tabs = SystemTabs("/system/webhooks", asking)
        var content = Content(tabs: tabs, webhooks: [])
        if tabs.isAllowed {
            for webhook in try await asking.get("/api/webhooks")["webhooks"]?.arrayValue ?? [] {
                let id = webhook["id"]?.stringValue ?? ""
                let answer = try await asking.find(
                    "/api/webhooks/\(PercentEncoding.encode(id))/deliveries",
                    ["limit": "5"]
                )
                content.webhooks.append(Webhook(webhook, answer?["deliveries"]?.arrayValue ?? []))
            }
        }
        return Page(
            title: "Webhooks",
            part: .system,
            template: "webhooks",
            content: content,
            scripts: tabs.isAllowed ? ["webhooks.js"] : [],
            styles: ["jobs.css", "system.css"]
        )
    }
}

extension WebhooksPage.Webhook {
    init(_ webhook: JSONValue, _ known: [JSONValue]) {
        func list(_ name: String) -> String? {
            webhook[name]?.arrayValue.map { $0.compactMap(\.stringValue).joined(separator: ", ") }
        }
        webhookID = webhook["id"]?.stringValue ?? ""
        url = webhook["url"]?.stringValue ?? ""
        events = list("events") ?? ""
        sources = list("sources") ?? "all sources"
        createdAt = webhook["created_at"]?.stringValue ?? ""
        createdBy = webhook["created_by"]?.stringValue
        isEnabled = webhook["enabled"]?.boolValue == true
        deliveries = known.map(WebhooksPage.Delivery.init)
    }
}

extension WebhooksPage.Delivery {
    init(_ delivery: JSONValue) {
        let delivered = delivery["delivered_at"]?.stringValue
        let gaveUp = delivery["gave_up_at"]?.stringValue
        event = delivery["event"]?.stringValue ?? ""
        jobAddress = delivery["job"]?.stringValue.map { "/jobs/\($0)" }
        tries = Figures.count(delivery["attempt"]?.integerValue ?? 0, "try", plural: "tries")
        state = delivered != nil ? "delivered" : gaveUp != nil ? "given up" : "on its way"
        isGood = delivered != nil
        isBad = gaveUp != nil
        moment = delivered ?? gaveUp ?? delivery["created_at"]?.stringValue ?? ""
        let status = delivery["response_status"]?.integerValue.map { "The address answered \($0)." }
        let parts = [delivered == nil ? status : nil, delivery["error"]?.stringValue].compactMap { $0 }
        remark = parts.isEmpty ? nil : parts.joined(separator: " ")
    }
}
