/// The page `titles.htm`: all titles, in volumes.
struct StatutesIndexPage {
    let statutes: SampleStatutes
    let titles: [StatutesOutline.Title]
    let tree: SampleStatutes.Tree

    func document() -> [UInt8] {
        var html = StatutesHTML(
            description: "General Statutes of Connecticut - Titles",
            number: nil,
            file: SampleStatutes.indexFile
        )
        heading(&html)
        let volumes = min(13, titles.count / 5 + 1)
        for volume in 0..<volumes {
            let range = volume * titles.count / volumes..<(volume + 1) * titles.count / volumes
            guard !range.isEmpty else { continue }
            html.line("        <table class=\"ttl_toc_vol_hd\">")
            html.line("            <tr>")
            let number = "V O L U M E&#160;&#160;&#160;&#160;\(volume + 1)"
            html.line("                <td><span class=\"toc_vol_no\">\(number)</span></td>")
            html.line("                <td>")
            html.line("                    <hr class=\"titles_toc_spcr\" />")
            html.line("                </td>")
            html.line("            </tr>")
            html.line("        </table>")
            html.line("        <table style=\"width:80%\">")
            for title in titles[range] { row(title, &html) }
            html.line("        </table>")
        }
        return html.bytes()
    }

    private func heading(_ html: inout StatutesHTML) {
        if tree == .supplement {
            html.line("        <h1>\(statutes.supplementYear) SUPPLEMENT<br />TO THE<br />GENERAL STATUTES</h1>")
            html.line("        <h2><i>Revised to January 1, \(statutes.supplementYear)</i></h2>")
        } else {
            html.line("        <h1>GENERAL STATUTES<br />OF<br />CONNECTICUT</h1>")
            html.line("        <h2><i>Revised to January 1, \(statutes.year)</i></h2>")
        }
        html.line("        <br />")
        html.line("        <h4>(A sample &#x2013; no such law exists)</h4>")
        html.line("")
        if tree == .currentWithSupplement {
            let year = statutes.supplementYear
            html.line("        <br /><h4>")
            html.line(
                "            <a target=\"_blank\" href=\"/\(year)/sup/titles.htm\">Note: The \(year) Supplement, "
                    + "revised to January 1, \(year), has the sections that were amended, repealed or added.</a>"
            )
            html.line("        </h4>")
        }
        html.line("        <hr class=\"titles_pg_bar\" />")
        html.line("        <h1 class=\"titles_main_hd\">T I T L E S</h1>")
        html.line("        <br />")
    }

    private func row(_ title: StatutesOutline.Title, _ html: inout StatutesHTML) {
        // Some links have capital letters: the site does not mind.
        let file = title.index % 4 == 3 ? "Title_" + title.file.dropFirst(6) : title.file
        func linked(_ span: String) -> String {
            title.state == .reserved ? span : "<a href=\"\(file)\">\(span)</a>"
        }
        let designation = linked("<span class=\"toc_ttl_desig\">Title \(title.designation)</span>")
        var name = linked("<span class=\"toc_ttl_name\">\(StatutesHTML.escaped(title.name))</span>")
        if case .inactive(let remark) = title.state { name += " (<i>\(remark)</i>)" }
        html.line("            <tr style=\"vertical-align:top\">")
        let chapters = "<span class=\"toc_rng_chaps\">\(range(title))</span>"
        html.line("                <td class=\"left_38pct\">\(designation) \(chapters)</td>")
        html.line("                <td>\(name)</td>")
        html.line("            </tr>")
    }

    private func range(_ title: StatutesOutline.Title) -> String {
        if let reserved = title.reservedChapters { return reserved }
        if title.state != .inForce, title.index % 2 == 0 { return "Repealed" }
        guard let first = title.chapters.first, let last = title.chapters.last,
            let firstSection = first.sections.first?.numbers.first,
            let lastSection = last.sections.last?.numbers.last
        else { return "" }
        let word = first.isArticle ? "Article" : "Chapter"
        let chapters =
            first.number == last.number
            ? "\(word) \(StatutesHTML.number(first.number))"
            : "\(word)s \(StatutesHTML.number(first.number)) to \(StatutesHTML.number(last.number))"
        let sections = "\(StatutesHTML.number(firstSection)) to \(StatutesHTML.number(lastSection))"
        return "\(chapters)<br />(Secs. \(sections))"
    }
}
