/// The sections that tables of contents announce, and which nodes they turn out to be.
///
/// Only what is in an item's first column announces: the section numbers after a chapter's name only say where it
/// begins. Items that call themselves dead announce nothing, for the section may be gone altogether.
struct AnnouncedSections {
    private var announced: [String] = []
    private var itemLinks: [String] = []
    private var column = 0

    // MARK: - Reading

    mutating func beginItem() {
        itemLinks = []
        column = 0
    }

    mutating func beginColumn() {
        column += 1
    }

    mutating func link(_ key: String) {
        if column <= 1, USCodeReference.isSection(key) { itemLinks.append(key) }
    }

    mutating func endItem(text: String) {
        let words = text.lowercased()
        if !Self.deadWords.contains(where: words.contains) { announced += itemLinks }
        itemLinks = []
    }

    private static let deadWords = [
        "repealed", "omitted", "transferred", "renumbered", "reserved", "vacant", "eliminated", "terminated",
        "executed",
        "reclassified", "superseded", "abolished", "rescinded", "abrogated", "deleted",
    ]

    // MARK: - Resolving

    /// The keys of the nodes that were announced; a key that no node has where a section is missing.
    ///
    /// One node can stand for several sections (`s48...49`, `s48, 49`, two identifiers), and the contents of compiled
    /// acts name their sections by other paths than the sections themselves do.
    func resolved(among keys: some Collection<String>) -> [String] {
        let exact = Set(keys)
        var found: Set<String> = []
        guard !announced.allSatisfy(exact.contains) else { return announced.filter { found.insert($0).inserted } }
        var bySection: [Substring: String] = [:]
        var ranges: [(first: Number, last: Number, key: String)] = []
        for key in keys {
            let identifiers = key.contains("...") ? [] : key.split(separator: " ").filter { $0.hasPrefix("/") }
            for identifier in identifiers { bySection[Self.lastStep(identifier)] = key }
            if let range = Self.range(Self.lastStep(key[...])) { ranges.append((range.first, range.last, key)) }
        }
        var resolved: [String] = []
        for section in announced {
            var key = section
            if !exact.contains(section) {
                let step = Self.lastStep(section[...])
                if let other = bySection[step] {
                    key = other
                } else if let number = Number(step.dropFirst()),
                    let range = ranges.first(where: { $0.first <= number && number <= $0.last })
                {
                    key = range.key
                }
            }
            if found.insert(key).inserted { resolved.append(key) }
        }
        return resolved
    }

    private static func lastStep(_ key: Substring) -> Substring {
        key.split(separator: "/").last ?? ""
    }

    /// The first and last section of `s143...146`, `s234 to 238` or `s48, 49`.
    private static func range(_ step: Substring) -> (first: Number, last: Number)? {
        guard step.first == "s" else { return nil }
        for mark in ["...", " to ", ", "] {
            let ends = step.dropFirst().split(separator: mark)
            guard ends.count > 1, let first = Number(ends[0]), let last = Number(ends[ends.count - 1]) else { continue }
            return (first, last)
        }
        return nil
    }

    /// A section's number: 2 before 10, 10 before 10a.
    private struct Number: Comparable {
        private let digits: Int
        private let rest: Substring

        init?(_ text: Substring) {
            let start = text.prefix { $0.isASCII && $0.isNumber }
            guard let digits = Int(start) else { return nil }
            self.digits = digits
            rest = text[start.endIndex...]
        }

        static func < (left: Number, right: Number) -> Bool {
            (left.digits, left.rest) < (right.digits, right.rest)
        }
    }
}
