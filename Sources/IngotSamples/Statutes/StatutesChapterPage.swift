/// The page of one chapter or article: its contents list and its sections.
struct StatutesChapterPage {
    let statutes: SampleStatutes
    let title: StatutesOutline.Title
    let chapter: StatutesOutline.Chapter
    let links: StatutesLinks

    func document() -> [UInt8] {
        let word = chapter.isArticle ? "ARTICLE" : "CHAPTER"
        var html = StatutesHTML(
            description: "\(chapter.label) - \(chapter.name)",
            number: chapter.isArticle ? "ARTICLE \(chapter.number)" : chapter.number,
            file: chapter.file
        )
        let star = chapter.hasFrontNotes ? "*" : ""
        html.line("<h2 class=\"chap-no\">\(word) \(StatutesHTML.number(chapter.number))\(star)</h2>")
        html.line("<h2 class=\"chap-name\">\(StatutesHTML.escaped(chapter.name.uppercased()))</h2>")
        if chapter.hasFrontNotes {
            var random = SampleRandom(statutes.seed, UInt64(chapter.index), 0xF3)
            StatutesFrontNotes.write(&html, &random)
        }
        html.line("<h4 class=\"chap_toc_hd\" id=\"TOC\">Table of Contents</h4>")
        let sections = chapter.sections.map { StatutesSection($0, self) }
        for section in sections { html.line(section.contentsLine) }
        html.line("<hr class=\"chaps_pg_bar\"/>")
        var part: Int?
        var subpart: Int?
        for section in sections {
            if let new = section.block.part, new != part { partHeading(new, &html) }
            if let new = section.block.subpart, new != subpart { subpartHeading(new, &html) }
            (part, subpart) = (section.block.part, section.block.subpart)
            section.write(to: &html)
            navigation(&html)
        }
        return html.bytes()
    }

    static func partNumber(_ part: Int, isArticle: Bool) -> String {
        isArticle ? String(part + 1) : ["I", "II", "III", "IV"][part % 4]
    }

    private func partHeading(_ part: Int, _ html: inout StatutesHTML) {
        var random = SampleRandom(statutes.seed, UInt64(chapter.index), UInt64(part), 0x9A)
        let number = Self.partNumber(part, isArticle: chapter.isArticle)
        let isStarred = (chapter.index + part) % 2 == 0
        html.line("<h3 class=\"part-no\">PART \(number)\(isStarred ? "*" : "")</h3>")
        html.line("<h3 class=\"part-name\">\(random.pick(SampleWords.subjects).uppercased())</h3>")
        if isStarred { StatutesFrontNotes.write(&html, &random) }
    }

    private func subpartHeading(_ subpart: Int, _ html: inout StatutesHTML) {
        var random = SampleRandom(statutes.seed, UInt64(chapter.index), UInt64(subpart), 0x5B)
        let letter = ["A", "B", "C", "D"][subpart % 4]
        let number = chapter.index % 12 == 2 ? "SUBPART \(letter)" : "(\(letter))"
        html.line("<h4 class=\"subpart-no\">\(number)</h4>")
        html.line("<h4 class=\"subpart-name\">\(random.pick(SampleWords.aspects).uppercased())</h4>")
    }

    private func navigation(_ html: inout StatutesHTML) {
        html.line("<table class=\"nav_tbl\">")
        html.line("<tr>")
        let cells = [
            ("#TOC", "(Return to Chapter<br/>Table of Contents)"),
            (title.file, "(Return to<br/>List of Chapters)"),
            (SampleStatutes.indexFile, "(Return to<br/>List of Titles)"),
        ]
        for (address, text) in cells {
            html.line("<td><a class=\"nav_link\" href=\"\(address)\">\(text)</a></td>")
        }
        html.line("</tr>")
        html.line("</table>")
    }
}
