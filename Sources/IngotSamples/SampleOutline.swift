/// Which sections a sample title has in one of its editions, and in which chapters.
///
/// Sections keep their numbers from one edition to the next: one that is removed leaves a gap, one that is added gets
/// the number of the one before it and a letter.
struct SampleOutline {
    struct Section: Equatable {
        /// For example `12` or `12b`.
        var number: String
        /// Its place in the first edition, from 0; an added section has that of the one before it.
        var index: Int
        /// The edition that added it.
        var added: Int
        /// The editions that changed its text.
        var changes: [Int]
        var isRepealed: Bool
    }

    struct Chapter: Equatable {
        var number: Int
        var sections: [Section]
        /// Whether its sections stand in two subchapters.
        var hasSubchapters: Bool { number % 3 == 0 && sections.count > 3 }
    }

    static let sectionsInChapter = 12
    private(set) var chapters: [Chapter] = []

    init(_ title: SampleTitle) {
        var sections = (0..<title.sections).map { index in
            Section(
                number: String(index + 1),
                index: index,
                added: 1,
                changes: [],
                isRepealed: index % 11 == 10
            )
        }
        for edition in 2...max(title.edition, 2) where edition <= title.edition {
            Self.amend(&sections, title, edition)
        }
        for start in stride(from: 0, to: title.sections, by: Self.sectionsInChapter) {
            let range = start..<(start + Self.sectionsInChapter)
            chapters.append(
                Chapter(
                    number: start / Self.sectionsInChapter + 1,
                    sections: sections.filter { range.contains($0.index) }
                )
            )
        }
    }

    /// Changes about every fiftieth section, and adds and removes fewer, but one of each at least.
    private static func amend(_ sections: inout [Section], _ title: SampleTitle, _ edition: Int) {
        var random = SampleRandom(title.seed, UInt64(title.number), UInt64(edition), 0xA3E)
        guard sections.count > 3 else { return }
        for _ in 0..<(1 + sections.count / 200) {
            let place = random.below(sections.count)
            let index = sections[place].index
            let letters = sections.count { $0.index == index && $0.added > 1 }
            guard let letter = Unicode.Scalar(UInt32(97 + letters)), letters < 26 else { continue }
            let last = sections.lastIndex { $0.index == index } ?? place
            sections.insert(
                Section(
                    number: "\(index + 1)\(Character(letter))",
                    index: index,
                    added: edition,
                    changes: [],
                    isRepealed: false
                ),
                at: last + 1
            )
        }
        for _ in 0..<(1 + sections.count / 200) {
            let place = random.below(sections.count)
            // What was just added stays, so that every edition adds something.
            if sections[place].added != edition { sections.remove(at: place) }
        }
        for _ in 0..<(1 + sections.count / 50) {
            let place = random.below(sections.count)
            if sections[place].added != edition, sections[place].changes.last != edition {
                sections[place].changes.append(edition)
            }
        }
    }
}
