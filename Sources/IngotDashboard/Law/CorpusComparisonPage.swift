import HTTPTypes
import IngotCore

/// What changed in a body of law between two labels: numbers, and the changes a page at a time.
enum CorpusComparisonPage {
    struct Content {
        var sourceName: String
        var source: String
        var isComparable: Bool
        var nothingToCompare: String?
        var fromChoices: [LawStates.Choice]
        var toChoices: [LawStates.Choice]
        var sources: [LawStates.Choice]
        var from: String
        var to: String
        var unit: String?
        var swapped: String
        var isSame: Bool
        var kinds: [Kind]
        var hasChanges: Bool
        var changes: [Change]
        var fields: String?
        var units: [Unit]
        var hasUnits: Bool
        var allUnits: String
        var next: String?
        var isLater: Bool
        var firstPage: String
        var listTitle: String
    }

    /// One of the numbers, which shows just those changes.
    struct Kind {
        var kind: String
        var kindName: String
        var count: String?
        var address: String
        var isShown: Bool
    }

    struct Change {
        var change: String
        var name: String
        var address: String
        var what: String
        var before: String?
        var status: String?
    }

    struct Unit {
        var unit: String
        var address: String
        var added: String
        var changed: String
        var moved: String
        var removed: String
    }

    private static let listedChanges = 50
    private static let listedUnits = 200

    static func page(_ asking: PageRequest) async throws -> Page {
        let known = (try await asking.get("/api/sources"))["sources"]?.arrayValue ?? []
        let sources = known.filter { $0["document_type"]?.stringValue != "none" }
        let source = asking.query("source") ?? sources.first?["id"]?.stringValue ?? ""
        let states = try await LawStates.of(source, asking)
        let to = asking.query("to") ?? states.newest?.label ?? ""
        let from = asking.query("from") ?? states.state(to).flatMap { states.before(to, revision: $0.revision) } ?? to
        let unit = asking.query("unit")
        let kind = asking.query("change")
        let cursor = asking.query("cursor")
        func address(change: String? = nil, unit: String? = nil, cursor: String? = nil) -> String {
            PageAddress.text(
                "/compare",
                ["source": source, "from": from, "to": to, "unit": unit, "change": change, "cursor": cursor]
            )
        }
        let isComparable = states.all.count > 1
        var content = Content(
            sourceName: sources.first { $0["id"]?.stringValue == source }?["name"]?.stringValue ?? source,
            source: source,
            isComparable: isComparable,
            nothingToCompare: isComparable ? nil : nothingToCompare(states),
            fromChoices: states.choices(from),
            toChoices: states.choices(to),
            sources: sources.map {
                let id = $0["id"]?.stringValue ?? ""
                return LawStates.Choice(value: id, text: $0["name"]?.stringValue ?? id, isChosen: id == source)
            },
            from: from,
            to: to,
            unit: unit,
            swapped: PageAddress.text("/compare", ["source": source, "from": to, "to": from, "unit": unit]),
            isSame: from == to,
            kinds: [],
            hasChanges: false,
            changes: [],
            fields: nil,
            units: [],
            hasUnits: false,
            allUnits: address(change: kind),
            next: nil,
            isLater: cursor != nil,
            firstPage: address(change: kind, unit: unit),
            listTitle: "Changes"
        )
        if isComparable, from != to {
            let answer = try await asking.get(
                "/api/diff",
                [
                    "source": source, "from": from, "to": to, "unit": unit, "change": kind, "cursor": cursor,
                    "limit": "\(listedChanges)",
                ]
            )
            content.kinds = kinds(answer["summary"], chosen: kind) { address(change: $0, unit: unit) }
            content.changes = (answer["changes"]?.arrayValue ?? []).map { change($0, from: from, to: to) }
            content.hasChanges = !content.changes.isEmpty
            content.fields = fields(answer["summary"])
            if unit == nil { content.units = units(answer["units"]) { address(unit: $0) } }
            content.hasUnits = content.units.count > 1
            content.next = answer["next"]?.stringValue.map { address(change: kind, unit: unit, cursor: $0) }
            content.listTitle = kind.map { LawTitle.capitalized($0) } ?? "All changes"
        }
        return Page(
            title: "\(content.sourceName): \(from) and \(to)",
            part: .law,
            template: "law-changes",
            content: content,
            styles: ["law.css"]
        )
    }

    private static func nothingToCompare(_ states: LawStates) -> String {
        guard let only = states.newest else { return "Nothing has been ingested, so there is nothing to compare." }
        return "Only \(only.label) has been ingested. As soon as another label has been, what changed is here."
    }

    private static func kinds(
        _ summary: JSONValue?,
        chosen: String?,
        _ address: (String?) -> String
    ) -> [Kind] {
        let names = ["added", "changed", "moved", "removed"]
        let counts = summary.map { summary in names.map { summary[$0]?.integerValue ?? 0 } }
        let all = Kind(
            kind: "all",
            kindName: "all",
            count: counts.map { Figures.number($0.reduce(0, +)) },
            address: address(nil),
            isShown: chosen == nil
        )
        return [all]
            + names.enumerated().map { index, name in
                Kind(
                    kind: name,
                    kindName: name,
                    count: counts.map { Figures.number($0[index]) },
                    address: address(name),
                    isShown: chosen == name
                )
            }
    }

    private static func fields(_ summary: JSONValue?) -> String? {
        let fields = (summary?["fields"]?.objectValue ?? [:])
            .compactMap { name, count in count.integerValue.map { (name: LawHistory.word(name), count: $0) } }
            .sorted { ($1.count, $0.name) < ($0.count, $1.name) }
        return fields.isEmpty
            ? nil : fields.map { "\($0.name) \(Figures.number($0.count))" }.joined(separator: ", ")
    }

    private static func change(_ change: JSONValue, from: String, to: String) -> Change {
        let key = change["key"]?.stringValue ?? ""
        let kind = change["change"]?.stringValue ?? ""
        let fields = (change["fields"]?.arrayValue ?? []).compactMap(\.stringValue).map(LawHistory.word)
        let title = LawTitle.of(change)
        let before = change["before"].map(LawTitle.of)
        // What is in one state only is read there.
        let address =
            switch kind {
            case "added": LawAddress.page(key, at: to)
            case "removed": LawAddress.page(key, at: from)
            default: LawAddress.page(key, at: to, against: from)
            }
        let citation = change["citation"]?.stringValue
        return Change(
            change: kind,
            name: citation.map { "\($0) \(change["heading"]?.stringValue ?? "")" } ?? title,
            address: address,
            what: fields.joined(separator: ", "),
            before: before == title ? nil : before,
            status: change["status"]?.stringValue.map(LawTitle.capitalized)
        )
    }

    private static func units(_ units: JSONValue?, _ address: (String) -> String) -> [Unit] {
        (units?.arrayValue ?? []).prefix(listedUnits).map { item in
            let unit = item["unit"]?.stringValue ?? ""
            func count(_ name: String) -> String { Figures.number(item["summary"]?[name]?.integerValue ?? 0) }
            return Unit(
                unit: unit,
                address: address(unit),
                added: count("added"),
                changed: count("changed"),
                moved: count("moved"),
                removed: count("removed")
            )
        }
    }
}
