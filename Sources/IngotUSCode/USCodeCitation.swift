/// How lawyers cite a section or a court rule.
enum USCodeCitation {
    /// For example `42 U.S.C. § 302`, `1 U.S.C. §§ 202 to 204`, `18 U.S.C. App. § 1`.
    ///
    /// - Parameter num: the printed number, for example `[§§ 202 to 204.`.
    static func section(unit: String, num: String) -> String? {
        // By scalars: to find where characters end takes longer than all of the rest.
        let number = trimmed(num).unicodeScalars
        guard let sign = number.firstIndex(of: "§") else { return nil }
        let signs = number[sign...].prefix { $0 == "§" }
        let rest = trimmed(Substring(number[signs.endIndex...]))
        guard !rest.isEmpty else { return nil }
        let title = unit.hasSuffix("a") ? "\(unit.dropLast()) U.S.C. App." : "\(unit) U.S.C."
        return "\(title) \(Substring(signs)) \(rest)"
    }

    /// For example `Fed. R. Crim. P. 4.1`; `nil` for rules of another court.
    ///
    /// - Parameters:
    ///   - num: the printed number, for example `Rule 4.1.`.
    ///   - rules: the headings above it.
    static func rule(num: String, of rules: [String]) -> String? {
        let words = trimmed(num).split { $0.isWhitespace }
        guard words.count == 2, words[0].lowercased().drop(while: { $0 == "[" }) == "rule" else { return nil }
        for heading in rules.reversed() {
            let name = heading.uppercased()
            guard name.hasPrefix("FEDERAL RULES OF") else { continue }
            for (subject, abbreviation) in abbreviations where name.contains(subject) {
                return "\(abbreviation) \(words[1])"
            }
        }
        return nil
    }

    private static let abbreviations = [
        ("APPELLATE PROCEDURE", "Fed. R. App. P."),
        ("BANKRUPTCY PROCEDURE", "Fed. R. Bankr. P."),
        ("CIVIL PROCEDURE", "Fed. R. Civ. P."),
        ("CRIMINAL PROCEDURE", "Fed. R. Crim. P."),
        ("EVIDENCE", "Fed. R. Evid."),
    ]

    /// Without the brackets of what is not in force, the point and the dash at the end, and white space.
    private static func trimmed(_ text: some StringProtocol) -> String {
        let isOuter: (Unicode.Scalar) -> Bool = { scalar in
            switch scalar {
            case "[", "]", ".", "—": true
            // Nearly all characters, and their properties take a search to find.
            case "!"..."~": false
            default: scalar.properties.isWhitespace
            }
        }
        let start = Substring(text).unicodeScalars.drop(while: isOuter)
        guard let last = start.lastIndex(where: { !isOuter($0) }) else { return "" }
        return String(Substring(start[...last]))
    }
}
