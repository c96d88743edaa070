/// Made-up statutes in the real format of Connecticut's, of any size; equal ones give equal bytes.
///
/// They have what the real pages have, however odd: the byte-order mark, CRLF, numeric entities, `href =` with a space,
/// capitals in addresses, an italic l in numbers, starred headings with front notes, parts and subparts, reserved,
/// transferred and repealed sections, tables, articles beside chapters of the same numbers, reserved and inactive
/// titles, and one section whose id is another one's.
public struct SampleStatutes: Sendable, Equatable {
    public let seed: UInt64
    /// Chapters and articles.
    public let chapters: Int
    /// Headings of sections in the first edition; a few stand for more than one section.
    public let sections: Int
    /// From 1, revised to January 1, 2025; each edition is two years younger than the one before it, and changes, adds
    /// and repeals a few of its sections.
    public let edition: Int

    /// How many chapters a sample may have.
    public static let chapterLimits = 16...2000
    public static let sectionLimit = 1_000_000
    public static let editionLimit = 20

    public init(seed: UInt64, chapters: Int = 24, sections: Int = 240, edition: Int = 1) {
        precondition(Self.chapterLimits.contains(chapters) && (1...Self.editionLimit).contains(edition))
        precondition((chapters...Self.sectionLimit).contains(sections))
        self.init(seed: seed, chapters: chapters, sections: sections, editionUnchecked: edition)
    }

    /// Also for the edition after the last one, whose changes the last one's supplement has.
    private init(seed: UInt64, chapters: Int, sections: Int, editionUnchecked edition: Int) {
        self.seed = seed
        self.chapters = chapters
        self.sections = sections
        self.edition = edition
    }

    /// The year that the index says the edition is revised to the first day of.
    public var year: Int { Self.year(ofEdition: edition) }
    /// The year that the edition's supplement is revised to the first day of.
    public var supplementYear: Int { year + 1 }

    static func year(ofEdition edition: Int) -> Int { 2023 + 2 * edition }

    /// What one heading of a section prints.
    public struct Section: Sendable, Equatable {
        public enum Kind: Sendable, Equatable {
            case inForce, reserved, transferred, repealed
        }

        /// Whether it stands for one section, for all from one to another, or for two.
        public enum Form: Sendable, Equatable {
            case single, range, pair
        }

        public var kind: Kind
        public var form: Form
        /// The number printed, or the two numbers of a range or a pair.
        public var numbers: [String]
        /// As printed after the number, with its full stop; empty where nothing is.
        public var caption: String
        /// The number in `(Formerly Sec. …)`.
        public var formerly: String?
        /// The title's number, for example `42a`.
        public var title: String
        /// The page that it is on, for example `chap_319yy.htm` or `art_002a.htm`.
        public var file: String
        /// The heading's id, which for one section is the id of another.
        public var anchor: String
        public var hasRepealedSubsection: Bool
    }

    /// One page.
    public struct Page: Sendable, Equatable {
        /// Below the site's root, for example `current/pub/chap_001.htm`.
        public var path: String
        public var bytes: [UInt8]
    }

    enum Tree {
        case current, currentWithSupplement, supplement
    }

    static let indexFile = "titles.htm"

    /// For example `title_01.htm`, `chap_319yy.htm`, `art_002a.htm`.
    static func fileName(_ kind: String, _ number: String) -> String {
        let digits = number.prefix { $0.isNumber }
        let width = kind == "title" ? 2 : 3
        let zeros = String(repeating: "0", count: max(width - digits.count, 0))
        return "\(kind)_\(zeros)\(number.lowercased()).htm"
    }

    /// All sections of the edition, in the order in which they are printed.
    public var allSections: [Section] { list(StatutesOutline(self).titles) }

    /// The sections that the edition's supplement prints: what the next edition changes, adds and repeals.
    public var supplementSections: [Section] { list(supplement.titles) }

    private var supplement: StatutesOutline {
        let next = SampleStatutes(seed: seed, chapters: chapters, sections: sections, editionUnchecked: edition + 1)
        return StatutesOutline(next).changes(ofEdition: edition + 1)
    }

    private func list(_ titles: [StatutesOutline.Title]) -> [Section] {
        titles.flatMap { title in
            title.chapters.flatMap { chapter in
                chapter.sections.map { block in
                    Section(
                        kind: block.kind,
                        form: block.form,
                        numbers: block.numbers,
                        caption: StatutesSection.caption(block, seed: seed),
                        formerly: block.formerly,
                        title: title.designation,
                        file: chapter.file,
                        anchor: block.anchor,
                        hasRepealedSubsection: block.hasRepealedSubsection
                    )
                }
            }
        }
    }

    // MARK: - Pages

    /// Gives page by page, first the index, then each title and its chapters.
    ///
    /// - Parameter withSupplement: also the pages of the year's supplement, which the index then has a note about.
    public func forEachPage<Failure: Error>(
        withSupplement: Bool = false,
        _ visit: (Page) throws(Failure) -> Void
    ) throws(Failure) {
        try forEachPage(StatutesOutline(self), withSupplement ? .currentWithSupplement : .current, visit)
        if withSupplement { try forEachPage(supplement, .supplement, visit) }
    }

    private func forEachPage<Failure: Error>(
        _ outline: StatutesOutline,
        _ tree: Tree,
        _ visit: (Page) throws(Failure) -> Void
    ) throws(Failure) {
        let folder = tree == .supplement ? "\(supplementYear)/sup" : "current/pub"
        let index = StatutesIndexPage(statutes: self, titles: outline.titles, tree: tree)
        try visit(Page(path: "\(folder)/\(Self.indexFile)", bytes: index.document()))
        for title in outline.titles where title.state != .reserved {
            let page = StatutesTitlePage(statutes: self, title: title)
            try visit(Page(path: "\(folder)/\(title.file)", bytes: page.document()))
            for chapter in title.chapters {
                let page = StatutesChapterPage(statutes: self, title: title, chapter: chapter, links: outline.links)
                try visit(Page(path: "\(folder)/\(chapter.file)", bytes: page.document()))
            }
        }
    }
}
