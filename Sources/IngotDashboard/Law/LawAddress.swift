import IngotCore

/// Where the pages and the API show a node of the law.
enum LawAddress {
    /// The page of a node.
    ///
    /// - Parameters:
    ///   - label: of the state that is shown; `nil`: the newest.
    ///   - other: the label that the node is compared with.
    ///   - piece: below the node, for example `a/1`.
    static func page(_ key: String, at label: String? = nil, against other: String? = nil, piece: String? = nil)
        -> String
    {
        PageAddress.text("/law" + PercentEncoding.encodePath(key), ["at": label, "against": other])
            + (piece.map { "#" + PercentEncoding.encodePath($0) } ?? "")
    }

    /// A route of the API about a node.
    ///
    /// - Parameter part: `/children`, `/history`, `/references`; nothing for the node itself.
    static func route(_ key: String, _ part: String = "") -> String {
        "/api/law" + PercentEncoding.encodePath(key) + part
    }
}

/// How a node is called.
enum LawTitle {
    /// Joins the parts of a line as they are printed: a space between them, and none after a dash.
    static func joined(_ parts: String?...) -> String {
        parts.compactMap { $0 }.filter { !$0.isEmpty }.reduce(into: "") { line, part in
            if !line.isEmpty, line.last != "—" { line += " " }
            line += part
        }
    }

    /// Number and heading of a node as the API lists it; its key for one that has neither.
    static func of(_ node: JSONValue) -> String {
        let title = joined(node["num"]?.stringValue, node["heading"]?.stringValue)
        return title.isEmpty ? node["key"]?.stringValue ?? "" : title
    }

    /// With a capital at the front.
    static func capitalized(_ word: String) -> String { word.prefix(1).uppercased() + word.dropFirst() }
}
