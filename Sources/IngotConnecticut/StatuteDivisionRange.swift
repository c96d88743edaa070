import IngotLaw

/// The chapters that a line names together: `Chapter 24`, `Chapters 26 to 27`, `Chapters 5, 6 and 9`.
struct StatuteDivisionRange {
    let isArticle: Bool
    /// From one chapter to another, both included; one when they are equal.
    let runs: [(first: StatuteDivision, last: StatuteDivision)]
    /// As printed.
    let printed: String
    /// What stands behind it.
    let rest: String

    /// - Returns: `nil` for a text that does not begin so.
    init?(_ text: String) {
        let words = text.split { $0.isWhitespace }
        guard let name = words.first?.lowercased(), ["chapter", "chapters", "article", "articles"].contains(name) else {
            return nil
        }
        let isArticle = name.hasPrefix("article")
        var runs: [(first: StatuteDivision, last: StatuteDivision)] = []
        var index = 1
        var isThrough = false
        var end = 1
        while index < words.count {
            let number = words[index].prefix { $0.isASCII && ($0.isLetter || $0.isNumber) }
            guard number.first?.isNumber == true else { break }
            let division = StatuteDivision(isArticle: isArticle, number: String(number))
            if isThrough, let first = runs.popLast()?.first {
                runs.append((first, division))
            } else {
                runs.append((division, division))
            }
            index += 1
            end = index
            isThrough = false
            let tail = words[index - 1].dropFirst(number.count)
            guard index < words.count else { break }
            switch words[index].lowercased() {
            case "to", "through":
                isThrough = true
                index += 1
            case "and", "&": index += 1
            default: if tail != "," { index = words.count }
            }
        }
        guard !runs.isEmpty else { return nil }
        self.isArticle = isArticle
        self.runs = runs
        printed = words[..<end].joined(separator: " ")
        rest = words[end...].joined(separator: " ")
    }

    var first: StatuteDivision { runs[0].first }

    /// The last step of the key: `ch24`, `ch26...27`, `ch5,6,9`.
    var step: String {
        let numbers = runs.map { run in
            let first = run.first.number.lowercased()
            return run.first == run.last ? first : "\(first)...\(run.last.number.lowercased())"
        }
        return (isArticle ? "art" : "ch") + numbers.joined(separator: ",")
    }

    /// What stands for the chapters in references that do not say the title.
    var covers: [LawKeyRange] {
        runs.map { LawKeyRange(first: StatuteKey.chapter($0.first.number), last: StatuteKey.chapter($0.last.number)) }
    }
}
