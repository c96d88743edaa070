import IngotLaw

/// What a section's heading says that the section is.
///
/// For example `Sec. 53a-24.`, `Secs. 1-1o to 1-1s.`, `Secs. 1-19 and 1-19a.`, `Secs. 4-1, 4-2 and 4-3.`
///
/// Numbers are a title, a hyphen and the rest: `1-1`, `4c-2`, `42a-2A-101`, `53a-117l`. The printed number is what
/// counts; anchors are sometimes wrong.
struct SectionDesignation: Equatable {
    /// Numbers from one to another, both included; one number when they are equal.
    struct Run: Equatable {
        var first: String
        var last: String
    }

    /// As printed, with the word before and the full stop after.
    ///
    /// For example `Sec. 53a-24.`
    let printed: String
    let runs: [Run]
    /// What stands after it: the caption.
    let rest: Substring

    /// - Returns: `nil` for a text that does not begin with `Sec.` or `Secs.` and a number.
    init?(_ text: String) {
        // A star points to a note.
        var reader = text.drop { $0 == "*" }
        let word = reader.prefix { $0.isLetter }
        guard ["sec", "secs", "section", "sections"].contains(word.lowercased()) else { return nil }
        reader = reader.dropFirst(word.count)
        if reader.first == "." { reader = reader.dropFirst() }
        reader = reader.drop { $0.isWhitespace }
        var runs: [Run] = []
        var isThrough = false
        while let number = Self.number(reader) {
            if isThrough, let run = runs.last, run.first == run.last {
                runs[runs.count - 1].last = String(number)
            } else {
                runs.append(Run(first: String(number), last: String(number)))
            }
            reader = reader[number.endIndex...].drop { $0 == "*" }
            guard let (joint, after) = Self.joint(reader), Self.number(after) != nil else { break }
            isThrough = joint == .through
            reader = after
        }
        guard !runs.isEmpty else { return nil }
        for ending in [", inclusive.", "."] where reader.hasPrefix(ending) {
            reader = reader.dropFirst(ending.count)
            break
        }
        self.runs = runs
        printed = String(text[..<reader.startIndex])
        rest = reader.drop { $0.isWhitespace }
    }

    /// The key of the node: `/us/ct/cgs/s53a-24`, `/us/ct/cgs/s1-1o...1-1s`, `/us/ct/cgs/s1-19,1-19a`.
    var key: String {
        StatuteKey.corpus + "/s"
            + runs.map {
                $0.first == $0.last ? Self.plain($0.first) : "\(Self.plain($0.first))...\(Self.plain($0.last))"
            }
            .joined(separator: ",")
    }

    /// The keys of the sections that a node of several stands for.
    var covers: [LawKeyRange] {
        if runs.count == 1, runs[0].first == runs[0].last { return [] }
        return runs.map { LawKeyRange(first: Self.key(of: $0.first), last: Self.key(of: $0.last)) }
    }

    /// The key of one section.
    static func key(of number: some StringProtocol) -> String { "\(StatuteKey.corpus)/s\(plain(number))" }

    /// Without what is written in two ways: case, and kinds of hyphens.
    private static func plain(_ number: some StringProtocol) -> String {
        String(number.lowercased().map { isHyphen($0) ? "-" : $0 })
    }

    static func isHyphen(_ character: Character) -> Bool { "-\u{2010}\u{2011}\u{2012}".contains(character) }

    /// As lawyers cite it: `Conn. Gen. Stat. § 53a-24`, `Conn. Gen. Stat. §§ 1-1o to 1-1s`.
    var citation: String {
        let numbers = runs.map { $0.first == $0.last ? $0.first : "\($0.first) to \($0.last)" }
        let isSingle = runs.count == 1 && runs[0].first == runs[0].last
        return "Conn. Gen. Stat. \(isSingle ? "§" : "§§") \(numbers.joined(separator: ", "))"
    }

    /// Reads an anchor: `sec_53a-24`, `secs_1-1o_to_1-1s`, `secs_53a-53_and_53a-54`.
    init?(anchor: String) {
        let words = anchor.split(separator: "_")
        guard let first = words.first, ["sec", "secs"].contains(first.lowercased()) else { return nil }
        self.init("Secs. " + words.dropFirst().joined(separator: " "))
    }

    /// The number at the front of a text.
    static func number(_ text: Substring) -> Substring? {
        var end = text.startIndex
        var hyphens = 0
        while end < text.endIndex {
            let character = text[end]
            if isHyphen(character) {
                let next = text.index(after: end)
                guard end > text.startIndex, next < text.endIndex, text[next].isNumber || text[next].isLetter else {
                    break
                }
                hyphens += 1
            } else if !(character.isASCII && (character.isNumber || character.isLetter)) {
                break
            }
            end = text.index(after: end)
        }
        let number = text[..<end]
        guard hyphens > 0, number.first?.isNumber == true else { return nil }
        return number
    }

    private enum Joint { case through, and }

    private static func joint(_ text: Substring) -> (Joint, Substring)? {
        for (words, joint) in joints where text.hasPrefix(words) { return (joint, text.dropFirst(words.count)) }
        return nil
    }

    private static let joints: [(String, Joint)] = [
        (" to ", .through), (" through ", .through), ("\u{2013}", .through), ("\u{2014}", .through),
        (", inclusive, and ", .and), (", inclusive, ", .and), (", and ", .and), (" and ", .and), (" & ", .and),
        (", ", .and),
    ]
}
