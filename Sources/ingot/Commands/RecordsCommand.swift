import ArgumentParser
import IngotClient
import IngotCore

/// The command `ingot records`.
struct RecordsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "records",
        abstract: "Lists, shows, exports and deletes the records of portals and registers.",
        discussion: """
            Records name people: each export and each deletion is in the audit log.

            Examples:
              ingot records list p2c-calls
              ingot records get p2c-calls 26000001@p2c.example
              ingot records export p2c-calls > calls.ndjson
              ingot records delete p2c-inmates 700001@p2c.example
            """,
        subcommands: [
            RecordsListCommand.self, RecordsGetCommand.self, RecordsExportCommand.self, RecordsDeleteCommand.self,
        ]
    )
}

/// The command `ingot records list SOURCE`.
struct RecordsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists a source's records by key.",
        discussion: """
            --json prints {"records": [{"source", "key", "kind", "scope", "content_hash", "content", "event_time", "address", \
            "latitude", "longitude", "located_by", "first_seen", "last_seen", "gone_at"}], "next": cursor of the next page}.

            Examples:
              ingot records list p2c-calls --limit 20
              ingot records list p2c-calls --since 2026-03-01T00:00:00.000Z --json
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var answer: AnswerOptions

    @Argument(help: "The source, for example p2c-calls.", completion: Completions.sources)
    var source: String

    @Option(help: "Only records of this kind.")
    var kind: String?

    @Option(help: "Only records that were seen then or later, for example 2026-03-01T00:00:00.000Z.")
    var since: String?

    @Option(help: "The most records that are listed.")
    var limit = 50

    @Option(help: "The 'next' of the page before.")
    var cursor: String?

    private static let table = AnswerTable(
        "records",
        .init("KEY", "key"),
        .init("KIND", "kind"),
        .init("HAPPENED", "event_time"),
        .init("FIRST SEEN", "first_seen"),
        .init("LAST SEEN", "last_seen"),
        .init("GONE", "gone_at")
    )

    func run() async throws {
        try await connection.withGateway { client in
            let path = GatewayPath.path(
                "/api/records/\(PercentEncoding.encode(source))",
                ["kind": kind, "since": since, "limit": "\(limit)", "cursor": cursor]
            )
            try await answer.printList(from: path, of: client, as: Self.table)
        }
    }
}

/// The command `ingot records get SOURCE KEY`.
struct RecordsGetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Shows a record.",
        discussion: """
            --json prints a record as `ingot records list --help` describes it, with what it said before: "history": \
            [{"content_hash", "content", "first_seen", "last_seen"}].

            Examples:
              ingot records get p2c-calls 26000001@p2c.example
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var answer: AnswerOptions

    @Argument(help: "The source, for example p2c-calls.", completion: Completions.sources)
    var source: String

    @Argument(help: "The record's key.")
    var key: String

    func run() async throws {
        try await connection.withGateway { client in
            try answer.print(try await client.get(JSONValue.self, RecordPath.path(source, key)), Self.text)
        }
    }

    /// What the site says, a line each, and when it did.
    static func text(_ record: JSONValue) -> String {
        let content = (record["content"]?.objectValue ?? [:]).sorted { $0.key < $1.key }
            .map { "\($0.key): \($0.value.stringValue ?? $0.value.canonicalText)" }
        let times = ["first_seen", "last_seen", "gone_at"].compactMap { name in
            record[name]?.stringValue.map { "\(name): \($0)" }
        }
        return TerminalText.printable((content + times).joined(separator: "\n"))
    }
}

/// The command `ingot records export SOURCE`.
struct RecordsExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Prints a source's records, one JSON object a line.",
        discussion: """
            What is printed is whole when the command ends with 0. Each line is a record as `ingot records list --help` \
            describes it. The export is in the audit log.

            Examples:
              ingot records export p2c-calls > calls.ndjson
            """
    )

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The source, for example p2c-calls.", completion: Completions.sources)
    var source: String

    func run() async throws {
        try await connection.withGateway { client in
            try await client.print(client.exportRecords(of: source))
        }
    }
}

/// The command `ingot records delete SOURCE KEY`.
struct RecordsDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Deletes a record with all that was kept of it.",
        discussion: """
            It comes back when its source is run again and still has it.

            --json prints {"key", "deleted": true}.

            Examples:
              ingot records delete p2c-inmates 700001@p2c.example
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var answer: AnswerOptions

    @Argument(help: "The source, for example p2c-inmates.", completion: Completions.sources)
    var source: String

    @Argument(help: "The record's key.")
    var key: String

    func run() async throws {
        try await connection.withGateway { client in
            try await client.delete(RecordPath.path(source, key))
            try answer.print(["key": .string(key), "deleted": true]) { _ in "\(key) deleted" }
        }
    }
}

/// Where a record is.
enum RecordPath {
    static func path(_ source: String, _ key: String) -> String {
        "/api/records/\(PercentEncoding.encode(source))/\(PercentEncoding.encode(key))"
    }
}
