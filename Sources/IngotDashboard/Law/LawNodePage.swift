import HTTPTypes
import IngotCore

/// One node of the law as of a label: its text, its notes, what lies around it, and what became of it.
struct LawNodePage {
    private let asking: PageRequest
    private let key: String
    /// As the reader asked; `nil`: the newest.
    private let label: String?

    /// Nodes of a list around or below the node.
    private static let listedNodes = 200
    /// Of them before and after the node itself.
    private static let neighbours = 15
    private static let listedCiting = 8
    private static let listedReferences = 100

    static func page(_ asking: PageRequest) async throws -> Page {
        let path = asking.rest
        let key = "/" + path
        // A key does not end with a slash; people's addresses do.
        if path.hasSuffix("/") {
            let label = asking.query("at")
            throw PageRedirection(place: LawAddress.page(String(key.dropLast()), at: label))
        }
        if asking.query("against") != nil { return try await LawComparisonPage.page(asking, key: key) }
        if asking.query("view") == "references" { return try await LawReferencesPage.page(asking, key: key) }
        return try await LawNodePage(asking: asking, key: key, label: asking.query("at")).page()
    }

    // MARK: - Content

    struct Content {
        var source: String
        var path: [Link]
        var title: String
        var num: String?
        var heading: String?
        var level: String
        var status: StatusNote?
        var citation: String?
        var state: State
        var body: String?
        var isListShown: Bool
        var children: [Link]
        var moreChildren: String?
        var isFirstPage: Bool
        var firstPage: String
        var credit: String?
        var footnotes: String?
        var notes: String?
        var previous: Link?
        var next: Link?
        var around: Around?
        var history: [LawHistory.Entry]
        var comparing: Comparing?
        var citing: Citing?
        var cites: Cites?
        var permalink: String
        var textFormat: String
        var markdownFormat: String
        var jsonFormat: String
        var sourceAddress: String?
        var sourceName: String
        var contentHash: String
        var page: String
    }

    struct Link {
        var key = ""
        var address: String
        var name: String
        var detail: String?
        var isHere = false
        /// Whether there may be nodes below it.
        var isBranch = false
    }

    struct StatusNote {
        var word: String
        var sentence: String
        var destinations: [Link]
    }

    struct State {
        var shown: String
        var choices: [LawStates.Choice]
        /// When the node has been so since.
        var since: String?
        var newest: String?
        var newestAddress: String
    }

    /// The form that compares the state with another one.
    struct Comparing {
        var shownLabel: String
        var others: [LawStates.Choice]

        init?(of label: String, in states: LawStates, _ history: LawHistory) {
            guard states.all.count > 1, let shown = states.state(label) else { return nil }
            shownLabel = label
            let before = states.before(label, revision: shown.revision)
            others = states.choices(before, without: label, remark: history.remark)
        }
    }

    struct Around {
        var title: String
        var address: String
        var before: String?
        var nodes: [Link]
        var after: String?
    }

    struct Citing {
        var nodes: [Link]
        var all: String
        var hasMore: Bool
    }

    struct Cites {
        var count: String
        var nodes: [Link]
        var rest: String?
    }

    // MARK: - Making it

    private func page() async throws -> Page {
        guard let answer = try await asking.find(LawAddress.route(key), ["at": label]) else {
            return try await LawAbsentPage.page(asking, key: key, label: label)
        }
        let document = LawDocument(answer)
        // Another node stands for the key that was asked for.
        if document.key != key { throw PageRedirection(place: LawAddress.page(document.key, at: label)) }
        async let statesAnswer = LawStates.of(document.source, asking)
        async let historyAnswer = asking.find(LawAddress.route(key, "/history"))
        async let belowAnswer = below(document)
        async let siblingsAnswer = siblings(document)
        async let citingAnswer = citing(document)
        let states = try await statesAnswer
        let history = LawHistory(try await historyAnswer, of: key, in: states)
        let below = try await belowAnswer
        let siblings = try await siblingsAnswer
        let body = LawTextMarkup.body(document, at: label)
        let shownAt = label ?? document.label
        let content = Content(
            source: document.source,
            path: document.path.map { Link(address: LawAddress.page($0.key, at: label), name: $0.title) },
            title: document.title,
            num: document.num.isEmpty ? nil : document.num,
            heading: document.heading.isEmpty ? nil : document.heading,
            level: LawTitle.capitalized(document.level),
            status: statusNote(document),
            citation: document.citation,
            state: state(document, states, history),
            body: body.isEmpty ? nil : body,
            isListShown: !below.nodes.isEmpty,
            children: below.nodes,
            moreChildren: below.next,
            isFirstPage: asking.query("cursor") == nil,
            firstPage: LawAddress.page(key, at: label),
            credit: document.credit.isEmpty ? nil : document.credit,
            footnotes: document.footnotes.isEmpty ? nil : LawNotesMarkup.footnotes(document.footnotes),
            notes: document.notes.isEmpty ? nil : LawNotesMarkup.groups(document.notes),
            previous: neighbour(document.previous, siblings),
            next: neighbour(document.next, siblings),
            around: around(document, siblings),
            history: history.entries,
            comparing: Comparing(of: document.label, in: states, history),
            citing: try await citingAnswer,
            cites: cites(document),
            permalink: LawAddress.page(key, at: document.label),
            textFormat: PageAddress.text(LawAddress.route(key), ["format": "text", "at": label]),
            markdownFormat: PageAddress.text(LawAddress.route(key), ["format": "markdown", "at": label]),
            jsonFormat: PageAddress.text(LawAddress.route(key), ["format": "json", "at": label]),
            sourceAddress: Self.webAddress(document.sourceURL),
            sourceName: document.sourceURL,
            contentHash: document.contentHash,
            page: LawAddress.page(key)
        )
        return Page(
            title: "\(document.title) as of \(shownAt)",
            part: .law,
            template: "law-node",
            content: content,
            scripts: ["law.js"],
            styles: ["law.css"]
        )
    }

    /// An address that a browser may follow; a folder's file is none.
    private static func webAddress(_ text: String) -> String? {
        text.hasPrefix("https://") || text.hasPrefix("http://") ? text : nil
    }

    private func statusNote(_ document: LawDocument) -> StatusNote? {
        guard let status = document.status else { return nil }
        let what = document.level
        let sentence =
            switch status {
            case "repealed": "This \(what) is repealed. What is left of it is shown."
            case "omitted": "This \(what) is omitted from the code."
            case "transferred": "This \(what) has been transferred: its content is elsewhere now."
            case "renumbered": "This \(what) has another number now."
            case "reserved": "This \(what) is reserved: its number is kept free for later use."
            default: "The publisher marks this \(what) as \(status)."
            }
        let destinations = document.references.filter { $0.relation == "transferred_to" }.map { reference in
            Link(
                address: reference.isResolved ? LawAddress.page(reference.target ?? "", at: label) : "",
                name: reference.text,
                isHere: !reference.isResolved
            )
        }
        return StatusNote(word: LawTitle.capitalized(status), sentence: sentence, destinations: destinations)
    }

    private func state(_ document: LawDocument, _ states: LawStates, _ history: LawHistory) -> State {
        // What became so after the state that is shown does not count.
        let since = history.entries.first { $0.revision <= document.revision }
        let isNewest = document.revision == states.newest?.revision
        return State(
            shown: document.label,
            choices: states.choices(document.label, remark: history.remark),
            since: since.map {
                $0.change == "added" ? "in the collection since \($0.label)" : "as it is since \($0.label)"
            },
            newest: isNewest ? nil : states.newest?.label,
            newestAddress: LawAddress.page(key)
        )
    }

    // MARK: - Neighbourhood

    private func link(_ node: JSONValue) -> Link {
        let key = node["key"]?.stringValue ?? ""
        return Link(
            key: key,
            address: LawAddress.page(key, at: label),
            name: LawTitle.of(node),
            detail: node["status"]?.stringValue.map(LawTitle.capitalized),
            isHere: key == self.key,
            isBranch: node["level"]?.stringValue != "section"
        )
    }

    /// The nodes below this one, a page at a time, and where the next page is.
    private func below(_ document: LawDocument) async throws -> (nodes: [Link], next: String?) {
        if document.level == "section" { return ([], nil) }
        let answer = try await asking.get(
            LawAddress.route(key, "/children"),
            ["at": label, "limit": "\(Self.listedNodes)", "cursor": asking.query("cursor")]
        )
        // The first page begins with the node itself.
        let nodes = (answer["nodes"]?.arrayValue ?? []).filter { $0["key"]?.stringValue != key }.map(link)
        let next = answer["next"]?.stringValue.map {
            PageAddress.text(LawAddress.page(key), ["at": label, "cursor": $0])
        }
        return (nodes, next)
    }

    private func siblings(_ document: LawDocument) async throws -> [Link] {
        guard let parent = document.parent else { return [] }
        let answer = try await asking.find(
            LawAddress.route(parent, "/children"),
            ["at": label, "limit": "\(2 * Self.listedNodes)"]
        )
        return (answer?["nodes"]?.arrayValue ?? []).dropFirst().map(link)
    }

    private func neighbour(_ key: String?, _ siblings: [Link]) -> Link? {
        guard let key else { return nil }
        return siblings.first { $0.key == key } ?? Link(key: key, address: LawAddress.page(key, at: label), name: key)
    }

    /// The siblings close to the node.
    private func around(_ document: LawDocument, _ siblings: [Link]) -> Around? {
        guard let parent = document.path.last, let here = siblings.firstIndex(where: \.isHere), siblings.count > 1
        else {
            return nil
        }
        let range = max(0, here - Self.neighbours)..<min(siblings.count, here + Self.neighbours + 1)
        let after = siblings.count - range.upperBound
        return Around(
            title: parent.title,
            address: LawAddress.page(parent.key, at: label),
            before: range.lowerBound == 0 ? nil : Figures.count(range.lowerBound, "node") + " before these",
            nodes: Array(siblings[range]),
            after: after == 0 ? nil : Figures.count(after, "node") + " after these"
        )
    }

    // MARK: - References

    private func citing(_ document: LawDocument) async throws -> Citing? {
        let answer: JSONValue
        do {
            answer = try await asking.get(
                LawAddress.route(key, "/references"),
                ["at": label, "limit": "\(Self.listedCiting)", "cites": "false"]
            )
        } catch let refusal as APIRefusal where refusal.status == .contentTooLarge {
            return nil
        }
        let nodes = (answer["cited_by"]?.arrayValue ?? []).map { node in
            Link(
                address: LawAddress.page(node["key"]?.stringValue ?? "", at: label),
                name: node["citation"]?.stringValue ?? LawTitle.of(node),
                detail: node["heading"]?.stringValue
            )
        }
        guard !nodes.isEmpty else { return nil }
        return Citing(
            nodes: nodes,
            all: PageAddress.text(LawAddress.page(key), ["at": label, "view": "references"]),
            hasMore: answer["next"]?.stringValue != nil
        )
    }

    /// What the node cites, each place once.
    private func cites(_ document: LawDocument) -> Cites? {
        var seen: Set<String> = []
        var links: [Link] = []
        for reference in document.references where reference.isResolved {
            guard let target = reference.target, target != key else { continue }
            let address = LawAddress.page(target, at: label, piece: reference.piece)
            if seen.insert(address).inserted {
                links.append(Link(address: address, name: reference.text, detail: nil))
            }
        }
        guard !links.isEmpty else { return nil }
        let rest = links.count - Self.listedReferences
        return Cites(
            count: Figures.number(links.count),
            nodes: Array(links.prefix(Self.listedReferences)),
            rest: rest > 0 ? "\(Figures.number(rest)) more are linked in the text." : nil
        )
    }
}
