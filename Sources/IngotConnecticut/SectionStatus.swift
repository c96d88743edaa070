/// What a section or a piece of one is when it is not in force, by what stands in place of its text.
enum SectionStatus {
    /// - Returns: `reserved`, `transferred`, `repealed` or `obsolete`; `nil` for a section with a text of its own.
    static func status(heading: String, text: String) -> String? {
        let said = bare(text.isEmpty ? heading : text)
        if isAll("Reserved", of: said) { return "reserved" }
        for (word, status) in [("Transferred", "transferred"), ("Repealed", "repealed"), ("Obsolete", "obsolete")] {
            if begins(said, with: word) { return status }
        }
        return statusOfSentence(said)
    }

    /// - Returns: the status of a subsection whose text is no more than `Repealed by P.A. 76-186.`
    static func status(ofPiece text: String) -> String? {
        guard text.utf8.count <= 300 else { return nil }
        let said = bare(text)
        if isAll("Reserved", of: said) { return "reserved" }
        if begins(said, with: "Repealed") { return "repealed" }
        if begins(said, with: "Obsolete") || begins(said, with: "Deleted") { return "obsolete" }
        return nil
    }

    /// What a remark in brackets says of a chapter or title: `Reserved for future use`, `(All sections repealed)`.
    static func status(ofRemark remark: String) -> String? {
        let remark = remark.lowercased()
        // What happens on a condition has not happened.
        if remark.contains("conditional") { return nil }
        return ["reserved", "transferred", "repealed", "obsolete"].first { remark.contains($0) }
    }

    /// Without brackets around it and stars behind it.
    private static func bare(_ text: String) -> Substring {
        var text = text[...]
        while text.last == "*" { text.removeLast() }
        if text.first == "[", text.last == "]" { text = text.dropFirst().dropLast() }
        return text
    }

    private static func isAll(_ word: String, of text: Substring) -> Bool {
        ["", ".", " for future use.", " for future use"].contains { text == word + $0 }
    }

    /// `Repealed`, `Repealed.`, `Repealed, effective …`, `Repealed by …`, `Transferred to …`; not `Repealed acts are …`.
    private static func begins(_ text: Substring, with word: String) -> Bool {
        guard text.hasPrefix(word) else { return false }
        let rest = text.dropFirst(word.count)
        return rest.isEmpty || [".", ",", ";", " by ", " to ", " effective "].contains { rest.hasPrefix($0) }
    }

    /// Reads a sentence that says it of the section itself.
    ///
    /// For example `Section 53a-53 is repealed.`, `Sections 4-3 to 4-5, inclusive, are obsolete.`,
    /// `Section 4-2, as amended by …, was repealed.`
    private static func statusOfSentence(_ text: Substring) -> String? {
        guard let designation = SectionDesignation(String(text)) else { return nil }
        var rest = designation.rest
        for words in [", inclusive,", "inclusive,", ", inclusive"] where rest.hasPrefix(words) {
            rest = rest.dropFirst(words.count)
            break
        }
        rest = rest.drop { $0 == " " || $0 == "," }
        if rest.hasPrefix("as amended"), let end = rest.firstRange(of: ", ", after: "as amended") {
            rest = rest[end.upperBound...]
        }
        if rest.hasPrefix("of the general statutes ") { rest = rest.dropFirst("of the general statutes ".count) }
        for verb in ["is ", "are ", "was ", "were "] where rest.hasPrefix(verb) {
            let word = rest.dropFirst(verb.count).prefix { $0.isLetter }
            return ["repealed", "obsolete", "transferred"].first { word == $0 }
        }
        return nil
    }
}

extension Substring {
    /// The last such words within the first sentence behind a beginning.
    fileprivate func firstRange(of words: String, after beginning: String) -> Range<Index>? {
        dropFirst(beginning.count).prefix(400).ranges(of: words).last { range in
            ["is ", "are ", "was ", "were "].contains { self[range.upperBound...].hasPrefix($0) }
        }
    }
}
