/// Reads the days that the site writes: `(09/11/2026)`, `(8/8/2020)`, `July 1, 2017`.
enum ReleaseDate {
    /// The first day in a text as `YYYY-MM-DD`; one in digits goes before one in words, which is of something else
    /// where there are both.
    static func first(in text: String) -> String? {
        inDigits(text) ?? inWords(text)
    }

    private static func inDigits(_ text: String) -> String? {
        let numbers = runs(text)
        for index in numbers.indices.dropLast(2) {
            let parts = numbers[index...index + 2]
            let isDate = parts.dropFirst().allSatisfy { $0.gap == "/" } && parts.allSatisfy { $0.digits.count <= 4 }
            guard isDate, parts[index + 2].digits.count == 4 else { continue }
            let values = parts.compactMap { Int($0.digits) }
            if let day = written(year: values[2], month: values[0], day: values[1]) { return day }
        }
        return nil
    }

    private static func inWords(_ text: String) -> String? {
        let words = text.split { !$0.isLetter && !$0.isNumber }
        for index in words.indices.dropLast(2) {
            let name = words[index].lowercased()
            guard name.count >= 3, let month = months.firstIndex(where: { $0.hasPrefix(name) }),
                let day = Int(words[index + 1]), words[index + 2].count == 4, let year = Int(words[index + 2])
            else { continue }
            if let day = written(year: year, month: month + 1, day: day) { return day }
        }
        return nil
    }

    private static let months = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december",
    ]

    /// The runs of digits in a text, each with what stands between it and the one before.
    private static func runs(_ text: String) -> [(gap: Substring, digits: Substring)] {
        var runs: [(gap: Substring, digits: Substring)] = []
        var rest = text[...]
        while let start = rest.firstIndex(where: { $0.isASCII && $0.isNumber }) {
            let digits = rest[start...].prefix { $0.isASCII && $0.isNumber }
            runs.append((rest[..<start], digits))
            rest = rest[digits.endIndex...]
        }
        return runs
    }

    private static func written(year: Int, month: Int, day: Int) -> String? {
        guard (1900...2999).contains(year), (1...12).contains(month), (1...31).contains(day) else { return nil }
        return "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
    }
}
