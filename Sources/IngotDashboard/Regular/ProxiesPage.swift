import IngotCore

/// The pool of proxies: how many are valid, where they come from, and how good each source is.
enum ProxiesPage {
    struct Content {
        var regular: RegularTabs
        var isActive: Bool
        var valid: String
        var target: String
        var state: String
        var isFull: Bool
        var checks: String
        var problem: String?
        var validationAddress: String
        var targetNumber: String
        var sources: [Source]
        var mayOperate: Bool
    }

    struct Source {
        var name: String
        var valid: String
        var candidates: String
        var success: String
        var fetched: String?
        var restsUntil: String?
        var problem: String?
    }

    static func page(_ asking: PageRequest) async throws -> Page {
        let status = try await asking.get("/api/proxies/status")
        return Page(
            title: "Proxies",
            part: .regular,
            template: "proxies",
            content: Content(status, mayOperate: asking.mayOperate),
            scripts: ["live.js", "proxies.js"],
            styles: ["jobs.css", "system.css", "job-form.css"]
        )
    }
}

extension ProxiesPage.Content {
    init(_ status: JSONValue, mayOperate: Bool) {
        func number(_ value: JSONValue?) -> Int64 { value?.integerValue ?? 0 }
        let valid = number(status["total"])
        let target = number(status["config"]?["target_count"])
        regular = RegularTabs("/proxies")
        isActive = status["is_active"]?.boolValue == true
        self.valid = Figures.number(valid)
        self.target = Figures.number(target)
        isFull = valid >= target
        state = status["validating"]?.boolValue == true ? "being checked" : isFull ? "full" : "waiting for candidates"
        let churn = status["churn_stats"]
        checks =
            "\(Figures.count(number(churn?["checked"]), "check")), \(Figures.number(number(churn?["success"]))) passed"
        problem = status["check_error"]?.stringValue
        validationAddress = status["config"]?["validation_url"]?.stringValue ?? ""
        targetNumber = String(target)
        sources = (status["by_source"]?.arrayValue ?? []).map { source in
            let checked = number(source["checked"])
            let succeeded = number(source["succeeded"])
            return ProxiesPage.Source(
                name: source["name"]?.stringValue ?? "",
                valid: Figures.number(number(source["valid"])),
                candidates: Figures.number(number(source["candidates"])),
                success: checked == 0 ? "–" : "\(Figures.number(100 * Double(succeeded) / Double(checked))) %",
                fetched: source["fetched_at"]?.stringValue,
                restsUntil: source["quarantined_until"]?.stringValue,
                problem: source["error"]?.stringValue
            )
        }
        self.mayOperate = mayOperate
    }
}
