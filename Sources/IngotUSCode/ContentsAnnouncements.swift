import IngotLaw

/// What the document's tables of contents announce, and which nodes it turns out to be.
///
/// Only what is in a line's first column announces: the section number after a chapter's name says where the chapter
/// begins. A line announces by its links or, without any, by its numbers below the column's head `Sec.` or `Rule`.
struct ContentsAnnouncements {
    private struct Announcement {
        var key: String
        /// The line says that it is repealed or the like, so it may be gone altogether.
        var isDead: Bool
        /// A footnote tells that contents and law do not agree here.
        var isAnnotated: Bool
    }

    private var announcements: [Announcement] = []
    private var covers: [(range: LawKeyRange, key: String)] = []

    // The table and the line that are being read.
    private var scope = ""
    /// What the first column's numbers number, as keys begin with it; `nil` when that is not known.
    private var mark: String?
    private var links: [String] = []
    private var column = 0
    private var firstColumnEnd: Int?
    private var isAnnotated = false

    // MARK: - Reading

    /// - Parameter scope: the key of the document, act or body of rules within which sections are numbered.
    mutating func beginTable(scope: String) {
        self.scope = scope
        mark = nil
    }

    mutating func beginLine() {
        links = []
        column = 0
        firstColumnEnd = nil
        isAnnotated = false
    }

    /// - Parameter length: of the line's text so far.
    mutating func beginColumn(at length: Int) {
        column += 1
        if column == 2 { firstColumnEnd = length }
    }

    mutating func link(_ key: String) {
        if column <= 1 { links.append(key) }
    }

    mutating func annotate() {
        isAnnotated = true
    }

    /// The heads of the columns: `Sec.` and an empty one; or a heading between the lines, which says nothing here.
    mutating func endHead(_ text: TextFlow) {
        let first = text.string(to: min(firstColumnEnd ?? text.length, text.length)).lowercased()
        let head = first.filter(\.isLetter)
        if let mark = Self.marks[head] {
            self.mark = mark
        } else if Self.otherHeads.contains(head), !first.contains(where: \.isNumber) {
            mark = nil
        }
    }

    private static let marks = [
        "sec": "s", "secs": "s", "section": "s", "sections": "s", "rule": "rule", "rules": "rule",
    ]

    private static let otherHeads: Set<String> = [
        "chap", "chapter", "chapters", "subchap", "subchapter", "part", "subpart", "subtitle", "title", "division",
        "subdivision", "article", "item", "form", "plan", "",
    ]

    mutating func endLine(_ text: TextFlow) {
        let end = min(firstColumnEnd ?? text.length, text.length)
        let first = text.string(to: end)
        let numbers = SectionNumbers(first.drop { $0.isWhitespace || $0 == "[" || $0 == "(" || $0 == "§" })
        let isDead =
            first.hasPrefix("[") || StatusWords.close(text.string(from: end)) || StatusWords.close(String(numbers.rest))
        var keys = links
        if links.isEmpty, let mark {
            keys = numbers.runs.flatMap { [$0.first, $0.last] }.map { "\(scope)/\(mark)\($0)" }
        }
        for key in keys {
            announcements.append(Announcement(key: key, isDead: isDead, isAnnotated: isAnnotated))
        }
    }

    mutating func nodeCovers(_ ranges: [LawKeyRange], key: String) {
        covers += ranges.map { ($0, key) }
    }

    // MARK: - Resolving

    /// The keys of the nodes that were announced, as in force and as not; a key that no node has, nor stands for, where
    /// the node is missing.
    func resolved(isKey: (String) -> Bool) -> (inForce: [String], dead: [String]) {
        var inForce: [String] = []
        var dead: [String] = []
        var found: Set<String> = []
        for announcement in announcements {
            var key = announcement.key
            var isThere = isKey(key)
            if !isThere, let cover = covers.first(where: { $0.range.contains(key) }) {
                key = cover.key
                isThere = true
            }
            guard found.insert(key).inserted else { continue }
            if announcement.isDead || announcement.isAnnotated && !isThere {
                dead.append(key)
            } else {
                inForce.append(key)
            }
        }
        return (inForce, dead)
    }
}
