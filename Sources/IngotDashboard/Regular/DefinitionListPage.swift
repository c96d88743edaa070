import IngotCore

/// The registered jobs, each with its last and its next run.
enum DefinitionListPage {
    struct Content {
        var regular: RegularTabs
        var definitions: [Row]
    }

    struct Row {
        var address: String
        var name: String
        var definitionSource: String
        var isEnabled: Bool
        var retries: String
        var schedules: String
        var nextRun: String?
        var lastRun: LastRun?
    }

    struct LastRun {
        var runAddress: String
        var sign: RunSign
        var moment: String
    }

    static func page(_ asking: PageRequest) async throws -> Page {
        let schedules = try await asking.get("/api/schedules").arrayValue ?? []
        var rows: [Row] = []
        for definition in try await asking.get("/api/jobs").arrayValue ?? [] {
            let id = definition["job_id"]?.integerValue ?? 0
            let last = try await asking.get("/api/history", ["job_id": String(id), "limit": "1"]).arrayValue?.first
            rows.append(Row(definition, schedules.filter { $0["job_id"]?.integerValue == id }, last))
        }
        return Page(
            title: "Definitions",
            part: .regular,
            template: "definitions",
            content: Content(regular: RegularTabs("/definitions"), definitions: rows),
            scripts: ["live.js"],
            styles: ["jobs.css", "system.css"]
        )
    }
}

extension DefinitionListPage.Row {
    init(_ definition: JSONValue, _ schedules: [JSONValue], _ last: JSONValue?) {
        address = "/definitions/\(definition["job_id"]?.integerValue ?? 0)"
        name = definition["name"]?.stringValue ?? ""
        definitionSource = definition["source"]?.stringValue ?? ""
        isEnabled = definition["enabled"]?.integerValue == 1
        let isEndless = definition["retries"]?["endless"] != nil
        retries = isEndless ? "without end" : "a few times"
        let active = schedules.filter { $0["enabled"]?.boolValue == true }
        self.schedules = active.map { TimingWords.text($0["timing"]) }.joined(separator: "; ")
        nextRun = active.compactMap { $0["next_runs"]?.arrayValue?.first?.stringValue }.min()
        lastRun = last.map { run in
            DefinitionListPage.LastRun(
                runAddress: "/jobs/\(run["run_id"]?.stringValue ?? "")",
                sign: RunSign(run["status"]?.stringValue ?? ""),
                moment: (run["end_time"] ?? run["start_time"] ?? run["created_at"])?.stringValue ?? ""
            )
        }
    }
}
