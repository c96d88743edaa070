import ArgumentParser
import IngotClient
import IngotCore

/// The command `ingot webhooks`.
struct WebhooksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhooks",
        abstract: "Tells other programs how jobs end.",
        discussion: """
            Messages are signed as the Standard Webhooks specification says (https://www.standardwebhooks.com), and \
            tried again for about eight hours until the address answers with a success.
            """,
        subcommands: [
            WebhooksAddCommand.self, WebhooksListCommand.self, WebhooksRemoveCommand.self,
            WebhooksDeliveriesCommand.self, WebhooksTestCommand.self,
        ]
    )
}

/// The command `ingot webhooks add URL`.
struct WebhooksAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Adds an address; prints the secret that signs its messages, this one time.",
        discussion: """
            --json prints {"id", "secret", "url", "events", "sources", "enabled", "created_at", "created_by"}.

            Examples:
              ingot webhooks add https://example.org/ingot --event job.failed --source usc
            """
    )

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "Where messages are posted: https, or http on this machine.")
    var url: String

    @Option(help: "What it is told: job.succeeded, job.failed or job.cancelled; may be repeated. (default: all)")
    var event: [String] = []

    @Option(help: "Only jobs of this source; may be repeated. (default: all)")
    var source: [String] = []

    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        var members: [String: JSONValue] = ["url": .string(url)]
        if !event.isEmpty { members["events"] = .array(event.map(JSONValue.string)) }
        if !source.isEmpty { members["sources"] = .array(source.map(JSONValue.string)) }
        let body = JSONValue.object(members)
        try await connection.withGateway { client in
            try answer.print(try await client.post(JSONValue.self, "/api/webhooks", body: body)) { webhook in
                """
                webhook \(webhook["id"]?.stringValue ?? "")
                secret  \(webhook["secret"]?.stringValue ?? "")
                Keep the secret: it is not shown again.
                """
            }
        }
    }
}

/// The command `ingot webhooks list`.
struct WebhooksListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the addresses.",
        discussion: """
            --json prints {"webhooks": [{"id", "url", "events", "sources", "enabled", "created_at", "created_by"}]}.

            Examples:
              ingot webhooks list
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var answer: AnswerOptions

    private static let table = AnswerTable(
        "webhooks",
        .init("WEBHOOK", "id"),
        .init("URL", "url"),
        .init("EVENTS", "events"),
        .init("SOURCES") { webhook in
            webhook["sources"]?.arrayValue?.compactMap(\.stringValue).joined(separator: ", ") ?? "all"
        },
        .init("STATE") { $0["enabled"]?.boolValue == false ? "disabled" : "enabled" },
        .init("CREATED", "created_at")
    )

    func run() async throws {
        try await connection.withGateway { client in
            try await answer.printList(from: "/api/webhooks", of: client, as: Self.table)
        }
    }
}

/// The command `ingot webhooks remove ID`.
struct WebhooksRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Removes an address, with what was still to be sent to it.",
        discussion: """
            --json prints {"id", "removed": true}.

            Examples:
              ingot webhooks remove wh_0b4db0ea24b4
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var answer: AnswerOptions

    @Argument(help: "The webhook's id.")
    var id: String

    func run() async throws {
        try await connection.withGateway { client in
            try await client.delete(GatewayPath.webhook(id))
            try answer.print(["id": .string(id), "removed": true]) { _ in "\(id) removed" }
        }
    }
}

/// The command `ingot webhooks deliveries ID`.
struct WebhooksDeliveriesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deliveries",
        abstract: "Lists what an address was and is to be sent, newest first.",
        discussion: """
            --json prints {"deliveries": [DELIVERY], "next": cursor of the next page}, a DELIVERY being {"id", "webhook", "job", \
            "event", "created_at", "attempt", "next_at", "delivered_at", "response_status", "error", "gave_up_at"}.

            Examples:
              ingot webhooks deliveries wh_0b4db0ea24b4 --limit 50
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var answer: AnswerOptions

    @Argument(help: "The webhook's id.")
    var id: String

    @Option(help: "The most deliveries that are listed.")
    var limit = 20

    private static let table = AnswerTable(
        "deliveries",
        .init("DELIVERY", "id"),
        .init("EVENT", "event"),
        .init("JOB", "job"),
        .init("STATE", WebhookWords.state),
        .init("TRIES", "attempt"),
        .init("CREATED", "created_at"),
        .init("ERROR", "error")
    )

    func run() async throws {
        try await connection.withGateway { client in
            let path = GatewayPath.webhook(id, "/deliveries", ["limit": "\(limit)"])
            try await answer.printList(from: path, of: client, as: Self.table)
        }
    }
}

/// The command `ingot webhooks test ID`.
struct WebhooksTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Sends an address a message right now.",
        discussion: """
            Ends with 0 when the address took it and with 1 when it did not.

            --json prints the DELIVERY, as `ingot webhooks deliveries --help` describes it.

            Examples:
              ingot webhooks test wh_0b4db0ea24b4
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var answer: AnswerOptions

    @Argument(help: "The webhook's id.")
    var id: String

    func run() async throws {
        try await connection.withGateway { client in
            let delivery = try await client.post(JSONValue.self, GatewayPath.webhook(id, "/test"))
            try answer.print(delivery) { "\($0["id"]?.stringValue ?? "") \(WebhookWords.state(of: $0))" }
            guard delivery["delivered_at"]?.stringValue != nil else {
                throw CommandFailure(
                    message: delivery["error"]?.stringValue ?? "the address did not take the message",
                    exitCode: CommandFailure.failed
                )
            }
        }
    }
}

/// What the commands say of deliveries.
enum WebhookWords {
    /// Where a delivery is, for example `delivered (200)`.
    static func state(of delivery: JSONValue) -> String {
        let status = delivery["response_status"]?.integerValue.map { " (\($0))" } ?? ""
        if delivery["delivered_at"]?.stringValue != nil { return "delivered\(status)" }
        if delivery["gave_up_at"]?.stringValue != nil { return "given up\(status)" }
        return "waiting\(status)"
    }
}
