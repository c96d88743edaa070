/// Gives the chapters their sections, one title after the other.
struct StatutesNumbering {
    private let statutes: SampleStatutes
    /// Sections so far.
    private var place = 0

    init(_ statutes: SampleStatutes) {
        self.statutes = statutes
    }

    mutating func fill(_ title: inout StatutesOutline.Title) {
        var number = 0
        for index in title.chapters.indices {
            fill(&title.chapters[index], of: title, &number)
        }
    }

    private mutating func fill(
        _ chapter: inout StatutesOutline.Chapter,
        of title: StatutesOutline.Title,
        _ number: inout Int
    ) {
        let count = share(of: chapter)
        let parts = chapter.isArticle ? max(1, (count + 19) / 20) : chapter.index % 3 == 2 && count > 3 ? 2 : 0
        var prefix = "\(title.designation)-"
        if chapter.isArticle { prefix += "\(chapter.number)-" }
        for index in 0..<count {
            let part = parts == 0 ? nil : index * parts / count
            if chapter.isArticle, let part, chapter.sections.last?.part != part {
                number = (part + 1) * 100
            }
            var block =
                title.state == .inForce
                ? live(prefix, &number, previous: chapter.sections.last)
                : bygone(prefix, &number)
            block.part = part
            if chapter.index % 6 == 2, !chapter.isArticle, part == 0 {
                block.subpart = index * 4 / count
            }
            chapter.sections.append(block)
            place += 1
        }
    }

    /// How many sections a chapter has: about as many as the others, together exactly as many as asked for.
    private func share(of chapter: StatutesOutline.Chapter) -> Int {
        func even(_ index: Int) -> Int {
            (index + 1) * statutes.sections / statutes.chapters - index * statutes.sections / statutes.chapters
        }
        // Of two neighbours, one gives some of its own to the other.
        let pair = chapter.index / 2 * 2
        guard pair + 1 < statutes.chapters else { return even(chapter.index) }
        var random = SampleRandom(statutes.seed, UInt64(pair), 0x5EC)
        let moved = random.below(max(even(pair) / 2, 1))
        return chapter.index == pair ? even(pair) - moved : even(pair + 1) + moved
    }

    /// A section of a title that is in force: every twentieth or so is not an ordinary one.
    private func live(
        _ prefix: String,
        _ number: inout Int,
        previous: StatutesOutline.Block?
    ) -> StatutesOutline.Block {
        func block(_ kind: SampleStatutes.Section.Kind, _ form: SampleStatutes.Section.Form, _ numbers: String...)
            -> StatutesOutline.Block
        {
            StatutesOutline.Block(
                kind: kind,
                form: form,
                place: place,
                numbers: numbers.map { prefix + $0 },
                base: number
            )
        }
        func next() -> String {
            number += 1
            return String(number)
        }
        let last = previous.flatMap { $0.form == .single && $0.numbers[0] == "\(prefix)\(number)" ? number : nil }
        switch place % 40 {
        case 3:
            var section = block(.inForce, .single, next())
            section.hasRepealedSubsection = true
            return section
        case 7: return block(.repealed, .pair, next(), next())
        case 12:
            if let last, place % 80 == 12 { return block(.reserved, .range, "\(last)o", "\(last)s") }
            let first = next()
            number += 3
            return block(.reserved, .range, first, next())
        case 17: return block(.transferred, .single, next())
        case 23:
            let first = next()
            return block(.transferred, .pair, first, "\(first)a")
        case 27: return block(.inForce, .single, last.map { "\($0)l" } ?? "\(next())l")
        case 31: return block(.repealed, .single, next())
        case 33:
            let first = next()
            number += 1
            return block(.repealed, .range, first, next())
        case 35:
            var section = block(.inForce, .single, next())
            section.formerly = "17-\(place + 10)"
            return section
        case 6, 16, 29:
            if let last { return block(.inForce, .single, "\(last)a") }
            return block(.inForce, .single, next())
        default: return block(.inForce, .single, next())
        }
    }

    /// A section of a title in which nothing is in force any more.
    private func bygone(_ prefix: String, _ number: inout Int) -> StatutesOutline.Block {
        number += 1
        let first = "\(prefix)\(number)"
        if place % 3 == 0 {
            return StatutesOutline.Block(
                kind: .transferred,
                form: .single,
                place: place,
                numbers: [first],
                base: number
            )
        }
        number += place % 3
        let last = "\(prefix)\(number)"
        return StatutesOutline.Block(
            kind: .repealed,
            form: place % 3 == 1 ? .pair : .range,
            place: place,
            numbers: [first, last],
            base: number
        )
    }
}
