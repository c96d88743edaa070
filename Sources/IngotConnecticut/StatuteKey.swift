import IngotLaw

/// The stable names of the statutes' nodes.
enum StatuteKey {
    /// The statutes as a whole: what the index of titles says.
    static let corpus = "/us/ct/cgs"

    /// - Parameter number: as printed: `53a`.
    static func title(_ number: some StringProtocol) -> String { "\(corpus)/t\(number.lowercased())" }

    /// The key of a chapter, or of an article, which may have the same number: `/us/ct/cgs/t53a/ch952`.
    static func division(_ division: StatuteDivision, title: some StringProtocol) -> String {
        "\(self.title(title))/\(division.step)"
    }

    /// What a reference names that does not say the chapter's title; the chapter's node stands for it.
    static func chapter(_ number: some StringProtocol) -> String { "\(corpus)/ch\(number.lowercased())" }
}

/// A chapter, or one of title 42a's articles.
struct StatuteDivision: Equatable, Hashable {
    var isArticle: Bool
    /// As printed: `377a`, `2A`.
    var number: String

    init(isArticle: Bool, number: String) {
        self.isArticle = isArticle
        self.number = number
    }

    /// Reads `Chapter 377a`, `CHAPTER 952*` or `ARTICLE 2A`.
    init?(_ text: String) {
        let words = text.split { $0.isWhitespace }
        guard words.count >= 2 else { return nil }
        switch words[0].lowercased() {
        case "chapter": isArticle = false
        case "article": isArticle = true
        default: return nil
        }
        number = String(words[1].prefix { $0.isLetter || $0.isNumber })
        guard number.first?.isNumber == true else { return nil }
    }

    /// Reads what requests call it: `952`, `ch952`, `art2a`.
    init?(name: String) {
        let name = name.lowercased()
        isArticle = name.hasPrefix("art")
        number = String(name.drop { $0.isLetter })
        guard ["", "ch", "art"].contains(name.prefix { $0.isLetter }), !number.isEmpty,
            number.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) })
        else { return nil }
    }

    /// The last step of its key, which also names its unit: `ch952`, `art2a`.
    var step: String { (isArticle ? "art" : "ch") + number.lowercased() }

    /// Its place among the chapters and articles of its title.
    var order: Int { StatuteNumber.order(of: number, digitsLimit: 1023) + StatuteNumber.titlesEnd }

    /// Whether both are the same one, however the letters are written.
    func isSame(as other: StatuteDivision) -> Bool { step == other.step }
}

/// Numbers of titles, chapters and articles: digits, then letters: `4`, `42a`, `319ww`.
enum StatuteNumber {
    /// Orders of titles are below it, those of chapters above, as both stand in one unit.
    static let titlesEnd = 1 << 18

    static func order(ofTitle number: some StringProtocol) -> Int { order(of: number, digitsLimit: 255) }

    /// The larger the later: `4 < 4a < 4z < 4aa < 5`.
    static func order(of number: some StringProtocol, digitsLimit: Int) -> Int {
        let digits = number.prefix { $0.isASCII && $0.isNumber }
        var letters = 0
        for letter in number.dropFirst(digits.count).lowercased().unicodeScalars.prefix(2) {
            letters = letters * 27 + max(0, min(26, Int(letter.value) - 96))
        }
        return min(Int(digits) ?? digitsLimit, digitsLimit) << 10 | letters
    }
}
