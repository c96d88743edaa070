import IngotCore

/// Everything that cites a node, a page at a time.
enum LawReferencesPage {
    struct Content {
        var path: [LawNodePage.Link]
        var title: String
        var address: String
        var label: String
        var hasNodes: Bool
        var nodes: [LawNodePage.Link]
        var next: String?
    }

    private static let listedNodes = 100

    static func page(_ asking: PageRequest, key: String) async throws -> Page {
        let label = asking.query("at")
        async let around = asking.get(LawAddress.route(key, "/children"), ["at": label, "limit": "1"])
        let answer = try await asking.get(
            LawAddress.route(key, "/references"),
            ["at": label, "limit": "\(listedNodes)", "cites": "false", "cursor": asking.query("cursor")]
        )
        let node = try await around
        let title = (node["nodes"]?.arrayValue?.first).map(LawTitle.of) ?? key
        let nodes = (answer["cited_by"]?.arrayValue ?? []).map { node in
            LawNodePage.Link(
                address: LawAddress.page(node["key"]?.stringValue ?? "", at: label),
                name: node["citation"]?.stringValue ?? LawTitle.of(node),
                detail: node["heading"]?.stringValue ?? ""
            )
        }
        let content = Content(
            path: (node["breadcrumbs"]?.arrayValue ?? []).map {
                LawNodePage.Link(
                    address: LawAddress.page($0["key"]?.stringValue ?? "", at: label),
                    name: LawTitle.of($0)
                )
            },
            title: title,
            address: LawAddress.page(key, at: label),
            label: answer["label"]?.stringValue ?? "",
            hasNodes: !nodes.isEmpty,
            nodes: nodes,
            next: answer["next"]?.stringValue.map {
                PageAddress.text(LawAddress.page(key), ["at": label, "view": "references", "cursor": $0])
            }
        )
        return Page(
            title: "What cites \(title)",
            part: .law,
            template: "law-references",
            content: content,
            styles: ["law.css"]
        )
    }
}
