/// One section of a chapter page: its text depends on the seed, its own place and its changes only, so it is the same
/// in every edition that leaves it alone.
struct StatutesSection {
    let block: StatutesOutline.Block
    private let page: StatutesChapterPage
    /// Without what it was formerly; empty where nothing but a number is printed.
    let caption: String

    init(_ block: StatutesOutline.Block, _ page: StatutesChapterPage) {
        self.block = block
        self.page = page
        caption = Self.caption(block, seed: page.statutes.seed)
    }

    /// The caption, with a full stop at its end.
    static func caption(_ block: StatutesOutline.Block, seed: UInt64) -> String {
        guard block.kind == .inForce || block.kind == .repealed else { return "" }
        var random = SampleRandom(seed, UInt64(block.place), UInt64(block.added), 0xCA)
        let aspects = (0..<random.number(1...3)).map { _ in random.pick(SampleWords.aspects) }
        return aspects.joined(separator: ". ") + "."
    }

    private func random(_ purpose: UInt64) -> SampleRandom {
        SampleRandom(
            page.statutes.seed,
            UInt64(block.place),
            UInt64(block.added),
            UInt64(block.repealed ?? block.changes.last ?? 0),
            purpose
        )
    }

    /// The number, or the two, as printed with the word before and the full stop after.
    private var printedNumber: String {
        let numbers = block.numbers.map(StatutesHTML.number)
        switch block.form {
        case .single: return "Sec. \(numbers[0])."
        case .range: return "Secs. \(numbers[0]) to \(numbers[1])."
        case .pair: return "Secs. \(numbers[0]) and \(numbers[1])."
        }
    }

    private var heading: String {
        let former = block.formerly.map { " (Formerly Sec. \($0))." } ?? ""
        return printedNumber + former + (caption.isEmpty ? "" : " \(StatutesHTML.escaped(caption))")
    }

    var contentsLine: String {
        let link = "<a href=\"#\(block.anchor)\">\(heading)</a>"
        let remark =
            switch block.kind {
            case .reserved: " <b>Reserved</b>"
            case .transferred: " <b>Transferred</b>"
            case .inForce, .repealed: ""
            }
        return "<p class=\"toc_catchln\">\(link)\(remark)</p>"
    }

    func write(to html: inout StatutesHTML) {
        let start = "<p><span class=\"catchln\" id=\"\(block.anchor)\">\(heading)</span> "
        switch block.kind {
        case .reserved: html.line("\(start)Reserved for future use.</p>")
        case .transferred: html.line("\(start)\(transfer)</p>")
        case .repealed:
            html.line("\(start)\(repeal)</p>")
            source(&html)
        case .inForce:
            writeText(to: &html, start)
            source(&html)
            history(&html)
            crossReferences(&html)
            annotations(&html)
        }
    }

    // MARK: - Text

    private var transfer: String {
        var random = random(1)
        guard let target = page.links.pick(&random, outside: page.chapter.file) else { return "Transferred." }
        let place =
            (target.isArticle ? "Article" : "Chapter") + " \(StatutesHTML.number(target.chapter))"
            + (target.part.map { ", Part \(StatutesChapterPage.partNumber($0, isArticle: target.isArticle))" } ?? "")
        guard block.form == .pair, let second = page.links.pick(&random, on: target.file) else {
            return "Transferred to \(place), Sec. \(StatutesHTML.link(target))."
        }
        return "Transferred to \(place), Secs. \(StatutesHTML.link(target)) and \(StatutesHTML.link(second))."
    }

    private var repeal: String {
        // As there, to ids that the page does not have where several sections have one heading.
        func link(_ number: String) -> String {
            "<a href =\"\(page.chapter.file)#sec_\(number)\">\(StatutesHTML.number(number))</a>"
        }
        switch block.form {
        case .single: return "Section \(link(block.numbers[0])) is repealed, effective October 1, 1977."
        case .pair: return "Sections \(link(block.numbers[0])) and \(link(block.numbers[1])) are repealed."
        case .range: return "Sections \(link(block.numbers[0])) to \(link(block.numbers[1])), inclusive, are repealed."
        }
    }

    private func writeText(to html: inout StatutesHTML, _ start: String) {
        var random = random(2)
        if block.place % 3 == 1, !block.hasRepealedSubsection {
            html.line("\(start)\(paragraph(&random))</p>")
            for _ in 0..<random.below(2) { html.line("<p>\(paragraph(&random))</p>") }
        } else {
            let letters = ["a", "b", "c", "d"].prefix(block.hasRepealedSubsection ? 4 : random.number(2...4))
            for letter in letters {
                let isFirst = letter == "a"
                let text =
                    block.hasRepealedSubsection && letter == "c"
                    ? "Repealed by P.A. \(random.number(60...99))-\(random.number(1...500))."
                    : paragraph(&random)
                html.line("\(isFirst ? start : "<p>")(\(letter)) \(text)</p>")
                if isFirst, block.place % 4 == 2 { list(&html, &random) }
            }
        }
        if block.place % 8 == 5 { StatutesTable.write(&html, &random, place: block.place) }
        if block.place % 11 == 4 {
            html.line("<p class=\"Form-center\">STATE OF \(random.pick(SampleWords.things).uppercased())S</p>")
            html.line("<p class=\"Text-left nolead\">\(StatutesHTML.escaped(random.sentence()))</p>")
        }
    }

    private func list(_ html: inout StatutesHTML, _ random: inout SampleRandom) {
        let count = random.number(2...4)
        for number in 1...count {
            let end = number == count ? "." : number == count - 1 ? "; and" : ";"
            html.line("<p>(\(number)) To \(StatutesHTML.escaped(random.listItem()))\(end)</p>")
        }
    }

    private func paragraph(_ random: inout SampleRandom) -> String {
        var text = StatutesHTML.escaped(random.sentence())
        for _ in 0..<random.below(3) { text += " " + StatutesHTML.escaped(random.sentence()) }
        if random.isOne(in: 3), let target = page.links.pick(&random, on: page.chapter.file) {
            text += " Notwithstanding the provisions of section \(StatutesHTML.link(target)), the "
            text += "\(random.pick(SampleWords.officers))&#x0027;s consent is enough."
        } else if random.isOne(in: 3), let first = page.links.pick(&random, outside: page.chapter.file),
            let last = page.links.pick(&random, on: first.file)
        {
            text += " The provisions of sections \(StatutesHTML.link(first, mixedCase: random.isOne(in: 4))) to "
            text +=
                "\(StatutesHTML.link(last)), inclusive, shall apply&#160;to every \(random.pick(SampleWords.things))."
        }
        return text
    }

    // MARK: - What follows the text

    private func source(_ html: inout StatutesHTML) {
        var random = random(3)
        var acts = ["P.A. \(random.number(59...99))-\(random.number(1...600)), S. \(random.number(1...60))"]
        if random.isOne(in: 3) { acts.insert("1949 Rev., S. \(random.number(1...9000))", at: 0) }
        for edition in block.changes + (block.repealed.map { [$0] } ?? []) { acts.append(act(edition)) }
        html.line("<p class=\"source-first\">(\(acts.joined(separator: "; ")).)</p>")
        if block.place % 29 == 8 {
            html.line("<p class=\"source\">(See Sec. 901 of an act that was never passed.)</p>")
        }
    }

    private func act(_ edition: Int) -> String {
        "P.A. \(SampleStatutes.year(ofEdition: edition) % 100)-\(block.place % 90 + 1), S. 2"
    }

    private func history(_ html: inout StatutesHTML) {
        guard block.place % 2 == 0 || !block.changes.isEmpty || block.added > 1 else { return }
        var random = random(4)
        var entries = block.changes.map { "\(act($0)) made a technical change in Subsec. (a)" }
        if block.added > 1 { entries.insert("\(act(block.added)) effective October 1", at: 0) }
        if entries.isEmpty { entries = ["P.A. \(random.number(59...99))-\(random.number(1...600)) redefined “token”"] }
        html.line("<p class=\"history-first\">History: \(StatutesHTML.escaped(entries.joined(separator: "; "))).</p>")
        if block.place % 14 == 2 {
            html.line("<p class=\"history\">(Revisor&#x0027;s note: A lantern was relit editorially.)</p>")
        }
    }

    private func crossReferences(_ html: inout StatutesHTML) {
        guard block.place % 5 == 0 else { return }
        var random = random(5)
        for style in ["cross-ref-first", "cross-ref"].prefix(random.number(1...2)) {
            guard let target = page.links.pick(&random, outside: page.chapter.file) else { return }
            html.line(
                "<p class=\"\(style)\">See Sec. \(StatutesHTML.link(target)) re \(random.pick(SampleWords.things))s.</p>"
            )
        }
    }

    private func annotations(_ html: inout StatutesHTML) {
        guard block.place % 4 == 0 else { return }
        var random = random(6)
        html.line("<p class=\"annotation-first\">Cited. \(random.citation()); Id., \(random.number(1...900)).</p>")
        for _ in 0..<random.below(3) {
            html.line("<p class=\"annotation\">\(StatutesHTML.escaped(random.sentence())) \(random.citation()).</p>")
        }
    }
}

/// A table of amounts in a section's text.
enum StatutesTable {
    static func write(_ html: inout StatutesHTML, _ random: inout SampleRandom, place: Int) {
        html.line("<table id=\"table-\(place)\" class=\"half-width center\">")
        html.line("<tbody>")
        html.line("<tr>")
        html.line("<td><p class=\"tb-left\">Object</p></td>")
        html.line("<td></td>")
        html.line("<td><p class=\"tb-left2\">Tokens</p></td>")
        html.line("</tr>")
        for row in 0..<random.number(2...5) {
            let lead = row % 2 == 1 ? " nolead" : ""
            html.line("<tr>")
            html.line("<td><p class=\"tb-left2\(lead)\">\(random.pick(SampleWords.things))</p></td>")
            html.line("<td></td>")
            html.line("<td><p class=\"tb-left\(lead)\">$\(random.number(1...500)).\(random.number(10...99))</p></td>")
            html.line("</tr>")
        }
        html.line("</tbody>")
        html.line("</table>")
    }
}
