import IngotLaw

extension FlowingText {
    /// The places that the text refers to: by the page's own links, and by printed numbers that are no links, in the order
    /// of the text.
    var references: [LawReference] { references() }

    /// - Parameters:
    ///   - relation: of the places named to the node that names them.
    ///   - part: the part of the text that is meant; `nil` for all.
    func references(relation: LawReference.Relation? = nil, within part: String? = nil) -> [LawReference] {
        let scalars = Array(text.unicodeScalars)
        var found = links.compactMap { link -> (start: Int, reference: LawReference)? in
            guard link.start + link.length <= scalars.count else { return nil }
            let shown = String.UnicodeScalarView(scalars[link.start..<link.start + link.length])
            return (link.start, StatuteReference.link(link.href, text: String(shown)))
        }
        let start = part.map { scalars.count - $0.unicodeScalars.count } ?? 0
        for printed in PrintedReferences(scalars, from: start).found
        where !links.contains(where: { $0.start < printed.end && printed.start < $0.start + $0.length }) {
            let words = String(String.UnicodeScalarView(scalars[printed.start..<printed.end]))
            found.append(
                (printed.start, LawReference(href: printed.target, text: words, kind: .node, target: printed.target))
            )
        }
        return found.sorted { $0.start < $1.start }.map { entry in
            var reference = entry.reference
            reference.relation = relation
            return reference
        }
    }
}

/// Finds the sections, chapters and titles that a text names: `section 53a-28`, `Secs. 53a-35 and 53a-35a`,
/// `chapter 881b`, `title 42a`, `42 USC 1396a`.
struct PrintedReferences {
    struct Found: Equatable {
        /// Of the number, in Unicode scalars.
        var start: Int
        var end: Int
        var target: String
    }

    private struct Word {
        var start: Int
        /// Without the punctuation around it.
        var text: Substring
        var lowercased: String
        /// What stands behind the word: `,`, `).`.
        var tail: Substring
    }

    private(set) var found: [Found] = []
    private let words: [Word]

    init(_ scalars: [Unicode.Scalar], from start: Int = 0) {
        words = Self.words(scalars, from: start)
        for index in words.indices {
            switch words[index].lowercased {
            case "section", "sections", "sec", "secs", "§", "§§":
                let isFederal = index > 0 && ["usc", "u.s.c", "cfr"].contains(words[index - 1].lowercased)
                if !isFederal { findNumbers(after: index, Self.section) }
            case "chapter", "chapters", "ch", "chs": findNumbers(after: index, Self.chapter)
            // Titles of other codes are written with a capital.
            case "title" where words[index].text == "title", "titles" where words[index].text == "titles":
                findNumbers(after: index, Self.title)
            case "usc", "u.s.c": findFederal(at: index)
            default: break
            }
        }
    }

    private static func words(_ scalars: [Unicode.Scalar], from start: Int) -> [Word] {
        var words: [Word] = []
        var index = start
        while index < scalars.count {
            guard scalars[index] != " " else {
                index += 1
                continue
            }
            let end = scalars[index...].firstIndex(of: " ") ?? scalars.count
            var first = index
            while first < end, "([“\"‘".unicodeScalars.contains(scalars[first]) { first += 1 }
            var last = end
            while last > first, ".,;:)]”\"’".unicodeScalars.contains(scalars[last - 1]) { last -= 1 }
            // Subsections in brackets belong to what they follow, not to the number.
            if let bracket = scalars[first..<last].firstIndex(of: "("), bracket > first { last = bracket }
            let text = String(String.UnicodeScalarView(scalars[first..<last]))
            let tail = String(String.UnicodeScalarView(scalars[last..<end]))
            words.append(Word(start: first, text: text[...], lowercased: text.lowercased(), tail: tail[...]))
            index = end
        }
        return words
    }

    /// Takes the numbers after a word, as many as are joined.
    private mutating func findNumbers(after index: Int, _ target: (Substring) -> String?) {
        var index = index + 1
        var taken: [Found] = []
        while index < words.count {
            let word = words[index]
            if ["and", "or", "to", "through", "inclusive"].contains(word.lowercased) {
                index += 1
                continue
            }
            guard let target = target(word.text) else { break }
            taken.append(
                Found(start: word.start, end: word.start + word.text.unicodeScalars.count, target: target)
            )
            index += 1
            // After a full stop another sentence begins.
            if word.tail.contains(".") || word.tail.contains(";") { break }
        }
        // `chapter 7 of Title 11 of the United States Code` is none of ours.
        if index + 1 < words.count, words[index].lowercased == "of", namesOtherLaw(from: index + 1) { return }
        found += taken
    }

    /// Whether the words after `of` name regulations, an act or federal law: `the Social Security Act`.
    private func namesOtherLaw(from index: Int) -> Bool {
        for word in words[index..<min(index + 8, words.count)] {
            switch word.lowercased {
            case "general", "statutes", "section", "sections", "chapter", "subsection": return false
            case "regulations", "act", "federal", "united", "code", "constitution": return true
            default: if word.tail.contains(".") || word.tail.contains(";") || word.tail.contains(",") { return false }
            }
        }
        return false
    }

    /// Takes a citation of the United States Code.
    ///
    /// For example `42 USC 1396a`
    private mutating func findFederal(at index: Int) {
        guard index > 0, index + 1 < words.count else { return }
        let title = words[index - 1]
        var number = words[index + 1]
        if ["§", "§§", "section"].contains(number.lowercased), index + 2 < words.count { number = words[index + 2] }
        let isTitle = (1...2).contains(title.text.count) && title.text.allSatisfy { $0.isASCII && $0.isNumber }
        guard isTitle, number.text.first?.isNumber == true,
            number.text.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") })
        else { return }
        found.append(
            Found(
                start: title.start,
                end: number.start + number.text.unicodeScalars.count,
                target: "/us/usc/t\(title.text)/s\(number.text)"
            )
        )
    }

    private static func section(_ text: Substring) -> String? {
        guard let number = SectionDesignation.number(text), number.endIndex == text.endIndex else { return nil }
        // Only title 42a's numbers have two hyphens; others are those of regulations.
        let hyphens = number.count { SectionDesignation.isHyphen($0) }
        guard hyphens == 1 || number.lowercased().hasPrefix("42a-") else { return nil }
        return SectionDesignation.key(of: number)
    }

    private static func chapter(_ text: Substring) -> String? { isPlain(text) ? StatuteKey.chapter(text) : nil }

    private static func title(_ text: Substring) -> String? { isPlain(text) ? StatuteKey.title(text) : nil }

    /// Up to three digits, then up to two letters.
    private static func isPlain(_ text: Substring) -> Bool {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let letters = text.dropFirst(digits.count)
        return (1...3).contains(digits.count) && letters.count <= 2 && letters.allSatisfy { $0.isASCII && $0.isLetter }
    }
}
