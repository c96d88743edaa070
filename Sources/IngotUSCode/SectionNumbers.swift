/// The numbers of sections or rules that one element or one line of contents stands for: `471...474b`,
/// `202 to 204`, `48, 49`, `209 and 210`.
struct SectionNumbers: Equatable {
    /// From one number to another, both included; one number when they are equal.
    struct Run: Equatable {
        var first: String
        var last: String
    }

    let runs: [Run]
    /// What stands after the numbers.
    let rest: Substring

    /// Reads numbers from the front of a text: as many as there are.
    init(_ text: some StringProtocol) {
        var runs: [Run] = []
        var rest = Self.trimmed(Substring(text))
        var joint: Joint?
        while let number = Self.number(rest) {
            if joint == .through, let run = runs.last, run.first == run.last {
                runs[runs.count - 1].last = String(number)
            } else {
                runs.append(Run(first: String(number), last: String(number)))
            }
            rest = rest[number.endIndex...]
            guard let (found, after) = Self.joint(rest), Self.number(after) != nil else { break }
            joint = found
            rest = after
        }
        self.runs = runs
        self.rest = rest
    }

    /// What stands between two numbers.
    private enum Joint {
        case also, through
    }

    private static func joint(_ text: Substring) -> (Joint, Substring)? {
        if text.hasPrefix("...") { return (.through, text.dropFirst(3)) }
        var rest = trimmed(text)
        var joint: Joint?
        if rest.first == "," {
            joint = .also
            rest = trimmed(rest.dropFirst())
        }
        for (word, meaning) in [("to", Joint.through), ("and", .also), ("or", .also)] {
            guard rest.hasPrefix(word), rest.dropFirst(word.count).first?.isWhitespace == true else { continue }
            joint = meaning
            rest = trimmed(rest.dropFirst(word.count))
            break
        }
        return joint.map { ($0, rest) }
    }

    /// Digits, then letters, digits, hyphens and points: `1a`, `300aa–1`, `26.2`; without the point that ends a line.
    private static func number(_ text: Substring) -> Substring? {
        guard let first = text.unicodeScalars.first, isDigit(first) else { return nil }
        let scalars = text.unicodeScalars
        var end = scalars.startIndex
        var index = end
        while index < scalars.endIndex {
            let scalar = scalars[index]
            let next = scalars.index(after: index)
            if isDigit(scalar) || isLetter(scalar) {
                end = next
            } else if scalar == "." {
                // Only a digit goes on with the number; a word is what the line says.
                guard next < scalars.endIndex, isDigit(scalars[next]) else { break }
            } else if scalar != "–", scalar != "-" {
                break
            }
            index = next
        }
        return text[..<end]
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
    }

    private static func trimmed(_ text: Substring) -> Substring { text.drop { $0.isWhitespace } }
}
