/// The sections that the texts of sample statutes may link to.
struct StatutesLinks {
    struct Target {
        var number: String
        var file: String
        var chapter: String
        var isArticle: Bool
        var part: Int?
    }

    private let targets: [Target]
    private var places: [String: Range<Int>] = [:]

    /// - Parameter titles: those of the first edition, so that no later one changes a link.
    init(_ titles: [StatutesOutline.Title]) {
        var targets: [Target] = []
        for chapter in titles.flatMap(\.chapters) {
            let start = targets.count
            for section in chapter.sections where section.isTarget {
                targets.append(
                    Target(
                        number: section.numbers[0],
                        file: chapter.file,
                        chapter: chapter.number,
                        isArticle: chapter.isArticle,
                        part: section.part
                    )
                )
            }
            places[chapter.file] = start..<targets.count
        }
        self.targets = targets
    }

    /// Any section that is not on a page; `nil` when none is found.
    func pick(_ random: inout SampleRandom, outside file: String) -> Target? {
        for _ in 0..<20 where !targets.isEmpty {
            let target = targets[random.below(targets.count)]
            if target.file != file { return target }
        }
        return nil
    }

    /// A section of a page; `nil` when there is none.
    func pick(_ random: inout SampleRandom, on file: String) -> Target? {
        guard let range = places[file], !range.isEmpty else { return nil }
        return targets[range.lowerBound + random.below(range.count)]
    }
}
