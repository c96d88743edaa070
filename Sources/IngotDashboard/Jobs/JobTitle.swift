import IngotCore

/// What a job is called: its parameters in a few words, as its id says nothing to people.
enum JobTitle {
    private static let maximumLength = 90
    /// So many elements of a list are named.
    private static let namedElements = 6

    /// For example `titles 1, 3` or `release 119-36`.
    static func parameters(_ parameters: JSONValue) -> String {
        let members = (parameters.objectValue ?? [:]).sorted { $0.key < $1.key }
        let parts = members.compactMap { name, value in part(name, value) }
        return parts.isEmpty ? "default parameters" : shortened(parts.joined(separator: ", "), to: maximumLength)
    }

    private static func part(_ name: String, _ value: JSONValue) -> String? {
        let name = name.replacing("_", with: " ")
        switch value {
        case .bool(let isSet): return isSet ? name : nil
        case .array(let elements):
            if elements.isEmpty { return nil }
            let named = elements.prefix(namedElements).map(word).joined(separator: ", ")
            let more = elements.count - namedElements
            return "\(name) \(named)" + (more > 0 ? " and \(Figures.number(more)) more" : "")
        case .null: return nil
        default: return "\(name) \(word(value))"
        }
    }

    private static func word(_ value: JSONValue) -> String { value.stringValue ?? value.canonicalText }

    /// The end of a job's id; its beginning is the time, which jobs of one day share.
    static func short(_ id: String) -> String { String(id.suffix(12)) }
}
