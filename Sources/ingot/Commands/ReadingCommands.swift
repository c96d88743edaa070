import ArgumentParser
import IngotCore
import NIOCore

/// The command `ingot sources`.
struct SourcesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sources",
        abstract: "Lists what can be ingested."
    )

    @OptionGroup var connection: ConnectionOptions

    @Flag(help: "Print the gateway's answer as JSON.")
    var json = false

    func run() async throws {
        try await connection.withGateway { client in
            let answer = try await client.get(JSONValue.self, "/api/sources")
            if json { return try StandardOutput.line(answer.canonicalText) }
            let rows = (answer["sources"]?.arrayValue ?? []).map { source in
                ["id", "name", "jurisdiction", "document_type"].map { source[$0]?.stringValue ?? "" }
            }
            try StandardOutput.line(TextTable(headings: ["SOURCE", "NAME", "JURISDICTION", "KIND"], rows: rows).text)
        }
    }
}

/// The command `ingot revisions SOURCE`.
struct RevisionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revisions",
        abstract: "Lists what each job made of a source, newest first."
    )

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The source, for example usc.")
    var source: String

    @Flag(help: "Print the gateway's answer as JSON.")
    var json = false

    func run() async throws {
        try await connection.withGateway { client in
            let answer = try await client.get(
                JSONValue.self,
                "/api/sources/\(PercentEncoding.encode(source))/revisions"
            )
            if json { return try StandardOutput.line(answer.canonicalText) }
            let rows = (answer["revisions"]?.arrayValue ?? []).map { revision -> [String] in
                let counts = revision["counts"]
                func count(_ name: String) -> String { counts?[name]?.integerValue.map(String.init) ?? "" }
                return [
                    revision["number"]?.integerValue.map(String.init) ?? "",
                    revision["label"]?.stringValue ?? "",
                    revision["live"]?.boolValue == true ? "live" : revision["status"]?.stringValue ?? "",
                    count("nodes"), count("added"), count("changed"), count("removed"),
                    revision["promoted_at"]?.stringValue ?? revision["created_at"]?.stringValue ?? "",
                ]
            }
            let headings = ["REVISION", "LABEL", "STATE", "NODES", "ADDED", "CHANGED", "REMOVED", "WHEN"]
            try StandardOutput.line(TextTable(headings: headings, rows: rows).text)
        }
    }
}

/// The command `ingot get KEY`.
struct GetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Prints a node of the law: a section, a chapter, a rule.",
        discussion: """
            Examples:
              ingot get /us/usc/t1/s1
              ingot get /us/usc/t1/s1 --at 119-36 --format json
            """
    )

    /// How the node is printed.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text
        case markdown
        case json
    }

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The node's key, for example /us/usc/t1/s1.")
    var key: String

    @Option(help: "Upstream's label of the state to read, for example 119-36. Without it: the live one.")
    var at: String?

    @Option(help: "text, markdown or json.")
    var format: Format = .text

    func run() async throws {
        let key = try KeyArgument.checked(key)
        try await connection.withGateway { client in
            var query = "?format=\(format.rawValue)"
            if let at { query += "&at=\(PercentEncoding.encode(at))" }
            try await client.stream("/api/law\(PercentEncoding.encodePath(key))\(query)") { piece in
                try StandardOutput.write(Array(piece.readableBytesView))
            }
        }
    }
}

/// The command `ingot tree KEY`.
struct TreeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tree",
        abstract: "Prints what lies below a node; for a source's name, its units.",
        discussion: """
            Examples:
              ingot tree usc
              ingot tree /us/usc/t1 --depth 2
            """
    )

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "A node's key, or a source.")
    var key: String

    @Option(help: "Upstream's label of the state to read. Without it: the live one.")
    var at: String?

    @Option(help: "How many levels below the node.")
    var depth = 20

    @Flag(help: "Print the gateway's answer as JSON.")
    var json = false

    func run() async throws {
        try await connection.withGateway { client in
            var path =
                key.hasPrefix("/")
                ? "/api/law\(PercentEncoding.encodePath(key))/children?depth=\(depth)"
                : "/api/sources/\(PercentEncoding.encode(key))/units?"
            if let at { path += "&at=\(PercentEncoding.encode(at))" }
            let answer = try await client.get(JSONValue.self, path)
            if json { return try StandardOutput.line(answer.canonicalText) }
            for node in answer["nodes"]?.arrayValue ?? [] {
                let indent = String(repeating: "  ", count: Int(node["depth"]?.integerValue ?? 0))
                let status = node["status"]?.stringValue.map { " [\($0)]" } ?? ""
                let words = [node["num"]?.stringValue, node["heading"]?.stringValue].compactMap { $0 }
                try StandardOutput.line(
                    "\(indent)\(words.joined(separator: " "))\(status)  \(node["key"]?.stringValue ?? "")"
                )
            }
            if answer["truncated"]?.boolValue == true {
                StandardError.line("ingot: there is more; ask for a deeper key or a smaller --depth")
            }
        }
    }
}

/// The command `ingot export SOURCE`.
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Prints every node of a source, unit by unit in document order.",
        discussion: """
            Examples:
              ingot export usc --format ndjson > usc.ndjson
              ingot export usc --at 119-36 --format csv > usc.csv
            """
    )

    /// The shape of the export.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case ndjson
        case csv
    }

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The source, for example usc.")
    var source: String

    @Option(help: "Upstream's label of the state to export. Without it: the live one.")
    var at: String?

    @Option(help: "ndjson or csv.")
    var format: Format = .ndjson

    func run() async throws {
        try await connection.withGateway { client in
            var query = "?source=\(PercentEncoding.encode(source))&format=\(format.rawValue)"
            if let at { query += "&at=\(PercentEncoding.encode(at))" }
            try await client.stream("/api/export\(query)") { piece in
                try StandardOutput.write(Array(piece.readableBytesView))
            }
        }
    }
}

/// The command `ingot verify SOURCE`.
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Reads every stored record and capture again and checks its hash.",
        discussion: "Ends with 1 when anything is missing or damaged, and names it."
    )

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The source, for example usc.")
    var source: String

    @Flag(help: "Print the findings as JSON lines.")
    var json = false

    func run() async throws {
        try await connection.withGateway { client in
            var lines = LineSplitter()
            var summary: JSONValue?
            try await client.stream("/api/sources/\(PercentEncoding.encode(source))/verify") { piece in
                for line in lines.take(piece.readableBytesView) {
                    if json { try StandardOutput.line(String(decoding: line, as: UTF8.self)) }
                    let finding = try JSONValue(parsing: line)
                    if let problem = finding["problem"]?.stringValue {
                        if !json { try StandardOutput.line("\(finding["key"]?.stringValue ?? ""): \(problem)") }
                    } else {
                        summary = finding
                    }
                }
            }
            guard let summary, let problems = summary["problems"]?.integerValue else {
                throw CommandFailure(
                    message: "the verification broke off before its end",
                    exitCode: CommandFailure.failed
                )
            }
            let nodes = summary["nodes"]?.integerValue ?? 0
            let captures = summary["captures"]?.integerValue ?? 0
            if !json {
                try StandardOutput.line("\(nodes) nodes and \(captures) captures read, \(problems) problems")
            }
            if problems > 0 {
                throw CommandFailure(
                    message: "\(source) has \(problems) problems; ingest the source again to restore what is missing",
                    exitCode: CommandFailure.failed
                )
            }
        }
    }
}

/// A node's key on the command line.
enum KeyArgument {
    static func checked(_ key: String) throws -> String {
        guard key.hasPrefix("/"), key.utf8.count <= 1000 else {
            throw ValidationError("a key starts with a slash, for example /us/usc/t1/s1")
        }
        return key
    }
}
