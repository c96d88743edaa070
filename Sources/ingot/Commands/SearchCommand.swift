import ArgumentParser
import IngotClient
import IngotCore

/// The command `ingot search WORDS`.
struct SearchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Finds nodes of the live law by their words, or a section by its number.",
        discussion: """
            All words must occur. "Words in quotes" occur side by side, legislat* stands for every word with that \
            beginning, -word must not occur, and tax OR duty is one or the other. A section's number or citation \
            finds the section itself first.

            --json prints one line a node: {"source", "key", "unit", "level", "num", "heading", "status", "citation", "cited", \
            "score", "snippet": [{"text", "match"}]}.

            Examples:
              ingot search 42 USC 1983
              ingot search '"civil rights"' school -private --title 42
              ingot search 'legislat*' --heading --json
            """
    )

    @OptionGroup var connection: ConnectionOptions

    @Argument(parsing: .allUnrecognized, help: "What to look for.")
    var words: [String]

    @Option(help: "Only in this source, for example usc.", completion: Completions.sources)
    var source: String?

    @Option(help: "Only in this title, or another source's unit. Can be given several times.")
    var title: [String] = []

    @Option(help: "Only nodes of this kind, for example section.")
    var level: String?

    @Flag(help: "Only in headings.")
    var heading = false

    @Flag(help: "Only what is in force.")
    var inForce = false

    @Option(help: "The most nodes that are printed, 1 to 1000.")
    var limit = 10

    @Flag(help: "Print the nodes as JSON lines.")
    var json = false

    /// The most hits that one request brings.
    private static let pageHits = 100

    func validate() throws {
        guard (1...1000).contains(limit) else { throw ValidationError("--limit must be from 1 to 1000") }
        guard !words.isEmpty else { throw ValidationError("name at least one word to look for") }
        if let option = words.first(where: { $0.hasPrefix("--") }) {
            throw ValidationError("unknown option '\(option)'")
        }
    }

    func run() async throws {
        let marks = Marks(isBold: !json && Colours.areOnStandardOutput)
        try await connection.withGateway { client in
            var left = limit
            var cursor: String?
            var isFirst = true
            repeat {
                let path = GatewayPath.path(search(limit: min(left, Self.pageHits)).path, ["cursor": cursor])
                let page = try await client.get(JSONValue.self, path)
                for hit in page["hits"]?.arrayValue ?? [] {
                    if json {
                        try StandardOutput.line(hit.canonicalText)
                    } else {
                        try StandardOutput.line((isFirst ? "" : "\n") + marks.text(of: hit))
                    }
                    isFirst = false
                    left -= 1
                }
                cursor = page["next_cursor"]?.stringValue
            } while cursor != nil && left > 0
            if isFirst, !json { StandardError.line("ingot: nothing found") }
            if cursor != nil, !json { StandardError.line("ingot: there is more; ask with a greater --limit") }
        }
    }

    private func search(limit: Int) -> Search {
        var search = Search(words.joined(separator: " "))
        search.source = source
        search.units = title
        search.level = level
        search.place = heading ? .heading : .all
        search.isOnlyInForce = inForce
        search.pageSize = limit
        return search
    }

    /// Prints hits, with what matched in bold where the terminal takes that.
    struct Marks {
        let isBold: Bool

        func text(of hit: JSONValue) -> String {
            let status = hit["status"]?.stringValue.map { " [\($0)]" } ?? ""
            let name = hit["citation"]?.stringValue ?? hit["num"]?.stringValue ?? ""
            let title = [name, hit["heading"]?.stringValue ?? ""].map(TerminalText.line).filter { !$0.isEmpty }
            var lines = ["\(title.joined(separator: "  "))\(status)", "  \(hit["key"]?.stringValue ?? "")"]
            let snippet = (hit["snippet"]?.arrayValue ?? []).map { piece in
                let text = TerminalText.line(piece["text"]?.stringValue ?? "")
                return isBold && piece["match"]?.boolValue == true ? "\u{1B}[1m\(text)\u{1B}[22m" : text
            }.joined()
            if !snippet.isEmpty { lines.append("  \(snippet)") }
            return lines.joined(separator: "\n")
        }
    }
}
