import HTTPTypes
import IngotCore

/// One node as of two labels, side by side.
enum LawComparisonPage {
    struct Content {
        var title: String
        var citation: String?
        var level: String
        var page: String
        var from: String
        var to: String
        var fromAddress: String?
        var toAddress: String?
        var swapped: String
        var fromChoices: [LawStates.Choice]
        var toChoices: [LawStates.Choice]
        var isOneText: Bool
        var otherView: String
        var otherViewName: String
        var notice: String?
        var differing: String?
        var facts: [Fact]
        var hasFacts = false
        var texts: [Text]
        var hasTexts = false
    }

    /// What is said of a node in a word, before and after.
    struct Fact {
        var factName: String
        var old: String
        var new: String
    }

    struct Text {
        var id: String
        var textName: String
        var rows: String
    }

    static func page(_ asking: PageRequest, key: String) async throws -> Page {
        async let oldAnswer = node(asking, key, at: asking.query("against"))
        async let newAnswer = node(asking, key, at: asking.query("at"))
        let (old, new) = (try await oldAnswer, try await newAnswer)
        guard let source = (new ?? old)?["source"]?.stringValue else {
            return try await LawAbsentPage.page(asking, key: key, label: asking.query("at"))
        }
        let states = try await LawStates.of(source, asking)
        let to = asking.query("at") ?? states.newest?.label ?? ""
        let from = asking.query("against") ?? to
        for label in [from, to] where states.state(label) == nil {
            return try await LawAbsentPage.page(asking, key: key, label: label)
        }
        let difference = try await asking.get("/api/diff", ["source": source, "from": from, "to": to, "key": key])
        let isOneText = asking.query("view") == "one"
        func address(from: String, to: String, isOneText: Bool) -> String {
            PageAddress.text(LawAddress.page(key), ["at": to, "against": from, "view": isOneText ? "one" : nil])
        }
        let document = new ?? old ?? .null
        var content = Content(
            title: LawTitle.of(document),
            citation: document["citation"]?.stringValue,
            level: LawTitle.capitalized(document["level"]?.stringValue ?? ""),
            page: LawAddress.page(key),
            from: from,
            to: to,
            fromAddress: old == nil ? nil : LawAddress.page(key, at: from),
            toAddress: new == nil ? nil : LawAddress.page(key, at: to),
            swapped: address(from: to, to: from, isOneText: isOneText),
            fromChoices: states.choices(from),
            toChoices: states.choices(to),
            isOneText: isOneText,
            otherView: address(from: from, to: to, isOneText: !isOneText),
            otherViewName: isOneText ? "Side by side" : "One text",
            notice: notice(difference, from: from, to: to),
            differing: differing(difference),
            facts: facts(difference),
            texts: old == nil || new == nil ? [] : texts(difference, old, new)
        )
        content.hasFacts = !content.facts.isEmpty
        content.hasTexts = !content.texts.isEmpty
        return Page(
            title: "\(content.title): \(from) and \(to)",
            part: .law,
            template: "law-comparison",
            content: content,
            styles: ["law.css"]
        )
    }

    private static func node(_ asking: PageRequest, _ key: String, at label: String?) async throws -> JSONValue? {
        let answer = try await asking.find(LawAddress.route(key), ["at": label])
        // What stands for the key is another node, which the difference does not know.
        return answer?["key"]?.stringValue == key ? answer : nil
    }

    private static func notice(_ difference: JSONValue, from: String, to: String) -> String? {
        if from == to { return "Both sides are the state \(to). Choose another label to compare with." }
        switch difference["change"]?["change"]?.stringValue {
        case nil: return "It is the same in \(from) and in \(to), character for character."
        case "added": return "\(from) does not have it; it is in \(to)."
        case "removed": return "\(to) does not have it any more; it is in \(from)."
        case "moved":
            return difference["change"]?["fields"] == nil
                ? "Its content is the same; only its place among its neighbours is another one."
                : "Its content is the same; only its place is another one."
        default:
            return difference["texts"]?.arrayValue?.isEmpty == true
                ? "The words are the same; what differs is how they are laid out, or what they link to." : nil
        }
    }

    private static func differing(_ difference: JSONValue) -> String? {
        let fields = (difference["change"]?["fields"]?.arrayValue ?? []).compactMap(\.stringValue)
        return fields.isEmpty ? nil : fields.map(LawHistory.word).joined(separator: ", ")
    }

    private static func facts(_ difference: JSONValue) -> [Fact] {
        guard let change = difference["change"], let before = change["before"] else { return [] }
        let names = [("level", "Level"), ("status", "Status"), ("citation", "Citation"), ("parent", "Lies in")]
        return names.compactMap { name, shown in
            let old = before[name]?.stringValue ?? (name == "status" ? "in force" : "nothing")
            let new = change[name]?.stringValue ?? (name == "status" ? "in force" : "nothing")
            return old == new ? nil : Fact(factName: shown, old: old, new: new)
        }
    }

    private static func texts(_ difference: JSONValue, _ old: JSONValue?, _ new: JSONValue?) -> [Text] {
        (difference["texts"]?.arrayValue ?? []).compactMap { text in
            guard let field = text["field"]?.stringValue, let pieces = text["pieces"]?.arrayValue else { return nil }
            let isText = field == "text"
            let markup = ComparisonMarkup(
                oldDepths: isText ? depths(of: old) : [],
                newDepths: isText ? depths(of: new) : []
            )
            return Text(
                id: field,
                textName: LawTitle.capitalized(LawHistory.word(field)),
                rows: markup.text(ParagraphAlignment(pieces).rows)
            )
        }
    }

    /// How deep each line of a node's text is nested, where its pieces are its lines.
    private static func depths(of node: JSONValue?) -> [Int] {
        let blocks = node?["blocks"]?.arrayValue ?? []
        var depths: [Int] = []
        for block in blocks {
            let depth = Int(block["depth"]?.integerValue ?? 0)
            // Each row of a table is a line.
            let lines = block["table"] == nil ? 1 : (block["text"]?.stringValue ?? "").utf8.count { $0 == 0x0A } + 1
            depths += Array(repeating: depth, count: lines)
        }
        let lines = (node?["text"]?.stringValue ?? "").utf8.count { $0 == 0x0A } + 1
        return depths.count == lines ? depths : []
    }
}
