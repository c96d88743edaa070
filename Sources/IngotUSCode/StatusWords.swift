/// The words by which the Code says that a provision is not there any more, or not yet.
enum StatusWords {
    /// Nothing in force is called so.
    private static let certain = ["repealed", "omitted", "renumbered", "redesignated", "reclassified", "abrogated"]
    /// What is in force can begin with these, too: “Transferred functions”.
    private static let others = [
        "transferred", "reserved", "vacant", "eliminated", "terminated", "executed", "superseded", "abolished",
        "rescinded", "deleted", "amended", "struck",
    ]
    private static let all = certain + others

    /// Whether any of the words is in the heading of a provision without text.
    static func areIn(_ heading: String) -> Bool {
        // Whole words: what is preserved is not reserved.
        let words = heading.lowercased().split { !$0.isLetter }
        return all.contains { word in words.contains { $0 == word } }
    }

    /// Whether a footnote to a line of contents says that what the line names is gone.
    static func areCertain(in footnote: String) -> Bool {
        let words = footnote.lowercased().split { !$0.isLetter }
        return certain.contains { word in words.contains { $0 == word } }
    }

    /// Whether a line of contents says so of what it names: `Repealed.`, `Beer [Omitted or Transferred]`.
    static func close(_ line: String) -> Bool {
        let line = line.lowercased()[...]
        let start = line.drop { !($0.isLetter || $0.isNumber) }
        if begins(start, mayGoOn: false) { return true }
        return line.indices.contains { index in
            (line[index] == "[" || line[index] == "(")
                && begins(line[line.index(after: index)...].drop { $0.isWhitespace }, mayGoOn: true)
        }
    }

    private static func begins(_ text: Substring, mayGoOn: Bool) -> Bool {
        if certain.contains(where: text.hasPrefix) { return true }
        guard let word = others.first(where: text.hasPrefix) else { return false }
        let rest = text.dropFirst(word.count)
        if mayGoOn || rest.isEmpty { return true }
        guard rest.first?.isWhitespace == true else { return rest.first?.isLetter == false }
        let next = rest.drop { $0.isWhitespace }
        if next.first?.isNumber == true || next.first == "§" || next.first == "[" { return true }
        return ["or ", "and ", "to section", "to §"].contains { next.hasPrefix($0) }
    }
}
