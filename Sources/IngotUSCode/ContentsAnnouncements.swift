import IngotLaw

/// What the document's tables of contents announce, and which nodes it turns out to be.
///
/// Only what is in a line's first column announces: the section number after a chapter's name says where the chapter
/// begins. A line announces by its links or, without any, by its numbers below the column's head: `Sec.`, `Chap.`.
struct ContentsAnnouncements {
    private struct Announcement {
        var key: String
        /// The line says that it is repealed or the like, so it may be gone altogether.
        var isDead: Bool
        /// A footnote says that what the line names is repealed or the like.
        var isAnnotated: Bool
        /// The key was put together from a number, so its path may be another one.
        var isByNumber: Bool
        /// The document, act or body of rules in which it is announced.
        var scope: String
    }

    private var announcements: [Announcement] = []
    private var covers: [(range: LawKeyRange, key: String)] = []

    // The table and the line that are being read.
    private var scope = ""
    private var owner = ""
    /// What a key consists of before the first column's number; `nil` when that is not known.
    private var stem: String?
    private var links: [String] = []
    private var column = 0
    private var firstColumnEnd: Int?
    private var isAnnotated = false

    // MARK: - Reading

    /// - Parameters:
    ///   - scope: the key of the document, act or body of rules within which sections are numbered.
    ///   - owner: the key of the node whose contents they are, within which chapters and parts are numbered.
    mutating func beginTable(scope: String, owner: String) {
        self.scope = scope
        self.owner = owner
        stem = nil
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

    /// A footnote to the line: only one that speaks of a repeal or the like explains that something is missing.
    mutating func annotate(_ text: String) {
        if StatusWords.areCertain(in: text) { isAnnotated = true }
    }

    /// The heads of the columns: `Sec.` and an empty one; or a heading between the lines, which says nothing here.
    mutating func endHead(_ text: TextFlow) {
        let first = text.string(to: min(firstColumnEnd ?? text.length, text.length)).lowercased()
        let head = first.filter(\.isLetter)
        if let mark = Self.sectionMarks[head] {
            stem = "\(scope)/\(mark)"
        } else if let mark = Self.levelMarks[head], !first.contains(where: \.isNumber) {
            stem = "\(owner)/\(mark)"
        } else if ["item", "form", "plan", ""].contains(head) {
            stem = nil
        }
    }

    private static let sectionMarks = [
        "sec": "s", "secs": "s", "section": "s", "sections": "s", "rule": "rule", "rules": "rule",
    ]

    private static let levelMarks = [
        "subtitle": "st", "division": "d", "chap": "ch", "chapter": "ch", "chapters": "ch", "subchap": "sch",
        "subchapter": "sch", "part": "pt", "subpart": "spt", "article": "art",
    ]

    mutating func endLine(_ text: TextFlow) {
        let end = min(firstColumnEnd ?? text.length, text.length)
        let first = text.string(to: end)
        let numbers = SectionNumbers(first.drop { $0.isWhitespace || $0 == "[" || $0 == "(" || $0 == "§" })
        let isDead =
            first.hasPrefix("[") || StatusWords.close(text.string(from: end)) || StatusWords.close(String(numbers.rest))
        var keys = links
        if links.isEmpty, let stem {
            let ends = numbers.runs.flatMap { $0.first == $0.last ? [$0.first] : [$0.first, $0.last] }
            keys = (ends.isEmpty ? Self.letters(first).map { [$0] } ?? [] : ends).map { stem + $0 }
        }
        for key in keys {
            announcements.append(
                Announcement(
                    key: key,
                    isDead: isDead,
                    isAnnotated: isAnnotated,
                    isByNumber: links.isEmpty,
                    scope: scope
                )
            )
        }
    }

    /// A number in letters that is all of a column: `IV.`, `[A.`.
    private static func letters(_ column: String) -> String? {
        let letters = column.drop { $0 == "[" }.prefix { $0.isASCII && $0.isUppercase }
        let rest = column[letters.endIndex...]
        return letters.isEmpty || !["", "."].contains(rest) ? nil : String(letters)
    }

    mutating func nodeCovers(_ ranges: [LawKeyRange], key: String) {
        covers += ranges.map { ($0, key) }
    }

    // MARK: - Resolving

    /// The keys of the nodes that were announced, as in force and as not; a key that no node has, nor stands for, where
    /// the node is missing.
    func resolved(among keys: some Collection<String>, isKey: (String) -> Bool) -> (inForce: [String], dead: [String]) {
        var inForce: [String] = []
        var dead: [String] = []
        var found: Set<String> = []
        var lost: [Announcement] = []
        func file(_ announcement: Announcement, as key: String, isThere: Bool) {
            guard found.insert(key).inserted else { return }
            // Without a link, what is above sections is announced under names of many shapes: a chapter that no node is
            // known by need not be missing, and is only missed when the live revision had it.
            let isCertain =
                !announcement.isAnnotated && (!announcement.isByNumber || USCodeReference.isSection(key))
            if announcement.isDead || !isThere && !isCertain {
                dead.append(key)
            } else {
                inForce.append(key)
            }
        }
        // What one table calls repealed may stand in another that was not brought up to date: either explains it.
        for announcement in announcements.filter(\.isDead) + announcements.filter({ !$0.isDead }) {
            if isKey(announcement.key) {
                file(announcement, as: announcement.key, isThere: true)
            } else if let cover = covers.first(where: { $0.range.contains(announcement.key) }) {
                file(announcement, as: cover.key, isThere: true)
            } else {
                lost.append(announcement)
            }
        }
        // A number that leads nowhere may be that of a node with another path, unless a line of its own announces it.
        let strays = lost.contains(where: \.isByNumber) ? keys.filter { !found.contains($0) } : []
        for announcement in lost {
            let step = announcement.key[(announcement.key.lastIndex(of: "/") ?? announcement.key.startIndex)...]
            let scope = announcement.scope + "/"
            let stray =
                announcement.isByNumber
                ? strays.first { $0.hasPrefix(scope) && $0.hasSuffix(step) && !found.contains($0) } : nil
            file(announcement, as: stray ?? announcement.key, isThere: stray != nil)
        }
        return (inForce, dead)
    }
}
