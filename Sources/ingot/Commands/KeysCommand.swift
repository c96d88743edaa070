import ArgumentParser
import IngotClient
import IngotCore

/// The command `ingot keys`.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Makes, lists and revokes API keys.",
        discussion: """
            Works with nothing running, so the first key can be made before the gateway is opened to others.

            Examples:
              ingot keys create --role operator --name nightly --source usc --expires 90d
              ingot keys list
              ingot keys revoke key_0123456789ab
            """,
        subcommands: [KeysCreateCommand.self, KeysListCommand.self, KeysRevokeCommand.self]
    )
}

/// The command `ingot keys create`.
struct KeysCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Makes a key and prints it, once.",
        discussion: """
            Only its hash is kept, so a key that is lost is replaced by another.

            --json prints {"id", "key", "name", "role", "sources", "created_at", "created_by", "expires_at"}.

            Examples:
              ingot keys create --role viewer --name dashboard
              ingot keys create --role operator --name nightly --source usc --expires 90d > nightly.key
            """
    )

    @OptionGroup var connection: ConnectionOptions

    @Option(help: "What the key may do: viewer (read), operator (also start and cancel jobs), admin (everything).")
    var role: String

    @Option(help: "What the key is called in lists.")
    var name: String?

    @Option(help: "The only source that the key is for; may be given several times. Without it: all.")
    var source: [String] = []

    @Option(help: "How long the key is good, for example 12h or 90d. Without it: until it is revoked.")
    var expires: String?

    @Flag(help: "Print the gateway's answer as JSON.")
    var json = false

    func validate() throws {
        if let expires, Self.seconds(expires) == nil {
            throw ValidationError("--expires takes a number with m, h, d or w, for example 90d")
        }
    }

    func run() async throws {
        var body: [String: JSONValue] = ["role": .string(role)]
        if let name { body["name"] = .string(name) }
        if !source.isEmpty { body["sources"] = .array(source.map(JSONValue.string)) }
        if let expires, let seconds = Self.seconds(expires) { body["expires_in"] = .integer(seconds) }
        try await connection.withGateway { [body] client in
            let answer = try await client.post(JSONValue.self, "/api/keys", body: .object(body))
            guard !json else { return try StandardOutput.line(answer.canonicalText) }
            // The key alone, so that it can be put into a file.
            try StandardOutput.line(answer["key"]?.stringValue ?? "")
            StandardError.line(
                "\(answer["id"]?.stringValue ?? ""): keep the key now, it is not shown again"
            )
        }
    }

    /// A length of time as people write it; `nil` for anything else.
    static func seconds(_ text: String) -> Int64? {
        let units: [Character: Int64] = ["m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400]
        guard let last = text.last, let unit = units[last], let number = Int64(text.dropLast()), number > 0 else {
            return nil
        }
        let (seconds, isTooLong) = number.multipliedReportingOverflow(by: unit)
        return isTooLong ? nil : seconds
    }
}

/// The command `ingot keys list`.
struct KeysListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the keys, newest first.",
        discussion: """
            --json prints {"keys": [{"id", "name", "role", "sources", "created_at", "created_by", "last_used_at", "expires_at", \
            "revoked_at"}], "next": null}.

            Examples:
              ingot keys list
              ingot keys list --json
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var answer: AnswerOptions

    private static let table = AnswerTable(
        "keys",
        .init("KEY", "id"),
        .init("NAME", "name"),
        .init("ROLE", "role"),
        .init("SOURCES") { key in
            (key["sources"]?.arrayValue ?? []).compactMap(\.stringValue).joined(separator: ", ")
        },
        .init("MADE", "created_at"),
        .init("BY", "created_by"),
        .init("LAST USED", "last_used_at"),
        .init("EXPIRES", "expires_at"),
        .init("REVOKED", "revoked_at")
    )

    func run() async throws {
        try await connection.withGateway { client in
            try answer.print(try await client.getAllPages("/api/keys", list: "keys"), Self.table.text)
        }
    }
}

/// The command `ingot keys revoke ID`.
struct KeysRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Ends a key for good.",
        discussion: """
            The gateway that is asked refuses the key at once, and other gateways on the same database within a minute. \
            Without --gateway and without one on the data folder, every gateway that runs is such another.

            --json prints the key, as `ingot keys list --help` describes it.

            Examples:
              ingot keys revoke key_0b4db0ea24b4
            """
    )

    @OptionGroup var connection: ConnectionOptions

    @OptionGroup var answer: AnswerOptions

    @Argument(help: "The key's id, as `ingot keys list` shows it.")
    var id: String

    func run() async throws {
        try await connection.withGateway { client in
            let path = "/api/keys/\(PercentEncoding.encode(id))"
            let key = try await client.delete(JSONValue.self, path)
            try answer.print(key) { "\(id) revoked at \($0["revoked_at"]?.stringValue ?? "")" }
            StandardError.line("other gateways on the same database refuse it within a minute")
        }
    }
}
