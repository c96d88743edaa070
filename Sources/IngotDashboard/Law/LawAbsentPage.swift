import HTTPTypes
import IngotCore

/// A node that the state does not have: when it was there, or that it never was.
enum LawAbsentPage {
    struct Content {
        var title: String
        var sentence: String
        var isKnown: Bool
        var choices: [LawStates.Choice]
        var history: [LawHistory.Entry]
        var page: String
        var search: String
    }

    static func page(_ asking: PageRequest, key: String, label: String?) async throws -> Page {
        let answer = try await asking.find(LawAddress.route(key, "/history"))
        guard let answer, let source = answer["source"]?.stringValue else {
            return page(
                Content(
                    title: key,
                    sentence: label.map { "Nothing has that key as of \($0), nor in any other state." }
                        ?? "Nothing has that key in any state that has been ingested.",
                    isKnown: false,
                    choices: [],
                    history: [],
                    page: LawAddress.page(key),
                    search: PercentEncoding.encode(key.split(separator: "/").last.map(String.init) ?? key)
                )
            )
        }
        let states = try await LawStates.of(source, asking)
        let history = LawHistory(answer, of: key, in: states)
        let named = answer["history"]?.arrayValue?.last { $0["num"]?.stringValue != nil }
        let title = named.map(LawTitle.of) ?? key
        let sentence: String
        if let label, states.state(label) == nil {
            let known = states.all.map(\.label).joined(separator: ", ")
            sentence = "The label \(label) has not been ingested for \(source). There is \(known)."
        } else {
            let shown = label ?? states.newest?.label ?? ""
            sentence = "The state \(shown) does not have it. Choose a state that does; what became of it is below."
        }
        return page(
            Content(
                title: title,
                sentence: sentence,
                isKnown: true,
                choices: states.choices(label ?? states.newest?.label, remark: history.remark),
                history: history.entries,
                page: LawAddress.page(key),
                search: ""
            )
        )
    }

    private static func page(_ content: Content) -> Page {
        var page = Page(
            title: "\(content.title) is not here",
            part: .law,
            template: "law-absent",
            content: content,
            styles: ["law.css"]
        )
        page.status = .notFound
        return page
    }
}
