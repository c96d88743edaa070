/// What somebody types into a search, as an expression of SQLite's full-text search (<https://sqlite.org/fts5.html>).
///
/// The language: all words must occur; `"words in quotes"` occur side by side; `legislat*` stands for every word with
/// that beginning; `-word` must not occur; `tax OR duty` is one or the other. Everything else is text: each term is
/// quoted in the expression, so that no input can be an error or reach the expression's own operators.
struct SearchQuery: Equatable {
    /// The longest text, in Unicode scalars.
    static let maximumLength = 500
    static let maximumTerms = 32
    /// The shortest beginning of a word that `*` may follow; shorter ones stand for too much of the index.
    private static let shortestPrefix = 3
    /// Beginnings in one question: each is looked up in the whole index.
    private static let maximumPrefixes = 3

    /// One word or phrase, as it is looked for.
    private struct Term {
        var text: String
        var isPrefix: Bool
        var isExcluded: Bool
    }

    let expression: String

    /// - Throws: ``LawSearchError``.
    init(_ text: String) throws {
        guard text.unicodeScalars.count <= Self.maximumLength else {
            throw LawSearchError.tooLong(limit: Self.maximumLength)
        }
        var scanner = Scanner(text)
        var alternatives: [[Term]] = []
        var excluded: [Term] = []
        var joinsPrevious = false
        var count = 0
        var prefixes = 0
        while let token = scanner.next() {
            guard case .term(let term) = token else {
                joinsPrevious = !alternatives.isEmpty
                continue
            }
            guard Self.holdsWord(term.text) else { continue }
            count += 1
            guard count <= Self.maximumTerms else { throw LawSearchError.tooManyTerms(limit: Self.maximumTerms) }
            if term.isPrefix, Self.lastWordLength(term.text) < Self.shortestPrefix {
                throw LawSearchError.prefixTooShort(term.text, minimum: Self.shortestPrefix)
            }
            prefixes += term.isPrefix ? 1 : 0
            guard prefixes <= Self.maximumPrefixes else {
                throw LawSearchError.tooManyPrefixes(limit: Self.maximumPrefixes)
            }
            if term.isExcluded {
                excluded.append(term)
            } else if joinsPrevious {
                alternatives[alternatives.count - 1].append(term)
            } else {
                alternatives.append([term])
            }
            joinsPrevious = false
        }
        guard !alternatives.isEmpty else {
            throw excluded.isEmpty ? LawSearchError.nothingToFind : LawSearchError.onlyExclusions
        }
        let wanted = alternatives.map { Self.any(of: $0) }.joined(separator: " AND ")
        expression = excluded.isEmpty ? wanted : "(\(wanted)) NOT \(Self.any(of: excluded))"
    }

    /// An expression for texts side by side, one of them or another.
    init(phrases: [String]) { expression = phrases.map(Self.quoted).joined(separator: " OR ") }

    private static func any(of terms: [Term]) -> String {
        "(" + terms.map(expression).joined(separator: " OR ") + ")"
    }

    private static func expression(of term: Term) -> String {
        let quoted = quoted(term.text)
        guard term.isPrefix else { return quoted }
        guard !term.text.contains(where: \.isWhitespace) else { return "\(quoted) *" }
        // The index holds stems: "legislation" is there as "legisl", which does not begin with "legislat". Words that
        // people form with common endings have the stem of what they mean.
        let words = ["e", "ion", "ing"].map { Self.quoted(term.text + $0) }
        return ([quoted + " *"] + words).joined(separator: " OR ")
    }

    /// Text as a string of the expression; what would end it early is not text.
    private static func quoted(_ text: String) -> String {
        let clean = text.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }
        return "\"" + String(String.UnicodeScalarView(clean)).replacing("\"", with: "\"\"") + "\""
    }

    /// Whether the index would find a word in the text: it keeps letters, numbers and private-use characters.
    static func holdsWord(_ text: String) -> Bool { text.unicodeScalars.contains(where: isWordPart) }

    private static func lastWordLength(_ text: String) -> Int {
        text.unicodeScalars.reversed().prefix(while: isWordPart).count
    }

    private static func isWordPart(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber, .privateUse:
            true
        default: false
        }
    }

    // MARK: - Words and quotes

    private enum Token {
        case term(Term)
        case or
    }

    /// Takes terms off the text, from its start.
    private struct Scanner {
        private var rest: Substring.UnicodeScalarView

        init(_ text: String) { rest = Substring(text).unicodeScalars }

        private static func isQuote(_ scalar: Unicode.Scalar) -> Bool { "\"“”„".unicodeScalars.contains(scalar) }

        /// A control character separates words, as it would end the expression for SQLite.
        private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
            scalar.properties.isWhitespace || scalar.value < 0x20
        }

        mutating func next() -> Token? {
            rest = rest.drop(while: Self.isSpace)
            guard !rest.isEmpty else { return nil }
            var isExcluded = false
            if rest.first == "-", let second = rest.dropFirst().first, !Self.isSpace(second) {
                isExcluded = true
                rest.removeFirst()
            }
            var text: Substring.UnicodeScalarView
            var isPrefix = false
            if let first = rest.first, Self.isQuote(first) {
                rest.removeFirst()
                text = rest.prefix { !Self.isQuote($0) }
                rest = rest[text.endIndex...].dropFirst()
                if rest.first == "*" {
                    isPrefix = true
                    rest.removeFirst()
                }
            } else {
                text = rest.prefix { !Self.isQuote($0) && !Self.isSpace($0) }
                rest = rest[text.endIndex...]
                while text.last == "*" {
                    isPrefix = true
                    text.removeLast()
                }
                if !isExcluded, !isPrefix, text.elementsEqual("OR".unicodeScalars) { return .or }
            }
            return .term(Term(text: String(text), isPrefix: isPrefix, isExcluded: isExcluded))
        }
    }
}
