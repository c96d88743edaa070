import IngotCore

/// What each revision made of a node, as its page tells it.
struct LawHistory {
    struct Entry {
        var label: String
        var revision: Int64
        /// `added`, `changed`, `moved`, `removed`.
        var change: String
        var what: String
        var date: String?
        /// Where the change is shown; `nil` where there is nothing before it.
        var comparison: String?
    }

    /// Newest first.
    let entries: [Entry]

    /// - Parameter answer: of `GET /api/law/{key}/history`; `nil` when there is none.
    init(_ answer: JSONValue?, of key: String, in states: LawStates) {
        entries = (answer?["history"]?.arrayValue ?? []).reversed().map { entry in
            let label = entry["label"]?.stringValue ?? ""
            let revision = entry["revision"]?.integerValue ?? 0
            let change = entry["change"]?.stringValue ?? ""
            let fields = (entry["fields"]?.arrayValue ?? []).compactMap(\.stringValue).map(Self.word)
            let before = states.before(label, revision: revision)
            return Entry(
                label: label,
                revision: revision,
                change: change,
                what: fields.isEmpty ? "" : fields.joined(separator: ", "),
                date: entry["promoted_at"]?.stringValue,
                comparison: change == "added" ? nil : before.map { LawAddress.page(key, at: label, against: $0) }
            )
        }
    }

    /// What happened to the node with a revision.
    func change(at revision: Int64) -> String? { entries.first { $0.revision == revision }?.change }

    /// Whether the node was there in a revision.
    func isPresent(at revision: Int64) -> Bool {
        entries.first { $0.revision <= revision }.map { $0.change != "removed" } ?? false
    }

    func remark(_ state: LawStates.State) -> String? {
        if let change = change(at: state.revision) { return change == "changed" ? "changed here" : "\(change) here" }
        return isPresent(at: state.revision) ? nil : "not in it"
    }

    /// A field's name as people say it.
    static func word(_ field: String) -> String {
        switch field {
        case "num": "number"
        case "parent": "place"
        case "credit": "source credit"
        default: field
        }
    }
}
