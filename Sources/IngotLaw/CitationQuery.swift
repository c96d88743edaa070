/// A search that may be for one section by its number: `§ 1396a`, `300a-1`, `42 USC 1983`, `42 U.S.C. § 1983(b)`,
/// `Fed. R. Crim. P. 4.1`.
///
/// The last word is the number; it may have words before it that make it a citation, and subsections behind it.
struct CitationQuery: Equatable {
    /// The number as it is in a printed number, for example `300a-1`.
    let designation: String
    /// The whole citation as ``canonical(_:)`` has it; `nil` for a number alone.
    let citation: String?

    /// - Returns: `nil` when the text does not end like a citation.
    init?(_ text: String) {
        // Subsections: only the section is a node.
        var text = text[...]
        while text.last == ")", let open = text.lastIndex(of: "("), open > text.startIndex {
            text = text[..<open]
            while text.last?.isWhitespace == true { text.removeLast() }
        }
        let words = Self.words(text)
        guard let last = words.last, last.first?.isNumber == true, text.unicodeScalars.count <= 100 else { return nil }
        designation = last
        let others = words.dropLast().filter { !Self.signs.contains($0) }
        citation = others.isEmpty ? nil : Self.canonical(text)
    }

    /// Whether a node is the one that is asked for.
    ///
    /// - Parameter num: the printed number, for example `[§ 300a–1.`.
    func matches(num: String, citation: String?) -> Bool {
        if let wanted = self.citation { return citation.map(Self.canonical) == wanted }
        let words = Self.words(num).filter { !Self.signs.contains($0) }
        return words == [designation]
    }

    /// Words that say no more than that a number follows.
    private static let signs: Set<String> = ["sec", "section", "sections", "rule"]

    /// A citation without what people write differently: case, points, spaces, the section sign and kinds of dashes.
    static func canonical(_ text: some StringProtocol) -> String {
        let canonical = words(text).filter { !signs.contains($0) }.joined()
        return canonical.replacing("uscode", with: "usc")
    }

    /// Words in lower case, of letters, numbers, hyphens between them and points between digits.
    private static func words(_ text: some StringProtocol) -> [String] {
        text.lowercased().split { $0.isWhitespace || $0 == "§" }.compactMap { word in
            var kept: [Character] = []
            let characters = Array(word)
            for (index, character) in characters.enumerated() {
                let neighbours = (index > 0 ? characters[index - 1] : " ")
                let following = index + 1 < characters.count ? characters[index + 1] : " "
                switch character {
                case "-", "\u{2010}", "\u{2011}", "\u{2012}", "\u{2013}", "\u{2212}":
                    if neighbours.isLetter || neighbours.isNumber, following.isLetter || following.isNumber {
                        kept.append("-")
                    }
                case ".": if neighbours.isNumber, following.isNumber { kept.append(".") }
                case _ where character.isLetter || character.isNumber: kept.append(character)
                default: break
                }
            }
            return kept.isEmpty ? nil : String(kept)
        }
    }
}
