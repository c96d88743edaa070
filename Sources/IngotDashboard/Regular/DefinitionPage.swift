import HTTPTypes
import IngotCore

/// One registered job: how it is run, when, and what came of it.
enum DefinitionPage {
    struct Content {
        var trail: String
        var definitionID: String
        var name: String
        var definitionSource: String
        var isEnabled: Bool
        var isBuiltIn: Bool
        var retries: String
        var attempts: String?
        var terms: String?
        /// As JSON.
        var configuration: String
        var fields: [SchemaField]
        var hasNoParameters: Bool
        /// Where the configuration has no controls of its own: all of it as JSON.
        var whole: String?
        var changed: String
        var changedBy: String?
        var mayOperate: Bool
        var schedules: [Schedule]
        var runs: [HistoryPage.Row]
    }

    struct Schedule {
        var scheduleID: String
        var timing: String
        var isActive: Bool
        var rules: String
        var nextRuns: [String]
        var ticks: [Tick]
    }

    struct Tick {
        var due: String
        var decision: String
        var isRun: Bool
        var reason: String?
        var runAddress: String?
    }

    static func page(_ asking: PageRequest) async throws -> Page {
        guard let id = asking.parameter("job_id").flatMap({ Int64($0) }) else {
            throw APIRefusal(status: .notFound, problem: ["title": "There is no such job definition."])
        }
        let definition = try await asking.get("/api/jobs/\(id)")
        var schedules: [Schedule] = []
        for schedule in try await asking.get("/api/schedules", ["job_id": String(id)]).arrayValue ?? [] {
            let number = schedule["schedule_id"]?.integerValue ?? 0
            let ticks = try await asking.find("/api/schedules/\(number)/ticks", ["limit": "10"])
            schedules.append(Schedule(schedule, ticks?["ticks"]?.arrayValue ?? []))
        }
        let source = definition["source"]?.stringValue
        let schema = try await asking.get("/api/sources")["sources"]?.arrayValue?.first {
            $0["id"]?.stringValue == source
        }?[
            "parameters"
        ]
        let runs = try await asking.get("/api/history", ["job_id": String(id), "limit": "10"]).arrayValue ?? []
        return Page(
            title: definition["name"]?.stringValue ?? "",
            part: .regular,
            template: "definition",
            content: Content(definition, schema, schedules, runs, mayOperate: asking.mayOperate),
            scripts: ["live.js", "definition.js"],
            styles: ["jobs.css", "system.css", "job-form.css"]
        )
    }
}

extension DefinitionPage.Content {
    init(
        _ definition: JSONValue,
        _ schema: JSONValue?,
        _ schedules: [DefinitionPage.Schedule],
        _ runs: [JSONValue],
        mayOperate: Bool
    ) {
        trail = "/definitions"
        definitionID = String(definition["job_id"]?.integerValue ?? 0)
        name = definition["name"]?.stringValue ?? ""
        definitionSource = definition["source"]?.stringValue ?? ""
        isEnabled = definition["enabled"]?.integerValue == 1
        isBuiltIn = definition["built_in"]?.boolValue == true
        if let endless = definition["retries"]?["endless"] {
            let deadline = endless["deadline_seconds"]?.integerValue.map {
                ", for \(Figures.duration(milliseconds: $0 * 1000)) at most"
            }
            retries = "until it succeeds\(deadline ?? "")"
        } else {
            retries = "a bounded number of times"
        }
        attempts = definition["max_attempts"]?.integerValue.map(Figures.number)
        terms = definition["host_terms"].map { terms in
            let number = terms["terms"]?["requests_per_hour"]?.integerValue ?? 0
            return "\(Figures.number(number)) requests an hour, decided by \(terms["decided_by"]?.stringValue ?? "–"): "
                + (terms["reason"]?.stringValue ?? "")
        }
        let values = definition["default_config"] ?? .object([:])
        configuration = values.indentedText
        let controls = SchemaField.fields(of: schema ?? .object([:]), values: values)
        // A member that no control shows would be lost when what the controls say is saved.
        let isComplete = Set(values.objectValue?.keys ?? [:].keys).isSubset(of: controls?.map(\.fieldName) ?? [])
        fields = isComplete ? controls ?? [] : []
        hasNoParameters = isComplete && controls?.isEmpty == true
        whole = isComplete && controls != nil ? nil : configuration
        changed = definition["updated_at"]?.stringValue ?? ""
        changedBy = definition["updated_by"]?.stringValue
        self.mayOperate = mayOperate
        self.schedules = schedules
        self.runs = runs.map(HistoryPage.Row.init)
    }
}

extension DefinitionPage.Schedule {
    init(_ schedule: JSONValue, _ known: [JSONValue]) {
        scheduleID = String(schedule["schedule_id"]?.integerValue ?? 0)
        timing = TimingWords.text(schedule["timing"])
        isActive = schedule["enabled"]?.boolValue == true
        var rules = ["missed: \(schedule["missed"]?["policy"]?.stringValue ?? "")"]
        rules.append("overlap: \(schedule["overlap"]?.stringValue ?? "")")
        if let jitter = schedule["jitter_seconds"]?.integerValue, jitter > 0 { rules.append("up to \(jitter) s later") }
        if let deadline = schedule["deadline_seconds"]?.integerValue {
            rules.append("given up after \(Figures.duration(milliseconds: deadline * 1000))")
        }
        self.rules = rules.joined(separator: " · ")
        nextRuns = schedule["next_runs"]?.arrayValue?.compactMap(\.stringValue) ?? []
        ticks = known.map { tick in
            DefinitionPage.Tick(
                due: tick["due_at"]?.stringValue ?? "",
                decision: tick["decision"]?.stringValue ?? "",
                isRun: tick["decision"] == "run",
                reason: tick["reason"]?.stringValue,
                runAddress: tick["run_id"]?.stringValue.map { "/jobs/\($0)" }
            )
        }
    }
}
