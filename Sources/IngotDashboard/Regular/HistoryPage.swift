import IngotCore

/// What ran and how it ended, the newest first, a page at a time.
enum HistoryPage {
    private static let pageSize = 50
    private static let states = ["QUEUED", "RUNNING", "SUCCESS", "FAILURE", "CANCELLED"]

    struct Content {
        var regular: RegularTabs
        var statuses: [JobListPage.Choice]
        var definitions: [JobListPage.Choice]
        var isFiltered: Bool
        var runs: [Row]
        var older: String?
    }

    struct Row {
        var runAddress: String
        var name: String
        var sign: RunSign
        var moment: String
        var took: String
        var exit: String?
        var attempts: String?
        var remark: String?
        var isScheduled: Bool
    }

    static func page(_ asking: PageRequest) async throws -> Page {
        let status = asking.query("status")
        let definition = asking.query("job_id")
        let runs =
            try await asking.get(
                "/api/history",
                [
                    "status": status, "job_id": definition, "limit": String(pageSize),
                    "cursor": asking.query("cursor"),
                ]
            ).arrayValue ?? []
        let known = try await asking.get("/api/jobs").arrayValue ?? []
        func choices(_ all: String, _ known: [(String, String)], _ chosen: String?) -> [JobListPage.Choice] {
            [JobListPage.Choice(value: "", name: all, isChosen: chosen == nil)]
                + known.map { JobListPage.Choice(value: $0.0, name: $0.1, isChosen: $0.0 == chosen) }
        }
        let content = Content(
            regular: RegularTabs("/history"),
            statuses: choices("Every end", states.map { ($0, $0.lowercased()) }, status),
            definitions: choices(
                "Every job",
                known.map { (String($0["job_id"]?.integerValue ?? 0), $0["name"]?.stringValue ?? "") },
                definition
            ),
            isFiltered: status != nil || definition != nil,
            runs: runs.map(Row.init),
            older: runs.count < pageSize
                ? nil
                : PageAddress.text(
                    "/history",
                    ["status": status, "job_id": definition, "cursor": runs.last?["run_id"]?.stringValue]
                )
        )
        return Page(
            title: "History",
            part: .regular,
            template: "history",
            content: content,
            scripts: ["live.js"],
            styles: ["jobs.css", "system.css"]
        )
    }
}

extension HistoryPage.Row {
    init(_ run: JSONValue) {
        func time(_ name: String) -> Timestamp? { run[name]?.stringValue.flatMap { Timestamp($0) } }
        runAddress = "/jobs/\(run["run_id"]?.stringValue ?? "")"
        name = run["name"]?.stringValue ?? ""
        sign = RunSign(run["status"]?.stringValue ?? "")
        let start = time("start_time") ?? time("created_at") ?? .now()
        moment = start.description
        took = Figures.duration(from: start, to: time("end_time") ?? .now())
        exit = run["exit_code"]?.integerValue.map { String($0) }
        let attempt = run["attempt"]?.integerValue ?? 0
        attempts = attempt > 1 ? "attempt \(Figures.number(attempt))" : nil
        let failure = (run["error"] ?? run["last_error"])?["message"]?.stringValue
        let next = run["next_attempt_at"]?.stringValue.map { "next try at \($0)" }
        let parts = [failure, next].compactMap { $0 }
        remark = parts.isEmpty ? nil : parts.joined(separator: "; ")
        isScheduled = run["schedule_id"]?.integerValue != nil
    }
}
