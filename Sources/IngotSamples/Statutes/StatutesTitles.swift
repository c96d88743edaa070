/// Which titles sample statutes of some size have, and which chapters are in them.
///
/// Titles and chapters are numbered as the real ones are, with letters and gaps; all names are made up.
enum StatutesTitles {
    /// What a small sample has too: chapters, reserved and inactive titles, chapters with double letters, articles.
    private static let first = ["1", "2", "2a", "2b", "4c", "13", "17b", "42a", "53a"]
    private static let reserved = ["2a": "Chapters 24 to 25", "2b": "Chapters 26 to 27"]
    private static let inactive = [
        "4c": "All sections repealed or obsolete",
        "13": "All sections transferred, repealed or obsolete",
    ]
    static let articles = ["1", "2", "2A", "3", "4", "4A", "5", "6", "7", "8", "9", "10"]
    /// The highest number of a title.
    private static let last = 55

    static func titles(_ statutes: SampleStatutes) -> [StatutesOutline.Title] {
        var titles = designations(count: first.count + statutes.chapters / 18).enumerated().map { index, designation in
            var random = SampleRandom(statutes.seed, UInt64(index), 0x717)
            return StatutesOutline.Title(
                designation: designation,
                index: index,
                name: reserved[designation] != nil
                    ? "Reserved for future use"
                    : "\(random.pick(SampleWords.subjects)) and \(random.pick(SampleWords.subjects))",
                state: reserved[designation] != nil
                    ? .reserved : inactive[designation].map { .inactive(remark: $0) } ?? .inForce,
                reservedChapters: reserved[designation]
            )
        }
        addChapters(statutes, &titles)
        return titles
    }

    /// The first titles that every sample has, and then as many more as asked for, in their order.
    private static func designations(count: Int) -> [String] {
        var all: [String] = []
        for number in 1...last {
            all.append(String(number))
            if number % 3 == 1 { all.append("\(number)a") }
        }
        all.removeAll(where: first.contains)
        return (first + all.prefix(count - first.count)).sorted { left, right in
            let numbers = (leadingNumber(left), leadingNumber(right))
            return numbers.0 == numbers.1 ? left < right : numbers.0 < numbers.1
        }
    }

    private static func leadingNumber(_ designation: String) -> Int { Int(designation.prefix { $0.isNumber }) ?? 0 }

    private static func addChapters(_ statutes: SampleStatutes, _ titles: inout [StatutesOutline.Title]) {
        let articleCount = min(articles.count, statutes.chapters / 4)
        let ordinary = titles.indices.filter { titles[$0].state == .inForce && titles[$0].designation != "42a" }
        let count = statutes.chapters - articleCount - inactive.count
        var index = 0
        var numbers = ChapterNumbers()
        for title in titles.indices {
            let designation = titles[title].designation
            var chapters: [String] = []
            if let place = ordinary.firstIndex(of: title) {
                let share = (place + 1) * count / ordinary.count - place * count / ordinary.count
                chapters = numbers.next(share, inTitle: designation)
            } else if designation == "42a" {
                chapters = Array(articles.prefix(articleCount))
            } else if inactive[designation] != nil {
                chapters = numbers.next(1, inTitle: designation)
            }
            for number in chapters {
                var random = SampleRandom(statutes.seed, UInt64(index), 0xC4A)
                titles[title].chapters.append(
                    StatutesOutline.Chapter(
                        number: number,
                        isArticle: designation == "42a",
                        index: index,
                        name: "\(random.pick(SampleWords.subjects)): \(random.pick(SampleWords.aspects))",
                        // The one before the last, so that not all of a title's rows are alike.
                        isConditionallyRepealed: designation == "42a" && number == chapters.dropLast().last
                    )
                )
                index += 1
            }
        }
    }

    /// Chapter numbers of one title after the other: 1, 2, 2a, 3, 4, 4a, and 319o to 319yy in title 17b.
    private struct ChapterNumbers {
        private var number = 0
        private var given = 0

        mutating func next(_ count: Int, inTitle designation: String) -> [String] {
            if designation == "17b" { return doubleLetters(count) }
            var numbers = (0..<count).map { _ in
                given += 1
                if given % 3 == 0 { return "\(number)a" }
                // What the reserved titles and title 17b have is left out.
                number = number == 23 ? 28 : number == 318 ? 320 : number + 1
                return String(number)
            }
            // The letter that is printed in italics, as it looks like a one.
            if designation == "2", count > 1 { numbers[count - 1] = "\(number)l" }
            return numbers
        }

        private func doubleLetters(_ count: Int) -> [String] {
            let letters = "opqrstuvwxyz".map(String.init) + "abcdefghijklmnopqrstuvwx".map { "\($0)\($0)" }
            // As the sample's size has a bound, there are letters for all.
            return (letters.prefix(max(count - 1, 0)) + ["yy"]).map { "319\($0)" }
        }
    }
}
