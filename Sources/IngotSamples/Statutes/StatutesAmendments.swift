/// What one edition changes in the one before it: about every fiftieth section, and adds and repeals fewer, but one of
/// each at least.
struct StatutesAmendments {
    private let statutes: SampleStatutes
    private let edition: Int

    init(_ statutes: SampleStatutes, _ edition: Int) {
        self.statutes = statutes
        self.edition = edition
    }

    private enum Amendment {
        case change, addition, repeal
    }

    func amend(_ titles: inout [StatutesOutline.Title]) {
        let chosen = choose(titles)
        for title in titles.indices {
            for chapter in titles[title].chapters.indices {
                var sections: [StatutesOutline.Block] = []
                // An added section stands after all that its number grew out of.
                var waiting: StatutesOutline.Block?
                for var section in titles[title].chapters[chapter].sections {
                    if let added = waiting, added.base != section.base {
                        sections.append(added)
                        waiting = nil
                    }
                    switch section.added == 1 ? chosen[section.place] : nil {
                    case .change: section.changes.append(edition)
                    case .repeal:
                        section.kind = .repealed
                        section.repealed = edition
                        section.hasRepealedSubsection = false
                    case .addition: waiting = addition(after: section)
                    case nil: break
                    }
                    sections.append(section)
                }
                if let waiting { sections.append(waiting) }
                titles[title].chapters[chapter].sections = sections
            }
        }
    }

    private func addition(after section: StatutesOutline.Block) -> StatutesOutline.Block {
        // x, y and z, then xx, yy and so on: behind all letters that the first edition gives.
        let letter = ["x", "y", "z"][(edition - 2) % 3]
        let suffix = String(repeating: letter, count: (edition - 2) / 3 + 1)
        return StatutesOutline.Block(
            kind: .inForce,
            form: .single,
            place: section.place,
            added: edition,
            numbers: ["\(section.numbers[0])\(suffix)"],
            base: section.base,
            part: section.part,
            subpart: section.subpart
        )
    }

    private func choose(_ titles: [StatutesOutline.Title]) -> [Int: Amendment] {
        let candidates = titles.flatMap(\.chapters).flatMap(\.sections).filter { section in
            section.isTarget && section.formerly == nil
        }
        guard candidates.count > 3 else { return [:] }
        var chosen: [Int: Amendment] = [:]
        var random = SampleRandom(statutes.seed, UInt64(edition), 0xA3E)
        func isPlain(_ section: StatutesOutline.Block) -> Bool { section.numbers[0].last?.isNumber == true }
        for section in candidates {
            switch random.below(400) {
            case 0..<8: chosen[section.place] = .change
            case 8, 9: chosen[section.place] = .repeal
            case 10,
                11 where isPlain(section):
                chosen[section.place] = .addition
            default: break
            }
        }
        for amendment in [Amendment.addition, .change, .repeal] where !chosen.values.contains(amendment) {
            let left = candidates.filter { section in
                chosen[section.place] == nil && (amendment != .addition || isPlain(section))
            }
            if !left.isEmpty { chosen[left[random.below(left.count)].place] = amendment }
        }
        return chosen
    }
}
