/// What a section or a piece of one is when it is not in force, by what stands in place of its text.
enum SectionStatus {
    /// - Returns: `reserved`, `transferred`, `repealed` or `obsolete`; `nil` for a section with a text of its own.
    static func status(heading: String, text: String) -> String? {
        let said = text.isEmpty ? heading : text
        if said.hasPrefix("Reserved") { return isAll("Reserved", of: said) ? "reserved" : nil }
        if said.hasPrefix("Transferred to ") || said == "Transferred." || said == "Transferred" { return "transferred" }
        if isAll("Obsolete", of: said) || said.hasPrefix("Obsolete.") { return "obsolete" }
        if said.hasPrefix("Repealed") || isRepeal(said) { return "repealed" }
        return nil
    }

    /// - Returns: the status of a subsection whose text is no more than `Repealed by P.A. 76-186.`
    static func status(ofPiece text: String) -> String? {
        guard text.count <= 300 else { return nil }
        if text.hasPrefix("Repealed by ") || text == "Repealed." || text.hasPrefix("Repealed, ") { return "repealed" }
        if isAll("Reserved", of: text) { return "reserved" }
        if text.hasPrefix("Obsolete.") || text.hasPrefix("Deleted by ") { return "obsolete" }
        return nil
    }

    /// What a remark in brackets says of a chapter or title: `Reserved for future use`, `(All sections repealed)`.
    static func status(ofRemark remark: String) -> String? {
        let remark = remark.lowercased()
        return ["reserved", "transferred", "repealed", "obsolete"].first { remark.contains($0) }
    }

    private static func isAll(_ word: String, of text: String) -> Bool {
        ["", ".", " for future use.", " for future use"].contains { text == word + $0 }
    }

    /// `Section 53a-53 is repealed.`, `Sections 53a-53 and 53a-54 are repealed, effective …`
    private static func isRepeal(_ text: String) -> Bool {
        guard ["Section ", "Sections ", "Sec. ", "Secs. "].contains(where: { text.hasPrefix($0) }) else { return false }
        guard let end = text.firstRange(of: " repealed") else { return false }
        let before = text[..<end.lowerBound]
        return (before.hasSuffix(" is") || before.hasSuffix(" are")) && before.count < 400
    }
}
