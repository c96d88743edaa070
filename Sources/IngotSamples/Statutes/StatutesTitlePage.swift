/// The page of one title: its front notes and its chapters.
struct StatutesTitlePage {
    let statutes: SampleStatutes
    let title: StatutesOutline.Title

    func document() -> [UInt8] {
        var html = StatutesHTML(
            description: "Title \(title.designation) - \(title.name)",
            number: title.designation,
            file: title.file
        )
        html.line("<h1 class=\"title-no\">TITLE \(title.designation)\(title.hasFrontNotes ? "*" : "")</h1>")
        html.line("<h1 class=\"title-name\">\(StatutesHTML.escaped(title.name.uppercased()))</h1>")
        if title.hasFrontNotes {
            var random = SampleRandom(statutes.seed, UInt64(title.index), 0xF2)
            StatutesFrontNotes.write(&html, &random)
        }
        html.line("<br/>")
        html.line("<table style=\"width:80%\">")
        for chapter in title.chapters {
            row(chapter, &html)
            if chapter.index % 4 == 2, !chapter.isArticle, Int(chapter.number) != nil {
                html.line("<tr>")
                html.line("<td class=\"left_40pct\">Chapter \(chapter.number)z</td>")
                html.line("<td>Reserved for future use</td>")
                html.line("</tr>")
            }
        }
        html.line("<tr>")
        html.line("<td class=\"left_40pct\">&#160;</td>")
        html.line("<td></td>")
        html.line("</tr>")
        html.line("<tr>")
        let back = "<a class=\"toc_ch_link\" href=\"\(SampleStatutes.indexFile)\">(Return to List of Titles)</a>"
        html.line("<td class=\"left_40pct\">\(back)</td>")
        html.line("<td></td>")
        html.line("</tr>")
        html.line("</table>")
        return html.bytes()
    }

    private func row(_ chapter: StatutesOutline.Chapter, _ html: inout StatutesHTML) {
        let file =
            chapter.index % 5 == 3 ? chapter.file.prefix(1).uppercased() + chapter.file.dropFirst() : chapter.file
        let word = chapter.isArticle ? "Article" : "Chapter"
        let number = "\(word) \(StatutesHTML.number(chapter.number))"
        var name = "<a class=\"toc_ch_link\" href=\"\(file)\">\(StatutesHTML.escaped(chapter.name))</a>"
        if chapter.isConditionallyRepealed { name += " (<i>Conditionally Repealed</i>)" }
        html.line("<tr>")
        html.line(
            "<td class=\"left_40pct\"><a class=\"toc_ch_link\" href=\"\(file)\">\(number)</a> "
                + "<span class=\"toc_rng_secs\">\(range(chapter))</span></td>"
        )
        html.line("<td>\(name)</td>")
        html.line("</tr>")
    }

    private func range(_ chapter: StatutesOutline.Chapter) -> String {
        guard let first = chapter.sections.first?.numbers.first, let last = chapter.sections.last?.numbers.last else {
            return ""
        }
        if first == last { return "Sec. \(StatutesHTML.number(first))" }
        return "Secs. \(StatutesHTML.number(first)) to \(StatutesHTML.number(last))"
    }
}

/// The notes that a star at a heading points to.
enum StatutesFrontNotes {
    static func write(_ html: inout StatutesHTML, _ random: inout SampleRandom) {
        html.line("<p class=\"front-note-first\">*Cited. \(random.citation()); \(random.citation()).</p>")
        for _ in 0..<random.below(3) {
            html.line("<p class=\"front-note\">\(StatutesHTML.escaped(random.sentence())) \(random.citation()).</p>")
        }
    }
}

extension SampleRandom {
    /// A made-up case, cited as cases are in Connecticut.
    mutating func citation() -> String {
        "\(number(900...999)) \(pick(["C.", "CA", "CS"])) \(number(1...800))"
    }
}
