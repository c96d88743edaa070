/// Which titles, chapters and sections the sample statutes have in one of their editions.
///
/// Nothing is taken out of it from one edition to the next: as in the real statutes, a section that is gone is still
/// printed, as repealed.
struct StatutesOutline {
    struct Title {
        enum State: Equatable {
            case inForce
            /// On the index without a link.
            case reserved
            /// Linked, with a remark that nothing in it is in force.
            case inactive(remark: String)
        }

        /// For example `42a`.
        var designation: String
        var index: Int
        var name: String
        var state: State
        var chapters: [Chapter] = []
        /// For example `Chapters 24 to 25`: what a reserved title stands for.
        var reservedChapters: String?
        var hasFrontNotes: Bool { index % 3 == 0 }
        var file: String { SampleStatutes.fileName("title", designation) }
    }

    struct Chapter {
        /// For example `319yy`, or `2A` of an article.
        var number: String
        var isArticle = false
        /// Its place among all chapters, from 0.
        var index: Int
        var name: String
        var sections: [Block] = []
        var isConditionallyRepealed = false
        /// Whether its heading is starred and front notes follow it.
        var hasFrontNotes: Bool { index % 4 == 1 }
        var file: String { SampleStatutes.fileName(isArticle ? "art" : "chap", number) }
        var label: String { "\(isArticle ? "Article" : "Chapter") \(number)" }
    }

    /// What one heading of a section prints: one section, or several of which nothing else is left.
    struct Block {
        var kind: SampleStatutes.Section.Kind
        var form: SampleStatutes.Section.Form
        /// Where its text comes from: its place among all sections of the first edition, from 0.
        var place: Int
        /// The edition that added it.
        var added = 1
        /// The number printed, or the first and the last of several.
        var numbers: [String]
        /// The plain number that its own is, or grew out of: `15` of `1-15a`.
        var base: Int
        /// Places of its part and its subpart in the chapter, from 0.
        var part: Int?
        var subpart: Int?
        /// The editions that changed its text.
        var changes: [Int] = []
        /// The edition that repealed it.
        var repealed: Int?
        /// The number that it once had.
        var formerly: String?
        var hasRepealedSubsection = false
        /// The id of another section that its heading wrongly has.
        var wrongAnchor: String?

        var anchor: String {
            if let wrongAnchor { return wrongAnchor }
            switch form {
            case .single: return "sec_\(numbers[0])"
            case .range: return "secs_\(numbers[0])_to_\(numbers[1])"
            case .pair: return "secs_\(numbers[0])_and_\(numbers[1])"
            }
        }

        /// Whether other texts may link to it.
        var isTarget: Bool { kind == .inForce && form == .single && wrongAnchor == nil && added == 1 }

        func isTouched(byEdition edition: Int) -> Bool {
            added == edition || changes.contains(edition) || repealed == edition
        }
    }

    private(set) var titles: [Title]
    /// Where the links of all texts lead to, the same in every edition.
    let links: StatutesLinks

    init(_ statutes: SampleStatutes) {
        var titles = StatutesTitles.titles(statutes)
        var numbering = StatutesNumbering(statutes)
        for title in titles.indices { numbering.fill(&titles[title]) }
        Self.misplaceAnchor(&titles)
        links = StatutesLinks(titles)
        for edition in 2...max(statutes.edition, 2) where edition <= statutes.edition {
            StatutesAmendments(statutes, edition).amend(&titles)
        }
        self.titles = titles
    }

    /// Only what an edition changed, added and repealed, and the chapters and titles that have any of it.
    func changes(ofEdition edition: Int) -> StatutesOutline {
        var changes = self
        for title in changes.titles.indices {
            for chapter in changes.titles[title].chapters.indices {
                changes.titles[title].chapters[chapter].sections.removeAll { !$0.isTouched(byEdition: edition) }
            }
            changes.titles[title].chapters.removeAll(where: \.sections.isEmpty)
        }
        changes.titles.removeAll(where: \.chapters.isEmpty)
        return changes
    }

    /// Gives one section the id of another one, in another title, that has it rightly.
    private static func misplaceAnchor(_ titles: inout [Title]) {
        func places(_ title: Title) -> [(Int, Int)] {
            title.chapters.indices.flatMap { chapter in
                title.chapters[chapter].sections.indices
                    .filter { title.chapters[chapter].sections[$0].isTarget }
                    .map { (chapter, $0) }
            }
        }
        guard let title = titles.firstIndex(where: { $0.designation == "17b" }),
            let (chapter, section) = places(titles[title]).last,
            let first = titles.first, let (otherChapter, otherSection) = places(first).first
        else { return }
        titles[title].chapters[chapter].sections[section].wrongAnchor =
            first.chapters[otherChapter].sections[otherSection].anchor
    }
}
