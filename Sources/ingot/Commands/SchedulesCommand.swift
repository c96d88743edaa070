import ArgumentParser
import IngotClient
import IngotCore

/// The command `ingot schedules`.
struct SchedulesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedules",
        abstract: "Lets job definitions be run by themselves.",
        subcommands: [
            SchedulesListCommand.self, SchedulesAddCommand.self, SchedulesChangeCommand.self,
            SchedulesRemoveCommand.self, SchedulesPreviewCommand.self, SchedulesTicksCommand.self,
        ]
    )
}

/// What help says of a schedule's JSON.
private let scheduleMembers = """
    {"schedule_id", "job_id", "enabled", "timing", "config", "missed": {"policy", "most", "grace_seconds"}, "overlap", \
    "jitter_seconds", "deadline_seconds", "next_runs", "created_at", "created_by", "updated_at", "updated_by"}
    """

/// The command `ingot schedules list`.
struct SchedulesListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the schedules with their next runs.",
        discussion: """
            --json prints [\(scheduleMembers)].

            Examples:
              ingot schedules list
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var answer: AnswerOptions

    /// - Parameter names: of the definitions, by their id.
    private static func table(_ names: [Int64: String]) -> AnswerTable {
        AnswerTable(
            "",
            .init("SCHEDULE", "schedule_id"),
            .init("JOB") { names[$0["job_id"]?.integerValue ?? 0] ?? "" },
            .init("STATE") { $0["enabled"]?.boolValue == false ? "disabled" : "enabled" },
            .init("TIMING", "timing"),
            .init("OVERLAP", "overlap"),
            .init("MISSED", "missed", "policy"),
            .init("NEXT") { $0["next_runs"]?.arrayValue?.first?.stringValue ?? "never" }
        )
    }

    func run() async throws {
        try await connection.withGateway { client in
            var names: [Int64: String] = [:]
            for definition in try await client.get(JSONValue.self, "/api/jobs").arrayValue ?? [] {
                names[definition["job_id"]?.integerValue ?? 0] = definition["name"]?.stringValue
            }
            let table = Self.table(names)
            try answer.print(try await client.get(JSONValue.self, "/api/schedules")) {
                table.text(of: $0.arrayValue ?? [])
            }
        }
    }
}

/// The options that say when a schedule is due.
struct TimingOptions: ParsableArguments {
    @Option(help: "A cron expression: minute, hour, day of the month, month, day of the week.")
    var cron: String?

    @Option(help: "A time of the day, such as 06:30; may be repeated.")
    var daily: [String] = []

    @Option(help: "With --daily: a day such as mon; may be repeated. (default: every day)")
    var weekday: [String] = []

    @Option(help: "Every so many seconds.")
    var every: Int?

    @Option(help: "Once, at a time such as 2026-12-01T06:00:00Z.")
    var once: String?

    @Option(help: "The place whose clocks count, such as America/Chicago. (default: UTC)")
    var timeZone: String?

    /// The timing as a request has it; `nil` when no option says one.
    func timing() throws -> JSONValue? {
        let kinds = [cron != nil, !daily.isEmpty, every != nil, once != nil].count { $0 }
        guard kinds <= 1 else { throw ValidationError("give one of --cron, --daily, --every and --once") }
        var timing: [String: JSONValue] = [:]
        if let cron { timing["cron"] = .string(cron) }
        if !daily.isEmpty { timing["daily"] = .array(daily.map(JSONValue.string)) }
        if !weekday.isEmpty { timing["weekdays"] = .array(weekday.map(JSONValue.string)) }
        if let every { timing["every_seconds"] = .integer(Int64(every)) }
        if let once { timing["once"] = .string(once) }
        if let timeZone { timing["time_zone"] = .string(timeZone) }
        if timing.isEmpty { return nil }
        guard kinds == 1 else { throw ValidationError("give one of --cron, --daily, --every and --once") }
        return .object(timing)
    }
}

/// The options that say how a schedule is kept.
struct ScheduleOptions: ParsableArguments {
    @OptionGroup var timing: TimingOptions

    @Option(
        name: .customLong("parameters"),
        help: "What is laid over the definition's configuration, as a JSON object."
    )
    var config: String?

    @Option(help: "Which runs are made up for that no gateway could start in time: skip, latest or all.")
    var missed: String?

    @Option(help: "With --missed all: how many at most.")
    var most: Int?

    @Option(help: "What becomes of a tick while a run is going on: skip, queue or replace.")
    var overlap: String?

    @Option(help: "Start each run up to so many seconds later, each at a time of its own.")
    var jitter: Int?

    @Option(help: "Give a run up so many seconds after it was due.")
    var deadline: Int?

    /// The members of a request.
    func members() throws -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        if let timing = try timing.timing() { members["timing"] = timing }
        if let config { members["config"] = try JSONArgument.object(config, "--parameters") }
        var missing: [String: JSONValue] = [:]
        if let missed { missing["policy"] = .string(missed) }
        if let most { missing["most"] = .integer(Int64(most)) }
        if !missing.isEmpty { members["missed"] = .object(missing) }
        if let overlap { members["overlap"] = .string(overlap) }
        if let jitter { members["jitter_seconds"] = .integer(Int64(jitter)) }
        if let deadline { members["deadline_seconds"] = .integer(Int64(deadline)) }
        return members
    }
}

/// The command `ingot schedules add DEFINITION`.
struct SchedulesAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Lets a job definition be run by itself.",
        discussion: """
            --json prints \(scheduleMembers).

            Examples:
              ingot schedules add nightly-code --cron "0 2 * * *" --time-zone America/New_York
              ingot schedules add nightly-code --daily 06:00 --daily 18:30 --weekday mon --missed all --most 3
              ingot schedules add nightly-code --every 3600 --overlap queue --jitter 60
            """
    )

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The definition's name or id.")
    var definition: String

    @OptionGroup var options: ScheduleOptions
    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        let members = try options.members()
        guard members["timing"] != nil else { throw ValidationError("give one of --cron, --daily, --every and --once") }
        try await connection.withGateway { client in
            let job = JSONValue.integer(try await DefinitionArgument.id(definition, client))
            let body = JSONValue.object(members.merging(["job_id": job]) { first, _ in first })
            try answer.print(try await client.post(JSONValue.self, "/api/schedules", body: body), ScheduleWords.next)
        }
    }
}

/// The command `ingot schedules change ID`.
struct SchedulesChangeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "change",
        abstract: "Changes what is named of a schedule; the rest stays.",
        discussion: """
            --json prints \(scheduleMembers).

            Examples:
              ingot schedules change 3 --disable
              ingot schedules change 3 --cron "30 2 * * *"
            """
    )

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The schedule's id.")
    var schedule: Int

    @Flag(help: "Switch it on.")
    var enable = false

    @Flag(help: "Switch it off.")
    var disable = false

    @OptionGroup var options: ScheduleOptions
    @OptionGroup var answer: AnswerOptions

    func validate() throws {
        if enable, disable { throw ValidationError("give --enable or --disable") }
    }

    func run() async throws {
        var members = try options.members()
        if enable || disable { members["enabled"] = .bool(enable) }
        let body = JSONValue.object(members)
        try await connection.withGateway { client in
            let path = "/api/schedules/\(schedule)"
            try answer.print(try await client.patch(JSONValue.self, path, body: body), ScheduleWords.next)
        }
    }
}

/// The command `ingot schedules remove ID`.
struct SchedulesRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Removes a schedule with the history of its ticks; its runs stay.",
        discussion: """
            --json prints {"schedule_id", "removed": true}.

            Examples:
              ingot schedules remove 3
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var answer: AnswerOptions

    @Argument(help: "The schedule's id.")
    var schedule: Int

    func run() async throws {
        try await connection.withGateway { client in
            try await client.delete("/api/schedules/\(schedule)")
            try answer.print(["schedule_id": .integer(Int64(schedule)), "removed": true]) { _ in
                "schedule \(schedule) removed"
            }
        }
    }
}

/// The command `ingot schedules preview`.
struct SchedulesPreviewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview",
        abstract: "Tells when a timing is due next; nothing is saved.",
        discussion: """
            --json prints {"timing", "next_runs"}.

            Examples:
              ingot schedules preview --cron "30 2 * * *" --time-zone America/Chicago --count 5
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var options: TimingOptions

    @Option(help: "How many runs are told.")
    var count = 10

    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        guard let timing = try options.timing() else {
            throw ValidationError("give one of --cron, --daily, --every and --once")
        }
        let body: JSONValue = ["timing": timing, "count": .integer(Int64(count))]
        try await connection.withGateway { client in
            let preview = try await client.post(JSONValue.self, "/api/schedules/preview", body: body)
            try answer.print(preview) { preview in
                (preview["next_runs"]?.arrayValue ?? []).compactMap(\.stringValue).joined(separator: "\n")
            }
        }
    }
}

/// The command `ingot schedules ticks ID`.
struct SchedulesTicksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ticks",
        abstract: "Tells what became of each due time of a schedule, the newest first.",
        discussion: """
            --json prints {"ticks": [{"due_at", "decision", "reason", "decided_at", "run_id"}], "next": cursor of the next \
            page}.

            Examples:
              ingot schedules ticks 3 --limit 50
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var answer: AnswerOptions

    @Argument(help: "The schedule's id.")
    var schedule: Int

    @Option(help: "The most ticks that are listed.")
    var limit = 20

    private static let table = AnswerTable(
        "ticks",
        .init("DUE", "due_at"),
        .init("DECISION", "decision"),
        .init("REASON", "reason"),
        .init("DECIDED", "decided_at"),
        .init("RUN", isWhole: true) { $0["run_id"]?.stringValue ?? "" }
    )

    func run() async throws {
        try await connection.withGateway { client in
            let path = "/api/schedules/\(schedule)/ticks?limit=\(limit)"
            try await answer.printList(from: path, of: client, as: Self.table)
        }
    }
}

private enum ScheduleWords {
    /// A schedule that was made or changed.
    static func next(_ schedule: JSONValue) -> String {
        let next = schedule["next_runs"]?.arrayValue?.first?.stringValue
        return "schedule \(schedule["schedule_id"]?.integerValue ?? 0), due \(next.map { "next at \($0)" } ?? "never")"
    }
}
