import IngotCore

/// An operation as a command for a terminal, with the examples of its parameters.
///
/// `$INGOT` is the gateway's address, `$KEY` an API key, `$TOKEN` that of an attempt; ids are variables as well, as
/// each gateway has its own.
struct CurlCommand: Sendable {
    var method: String
    var path: String
    /// As in the document, without references.
    var parameters: [JSONValue]
    var body: JSONValue?
    /// The variable that has what opens it; `nil` for an open one.
    var credential: String?
    /// Whether events come as they happen.
    var isStream: Bool

    var text: String {
        var words = ["curl", isStream ? "-sSN" : "-sS"]
        if let credential { words.append("-H \"Authorization: Bearer $\(credential)\"") }
        // `--json` makes it a POST.
        if method != "GET", !(method == "POST" && body != nil) { words.append("-X \(method)") }
        if let body { words.append("--json \(Self.quoted(body.canonicalText))") }
        words.append("\"$INGOT\(target)\"")
        return words.joined(separator: " ")
    }

    private var target: String {
        var target = path
        var query: [String] = []
        for parameter in parameters where parameter["required"] == true {
            let name = parameter["name"]?.stringValue ?? ""
            let example = parameter["example"]?.stringValue ?? ""
            switch parameter["in"]?.stringValue {
            case "path": target = target.replacing("{\(name)}", with: example)
            case "query": query.append("\(name)=\(example)")
            default: break
            }
        }
        return query.isEmpty ? target : target + "?" + query.joined(separator: "&")
    }

    /// A word that a shell leaves as it is.
    private static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }
}
