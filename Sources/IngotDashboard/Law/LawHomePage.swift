import IngotCore

/// Which bodies of law there are, and the way into each.
enum LawHomePage {
    struct Content {
        var corpora: [Corpus]
        /// Sources of law of which nothing has been ingested.
        var empty: [Source]
        var hasSources: Bool
    }

    struct Source {
        var source: String
        var name: String
        var address: String
    }

    struct Corpus {
        var source: String
        var name: String
        var region: String?
        var newest: String
        var promotedAt: String?
        var states: String
        var changes: String?
        var tops: [LawNodePage.Link]
        var topTitle: String?
        var topAddress: String?
        var search: String
    }

    private static let listedTops = 500

    static func page(_ asking: PageRequest) async throws -> Page {
        let answer = try await asking.get("/api/sources")
        let sources = (answer["sources"]?.arrayValue ?? []).filter { $0["document_type"]?.stringValue != "none" }
        var corpora: [Corpus] = []
        var empty: [Source] = []
        for source in sources {
            guard let id = source["id"]?.stringValue else { continue }
            let name = source["name"]?.stringValue ?? id
            if let corpus = try await corpus(id, name, source["region"]?.stringValue, asking) {
                corpora.append(corpus)
            } else {
                empty.append(
                    Source(source: id, name: name, address: PageAddress.text("/jobs/new", ["source": id]))
                )
            }
        }
        return Page(
            title: "Law",
            part: .law,
            template: "law-home",
            content: Content(corpora: corpora, empty: empty, hasSources: !sources.isEmpty),
            scripts: ["law.js"],
            styles: ["law.css"]
        )
    }

    private static func corpus(
        _ source: String,
        _ name: String,
        _ region: String?,
        _ asking: PageRequest
    ) async throws -> Corpus? {
        let states = try await LawStates.of(source, asking)
        guard let newest = states.newest else { return nil }
        let path = "/api/sources/\(PercentEncoding.encode(source))/units"
        var nodes = (try await asking.find(path))?["nodes"]?.arrayValue ?? []
        var top: JSONValue?
        // A corpus with one node at the top is entered below it.
        if nodes.count == 1, let key = nodes[0]["key"]?.stringValue {
            top = nodes[0]
            let answer = try await asking.find(LawAddress.route(key, "/children"), ["limit": "\(listedTops)"])
            nodes = Array((answer?["nodes"]?.arrayValue ?? []).dropFirst())
        }
        let before = states.all.dropFirst().first
        return Corpus(
            source: source,
            name: name,
            region: region,
            newest: newest.label,
            promotedAt: newest.promotedAt,
            states: Figures.count(states.all.count, "state"),
            changes: before.map {
                PageAddress.text("/compare", ["source": source, "from": $0.label, "to": newest.label])
            },
            tops: nodes.prefix(listedTops).map { node in
                LawNodePage.Link(
                    key: node["key"]?.stringValue ?? "",
                    address: LawAddress.page(node["key"]?.stringValue ?? ""),
                    name: LawTitle.of(node),
                    detail: node["status"]?.stringValue.map(LawTitle.capitalized),
                    isBranch: true
                )
            },
            topTitle: top.map(LawTitle.of),
            topAddress: top?["key"]?.stringValue.map { LawAddress.page($0) },
            search: PageAddress.text("/search", ["source": source])
        )
    }
}
