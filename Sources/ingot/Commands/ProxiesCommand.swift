import ArgumentParser
import IngotClient
import IngotCore

/// The command `ingot proxies`.
struct ProxiesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proxies",
        abstract: "Shows and sets the pool of proxies that jobs can ask through.",
        discussion: """
            A proxy counts when it brings back what it should; those that count are checked again by age, and lent to \
            jobs whose parameters say `use_proxies`. What a host is asked at most holds for all proxies together.
            """,
        subcommands: [
            ProxiesStatusCommand.self, ProxiesListCommand.self, ProxiesRefreshCommand.self, ProxiesConfigCommand.self,
        ]
    )
}

/// The command `ingot proxies status`.
struct ProxiesStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Tells how many proxies are valid and where they come from.",
        discussion: """
            --json prints {"total", "validating", "sources", "total_raw", "is_active", "churn_stats", "config", \
            "by_source": [{"name", "candidates", "valid", "checked", "succeeded", "quarantined_until", "error", \
            "fetched_at"}], "check_error"}.

            Examples:
              ingot proxies status
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        try await connection.withGateway { client in
            try answer.print(try await client.get(JSONValue.self, "/api/proxies/status"), ProxyWords.status)
        }
    }
}

/// The command `ingot proxies list`.
struct ProxiesListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the valid proxies, one a line.",
        discussion: """
            --json prints {"proxies": ["IP:PORT"]}.

            Examples:
              ingot proxies list
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        try await connection.withGateway { client in
            try answer.print(try await client.get(JSONValue.self, "/api/proxies/list")) { list in
                (list["proxies"]?.arrayValue ?? []).compactMap(\.stringValue).joined(separator: "\n")
            }
        }
    }
}

/// The command `ingot proxies refresh`.
struct ProxiesRefreshCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refresh",
        abstract: "Fetches the lists of all sources once more.",
        discussion: """
            --json prints {"status": "Refresh started"}.

            Examples:
              ingot proxies refresh
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        try await connection.withGateway { client in
            try answer.print(try await client.post(JSONValue.self, "/api/proxies/refresh")) {
                $0["status"]?.stringValue ?? ""
            }
        }
    }
}

/// The command `ingot proxies config`.
struct ProxiesConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Sets how the pool is kept, for now and for later starts.",
        discussion: """
            What is not given stays as it is. --json prints what `ingot proxies status --json` does.

            Examples:
              ingot proxies config --target 50
              ingot proxies config --check-url https://example.org/ --check-text "Example Domain"
              ingot proxies config --proxy-source mine=https://example.org/proxies.txt --no-direct
            """
    )

    @OptionGroup var connection: ConnectionOptions

    @Option(help: "How many valid proxies there should be.")
    var target: Int?

    @Option(help: "What proxies are checked with.")
    var checkUrl: String?

    @Option(help: "What the answer must hold. Without it, the answer must be what the gateway itself is given.")
    var checkText: String?

    @Flag(inversion: .prefixedNo, help: "Allow asking without a proxy in want of one.")
    var direct: Bool?

    @Option(
        help: ArgumentHelp(
            "A list of proxies; all that are given take the place of all before.",
            valueName: "name=address"
        )
    )
    var proxySource: [String] = []

    @OptionGroup var answer: AnswerOptions

    func run() async throws {
        var members: [String: JSONValue] = [:]
        if let target { members["target_count"] = .integer(Int64(target)) }
        if let checkUrl { members["validation_url"] = .string(checkUrl) }
        if let checkText { members["validation_text"] = .string(checkText) }
        if let direct { members["direct_allowed"] = .bool(direct) }
        if !proxySource.isEmpty {
            members["sources"] = .array(
                try proxySource.map { text in
                    guard let equals = text.firstIndex(of: "=") else {
                        throw ValidationError("--proxy-source takes NAME=ADDRESS, not '\(text)'")
                    }
                    return [
                        "name": .string(String(text[..<equals])),
                        "url": .string(String(text[text.index(after: equals)...])),
                    ]
                }
            )
        }
        guard !members.isEmpty else { throw ValidationError("say what is to change, --target for example") }
        let body = JSONValue.object(members)
        try await connection.withGateway { client in
            let status = try await client.post(JSONValue.self, "/api/proxies/config", body: body)
            try answer.print(status, ProxyWords.status)
        }
    }
}

/// What the commands say of the pool.
enum ProxyWords {
    private static let sources = AnswerTable(
        "by_source",
        .init("SOURCE", "name"),
        .init("VALID", "valid"),
        .init("CANDIDATES", "candidates"),
        .init("CHECKED", "checked"),
        .init("PASSED", "succeeded"),
        .init("STATE") { source in
            if let error = source["error"]?.stringValue { return TerminalText.line(error) }
            return source["quarantined_until"]?.stringValue.map { "put aside until \($0)" } ?? "well"
        }
    )

    static func status(_ status: JSONValue) -> String {
        let target = status["config"]?["target_count"]?.integerValue ?? 0
        let state =
            status["is_active"]?.boolValue != true
            ? "not kept: there is no source"
            : status["validating"]?.boolValue == true ? "looking for more" : "at rest"
        var lines = [
            "valid    \(status["total"]?.integerValue ?? 0) of \(target), \(state)",
            "checked  with \(TerminalText.line(status["config"]?["validation_url"]?.stringValue ?? ""))",
        ]
        if let error = status["check_error"]?.stringValue { lines.append("error    \(TerminalText.line(error))") }
        if status["by_source"]?.arrayValue?.isEmpty == false { lines.append(sources.text(of: status)) }
        return lines.joined(separator: "\n")
    }
}
