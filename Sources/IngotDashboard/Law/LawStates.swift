import IngotCore

/// The labels at which a source can be read, newest first.
struct LawStates {
    struct State {
        var label: String
        /// Of the newest revision with the label.
        var revision: Int64
        var promotedAt: String?
    }

    let all: [State]

    var newest: State? { all.first }

    /// - Parameter answer: of `GET /api/sources/{source}/revisions`.
    init(_ answer: JSONValue) {
        let revisions = answer["revisions"]?.arrayValue ?? []
        let live = revisions.first { $0["live"]?.boolValue == true }?["number"]?.integerValue ?? 0
        var states: [State] = []
        var labels: Set<String> = []
        for revision in revisions where revision["status"]?.stringValue == "promoted" {
            guard let number = revision["number"]?.integerValue, number <= live,
                let label = revision["label"]?.stringValue, labels.insert(label).inserted
            else { continue }
            states.append(
                State(label: label, revision: number, promotedAt: revision["promoted_at"]?.stringValue)
            )
        }
        all = states
    }

    static func of(_ source: String, _ asking: PageRequest) async throws -> LawStates {
        LawStates(try await asking.get("/api/sources/\(PercentEncoding.encode(source))/revisions"))
    }

    func state(_ label: String) -> State? { all.first { $0.label == label } }

    /// The label before the one that a revision belongs to; `nil` for the first.
    func before(_ label: String, revision: Int64) -> String? {
        all.first { $0.revision < revision && $0.label != label }?.label
    }

    /// The choice of a label in a form.
    struct Choice {
        var value: String
        var text: String
        var isChosen: Bool
    }

    /// - Parameter remark: what is said of a label besides.
    func choices(_ chosen: String?, without: String? = nil, remark: (State) -> String? = { _ in nil }) -> [Choice] {
        all.filter { $0.label != without }.map { state in
            let remarks = [state.revision == newest?.revision ? "newest" : nil, remark(state)].compactMap { $0 }
            return Choice(
                value: state.label,
                text: state.label + (remarks.isEmpty ? "" : " (\(remarks.joined(separator: ", ")))"),
                isChosen: state.label == chosen
            )
        }
    }
}
