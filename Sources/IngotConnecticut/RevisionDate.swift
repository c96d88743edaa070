/// The day to which the statutes are revised, as pages say it: `Revised to January 1, 2025`.
enum RevisionDate {
    private static let months = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december",
    ]

    /// - Returns: the first such day in a text, `YYYY-MM-DD`.
    static func first(in text: String) -> String? {
        let words = text.lowercased().split { $0.isWhitespace || $0 == "," || $0 == "." }
        for index in words.indices.dropLast(4) {
            let phrase = words[index..<index + 2].joined(separator: " ")
            guard ["revised to", "current through", "as of"].contains(phrase) else { continue }
            guard let month = months.firstIndex(of: String(words[index + 2])),
                let day = Int(words[index + 3]), (1...31).contains(day),
                let year = Int(words[index + 4].prefix { $0.isNumber }), (1000...9999).contains(year)
            else { continue }
            return "\(year)-\(month + 1 < 10 ? "0" : "")\(month + 1)-\(day < 10 ? "0" : "")\(day)"
        }
        return nil
    }
}

/// What states of the statutes are called: `2025`, and with a Supplement laid over them `2025-supplement-2026`.
///
/// A revision to another day than January 1 has the whole day: `2025-07-01`.
struct StatuteLabel: Comparable {
    /// `YYYY-MM-DD`.
    var date: String
    /// The year of the Supplement, `nil` without one.
    var supplement: String?

    init(date: String, supplement: String? = nil) {
        self.date = date
        self.supplement = supplement
    }

    init?(_ text: String) {
        let mark = "-supplement-"
        let parts = text.firstRange(of: mark).map { (text[..<$0.lowerBound], text[$0.upperBound...]) }
        let day = parts?.0 ?? text[...]
        guard day.count == 4 || day.count == 10, day.prefix(4).allSatisfy(\.isNumber) else { return nil }
        date = day.count == 4 ? day + "-01-01" : String(day)
        supplement = parts.map { String($0.1) }
    }

    var text: String {
        (date.hasSuffix("-01-01") ? String(date.prefix(4)) : date) + (supplement.map { "-supplement-\($0)" } ?? "")
    }

    static func < (left: StatuteLabel, right: StatuteLabel) -> Bool {
        (left.date, left.supplement ?? "") < (right.date, right.supplement ?? "")
    }
}
