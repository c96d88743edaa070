/// One field of a cron expression.
struct CronField: Sendable, Equatable {
    /// What a field is about, and the numbers it takes.
    enum Kind: Sendable {
        case minute, hour, dayOfMonth, month, dayOfWeek

        var range: ClosedRange<Int> {
            switch self {
            case .minute: 0...59
            case .hour: 0...23
            case .dayOfMonth: 1...31
            case .month: 1...12
            case .dayOfWeek: 0...7
            }
        }

        var name: String {
            switch self {
            case .minute: "the minute"
            case .hour: "the hour"
            case .dayOfMonth: "the day of the month"
            case .month: "the month"
            case .dayOfWeek: "the day of the week"
            }
        }

        /// The names of its numbers, from the least on.
        var words: [String] {
            switch self {
            case .month: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
            case .dayOfWeek: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
            default: []
            }
        }
    }

    let values: Set<Int>
    /// Whether it begins with `*`.
    let isStar: Bool

    /// - Throws: `CronExpression.Malformed` naming the field.
    init(_ text: Substring, of kind: Kind) throws(CronExpression.Malformed) {
        var values: Set<Int> = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            values.formUnion(try Self.values(of: item, kind))
        }
        if kind == .dayOfWeek, values.remove(7) != nil { values.insert(0) }
        self.values = values
        isStar = text.hasPrefix("*")
    }

    private static func values(of item: Substring, _ kind: Kind) throws(CronExpression.Malformed) -> StrideThrough<Int>
    {
        let parts = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let range: ClosedRange<Int>
        if parts[0] == "*" {
            range = kind == .dayOfWeek ? 0...6 : kind.range
        } else {
            let ends = parts[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
            let first = try number(ends[0], kind, in: item)
            // A number with a step goes on to the end of its range.
            let last =
                ends.count > 1 ? try number(ends[1], kind, in: item) : parts.count > 1 ? kind.range.upperBound : first
            guard first <= last else { throw malformed(item, kind, "its range goes backwards") }
            range = first...last
        }
        guard parts.count > 1 else { return stride(from: range.lowerBound, through: range.upperBound, by: 1) }
        guard let step = Int(parts[1]), (1...kind.range.upperBound).contains(step) else {
            throw malformed(item, kind, "its step is not a number from 1 to \(kind.range.upperBound)")
        }
        return stride(from: range.lowerBound, through: range.upperBound, by: step)
    }

    private static func number(
        _ text: Substring,
        _ kind: Kind,
        in item: Substring
    ) throws(CronExpression.Malformed) -> Int {
        if let index = kind.words.firstIndex(of: text.lowercased()) { return index + (kind == .month ? 1 : 0) }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text), kind.range.contains(number)
        else {
            throw malformed(
                item,
                kind,
                "'\(text.prefix(40))' is not a number from \(kind.range.lowerBound) to \(kind.range.upperBound)"
                    + (kind.words.isEmpty ? "" : " or a name such as \(kind.words[1])")
            )
        }
        return number
    }

    private static func malformed(_ item: Substring, _ kind: Kind, _ problem: String) -> CronExpression.Malformed {
        CronExpression.Malformed(problem: "\(kind.name) '\(item.prefix(40))': \(problem)")
    }
}
