/// Gives every node of a unit its stable, unique key.
///
/// The key is the published identifier with the unit's document put in where it lacks it; a repeated one gets `~2`,
/// `~3`, ... A node without an identifier gets a key built from its parent's, marked with `~`, which identifiers do
/// not have.
struct NodeKeys {
    /// The key of the unit's document, for example `/us/usc/t42`.
    let document: String
    private static let corpus = "/us/usc"
    private static let corpusStep = corpus + "/"
    private let documentStep: String
    private var uses: [String: Int] = [:]

    init(unit: String) {
        document = "\(Self.corpus)/t\(unit)"
        documentStep = document + "/"
    }

    /// All keys given so far, in no order.
    var all: some Collection<String> { uses.keys }

    /// Whether a node has the key.
    func isUsed(_ key: String) -> Bool { uses[key] != nil }

    /// The identifier with its document named.
    func inDocument(_ identifier: String) -> String {
        guard identifier.utf8.starts(with: Self.corpusStep.utf8), identifier != document,
            !identifier.utf8.starts(with: documentStep.utf8)
        else { return identifier }
        return document + identifier.dropFirst(Self.corpus.count)
    }

    /// The key of a node with an identifier, and the first node's with the same one when this is not the first.
    mutating func key(identifier: String) -> (key: String, repeats: String?) {
        let full = inDocument(identifier)
        let isFirst = uses[full] == nil
        return (unique(full), isFirst ? nil : full)
    }

    /// The key of a node without an identifier.
    ///
    /// - Parameters:
    ///   - parent: the key of the node above; `nil` at the top.
    ///   - number: the value of its number, for example `101 to 111`.
    ///   - ordinal: its place among the nodes of its level without identifier below the parent, from 1.
    mutating func key(parent: String?, level: String, number: String?, ordinal: Int) -> String {
        guard let parent else { return unique(document) }
        var name = "\(parent)/~\(level)-"
        let written = number.map(Self.plain) ?? ""
        name += written.isEmpty ? String(ordinal) : written
        return unique(name)
    }

    private mutating func unique(_ key: String) -> String {
        var candidate = key
        var number = uses[key, default: 0] + 1
        if number > 1 { candidate = "\(key)~\(number)" }
        uses[key] = number
        while number > 1, uses[candidate] != nil {
            number += 1
            candidate = "\(key)~\(number)"
        }
        if number > 1 { uses[candidate] = 1 }
        return candidate
    }

    /// Letters, digits and points; a hyphen for each run of anything else.
    private static func plain(_ number: String) -> String {
        var text = ""
        for scalar in number.unicodeScalars {
            switch scalar {
            case "0"..."9", "A"..."Z", "a"..."z", ".": text.unicodeScalars.append(scalar)
            default: if !text.hasSuffix("-") { text += "-" }
            }
        }
        return String(text.drop { $0 == "-" }.reversed().drop { $0 == "-" }.reversed())
    }
}
