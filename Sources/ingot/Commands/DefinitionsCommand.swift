import ArgumentParser
import IngotClient
import IngotCore

/// The command `ingot definitions`.
struct DefinitionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "definitions",
        abstract: "Registers jobs under names, changes them and runs them.",
        subcommands: [
            DefinitionsListCommand.self, DefinitionsAddCommand.self, DefinitionsChangeCommand.self,
            DefinitionsRemoveCommand.self, DefinitionsRunCommand.self,
        ]
    )
}

/// What help says of a definition's JSON.
private let definitionMembers = """
    {"job_id", "name", "source", "enabled", "default_config", "retries", "max_attempts", "priority", "limits", \
    "host_terms", "built_in", "created_at", "created_by", "updated_at", "updated_by"}
    """

/// The command `ingot definitions list`.
struct DefinitionsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the job definitions.",
        discussion: """
            --json prints [\(definitionMembers)].

            Examples:
              ingot definitions list
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var answer: AnswerOptions

    private static let table = AnswerTable(
        "",
        .init("JOB", "job_id"),
        .init("NAME", isWhole: true) { $0["name"]?.stringValue ?? "" },
        .init("SOURCE", "source"),
        .init("STATE") { $0["enabled"] == 0 ? "disabled" : "enabled" },
        .init("RETRIES") { definition in
            if definition["retries"]?["endless"] != nil { return "endless" }
            return definition["max_attempts"]?.integerValue.map { "\($0) attempts" } ?? "bounded"
        },
        .init("CONFIG", "default_config")
    )

    func run() async throws {
        try await connection.withGateway { client in
            try answer.print(try await client.get(JSONValue.self, "/api/jobs")) {
                Self.table.text(of: $0.arrayValue ?? [])
            }
        }
    }
}

/// The options that say how a definition is.
struct DefinitionOptions: ParsableArguments {
    @Option(name: .customLong("parameters"), help: "The parameters of its runs, as a JSON object.")
    var config: String?

    @Flag(help: "Try its runs without end, with pauses of 1 to 5 seconds.")
    var endless = false

    @Option(help: "With --endless: give a run up after so many seconds.")
    var deadline: Int?

    @Option(help: "How often a run is tried in all.")
    var maxAttempts: Int?

    @Option(help: "Runs of a higher one start first: -100 to 100.")
    var priority: Int?

    @Option(help: "Ask the source's host so often in an hour, whatever its owner has published; needs --because.")
    var requestsPerHour: Int?

    @Option(help: "Why the host may be asked so often.")
    var because: String?

    func validate() throws {
        if requestsPerHour != nil, because == nil {
            throw ValidationError("--requests-per-hour needs --because: the decision is recorded with its reason")
        }
        if deadline != nil, !endless { throw ValidationError("--deadline goes with --endless") }
    }

    /// The members of a request.
    func members() throws -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        if let config { members["config"] = try JSONArgument.object(config, "--parameters") }
        if endless {
            members["retries"] = ["endless": .object(deadline.map { ["deadline_seconds": .integer(Int64($0))] } ?? [:])]
        }
        if let maxAttempts { members["max_attempts"] = .integer(Int64(maxAttempts)) }
        if let priority { members["priority"] = .integer(Int64(priority)) }
        if let requestsPerHour, let because {
            members["host_terms"] = ["requests_per_hour": .integer(Int64(requestsPerHour)), "reason": .string(because)]
        }
        return members
    }
}

/// The command `ingot definitions add NAME SOURCE`.
struct DefinitionsAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Registers a job under a name.",
        discussion: """
            --json prints \(definitionMembers).

            Examples:
              ingot definitions add nightly-code usc --parameters '{"titles": ["1"]}'
            """
    )

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "Its name; unique.")
    var name: String

    @Argument(help: "The source.", completion: Completions.sources)
    var source: String

    @OptionGroup var options: DefinitionOptions
    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        var members = try options.members()
        members["name"] = .string(name)
        members["source"] = .string(source)
        let body = JSONValue.object(members)
        try await connection.withGateway { client in
            try answer.print(try await client.post(JSONValue.self, "/api/jobs", body: body)) {
                "job definition \($0["job_id"]?.integerValue ?? 0)"
            }
        }
    }
}

/// The command `ingot definitions change NAME`.
struct DefinitionsChangeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "change",
        abstract: "Changes what is named of a job definition; the rest stays.",
        discussion: """
            --json prints \(definitionMembers).

            Examples:
              ingot definitions change nightly-code --disable
              ingot definitions change Iowa-Registry --requests-per-hour 100 --because "agreed with the owner"
            """
    )

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The definition's name or id.")
    var definition: String

    @Flag(help: "Switch it on.")
    var enable = false

    @Flag(help: "Switch it off.")
    var disable = false

    @OptionGroup var options: DefinitionOptions
    @OptionGroup var answer: AnswerOptions

    func validate() throws {
        if enable, disable { throw ValidationError("give --enable or --disable") }
    }

    func run() async throws {
        var members = try options.members()
        if enable || disable { members["enabled"] = .bool(enable) }
        let body = JSONValue.object(members)
        try await connection.withGateway { client in
            let path = try await DefinitionArgument.path(definition, client)
            try answer.print(try await client.patch(JSONValue.self, path, body: body)) {
                "job definition \($0["job_id"]?.integerValue ?? 0) changed"
            }
        }
    }
}

/// The command `ingot definitions remove NAME`.
struct DefinitionsRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Removes a job definition with its schedules; its runs stay.",
        discussion: """
            --json prints {"definition", "removed": true}.

            Examples:
              ingot definitions remove nightly-code
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var answer: AnswerOptions

    @Argument(help: "The definition's name or id.")
    var definition: String

    func run() async throws {
        try await connection.withGateway { client in
            try await client.delete(try await DefinitionArgument.path(definition, client))
            try answer.print(["definition": .string(definition), "removed": true]) { _ in "\(definition) removed" }
        }
    }
}

/// The command `ingot definitions run NAME`.
struct DefinitionsRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs a job definition at once; prints the run's id, for `ingot watch ID`.",
        discussion: """
            --json prints {"status", "job_id", "run_id"}.

            Examples:
              ingot definitions run nightly-code --parameters '{"titles": ["2"]}'
            """
    )

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The definition's name or id.")
    var definition: String

    @Option(
        name: .customLong("parameters"),
        help: "What is laid over the definition's configuration, as a JSON object."
    )
    var config: String?

    @OptionGroup var answer: AnswerOptions

    func validate() throws {
        if !connection.isRemote {
            throw ValidationError("this needs a running gateway that goes on with the run; start one with: ingot serve")
        }
    }

    func run() async throws {
        let body = try config.map { ["config": try JSONArgument.object($0, "--parameters")] as JSONValue } ?? [:]
        try await connection.withGateway { client in
            let path = try await DefinitionArgument.path(definition, client) + "/run"
            try answer.print(try await client.post(JSONValue.self, path, body: body)) {
                $0["run_id"]?.stringValue ?? ""
            }
        }
    }
}

/// A definition as a command names it: by its id or its name.
enum DefinitionArgument {
    /// - Throws: `ValidationError` when there is none of that name.
    static func path(_ text: String, _ client: GatewayClient) async throws -> String {
        "/api/jobs/\(try await id(text, client))"
    }

    /// - Throws: `ValidationError` when there is none of that name.
    static func id(_ text: String, _ client: GatewayClient) async throws -> Int64 {
        let all = try await client.get(JSONValue.self, "/api/jobs").arrayValue ?? []
        if let named = all.first(where: { $0["name"]?.stringValue == text }), let id = named["job_id"]?.integerValue {
            return id
        }
        if let id = Int64(text) { return id }
        throw ValidationError("there is no job definition '\(text)'; look at: ingot definitions list")
    }
}

/// JSON that a command is given.
enum JSONArgument {
    /// - Throws: `ValidationError` naming the option.
    static func object(_ text: String, _ option: String) throws -> JSONValue {
        guard let value = try? JSONValue(parsing: text.utf8), value.objectValue != nil else {
            throw ValidationError("\(option) must be a JSON object, such as '{\"days\": 1}'")
        }
        return value
    }
}
