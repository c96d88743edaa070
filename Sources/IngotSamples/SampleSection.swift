/// One section of a sample title: its text depends on the title's seed, its own number and its changes only, so it is
/// the same in every edition that leaves it alone.
struct SampleSection {
    private let section: SampleOutline.Section
    private let title: SampleTitle
    private let aspect: String

    init(_ section: SampleOutline.Section, in title: SampleTitle) {
        self.section = section
        self.title = title
        var random = SampleRandom(title.seed, UInt64(title.number), UInt64(section.index), UInt64(section.added))
        aspect = random.pick(SampleWords.aspects)
    }

    var contentsHeading: String { section.isRepealed ? "Repealed." : "\(aspect)." }

    private var path: String { "\(title.path)/s\(section.number)" }

    private func random(_ purpose: UInt64) -> SampleRandom {
        SampleRandom(
            title.seed,
            UInt64(title.number),
            UInt64(section.index),
            UInt64(section.added),
            UInt64(section.changes.last ?? 0),
            purpose
        )
    }

    func write(to xml: inout SampleXML) {
        section.isRepealed ? writeRepealed(to: &xml) : writeInForce(to: &xml)
    }

    private func writeRepealed(to xml: inout SampleXML) {
        var random = random(1)
        let law = random.number(100...800)
        xml.open("section", "identifier=\"\(path)\" status=\"repealed\"")
        xml.element("num", "value=\"\(section.number)\"", "[§\u{202F}\(section.number).")
        xml.element("heading", "", " Repealed. \(publicLaw(899, law, section: 4))]")
        xml.open("notes", "type=\"uscNote\"")
        xml.raw("\n")
        xml.open("note", "topic=\"removalDescription\"")
        let about = SampleXML.escaped(random.pick(SampleWords.things))
        xml.element("p", "", "Section, \(publicLaw(880, law, section: 2)), related to the care of every \(about).")
        xml.close("note")
        xml.close("notes")
        xml.close("section")
    }

    private func writeInForce(to xml: inout SampleXML) {
        var random = random(2)
        xml.open("section", "identifier=\"\(path)\"")
        xml.element("num", "value=\"\(section.number)\"", "§\u{202F}\(section.number).")
        xml.element("heading", "", " \(aspect)")
        if section.index % 2 == 0 {
            writeSubsections(to: &xml, &random)
        } else {
            xml.raw("<content>\n")
            for _ in 0..<random.number(1...4) { xml.element("p", "class=\"indent0\"", paragraph(&random)) }
            if section.index % 7 == 3 { writeTable(to: &xml, &random) }
            xml.raw("</content>\n")
        }
        writeCredit(to: &xml)
        writeNotes(to: &xml)
        xml.close("section")
    }

    // MARK: - Text

    private func writeSubsections(to xml: inout SampleXML, _ random: inout SampleRandom) {
        for letter in ["a", "b", "c", "d", "e"].prefix(random.number(2...5)) {
            xml.open("subsection", "class=\"indent0\" identifier=\"\(path)/\(letter)\"")
            xml.element("num", "value=\"\(letter)\"", "(\(letter))")
            if random.isOne(in: 2) { xml.element("heading", "", " \(random.pick(SampleWords.aspects)).—") }
            if random.isOne(in: 3) {
                writeParagraphs(to: &xml, in: "\(path)/\(letter)", &random)
            } else {
                xml.element("content", "", paragraph(&random))
                xml.raw("\n")
            }
            xml.close("subsection")
        }
    }

    private func writeParagraphs(to xml: inout SampleXML, in parent: String, _ random: inout SampleRandom) {
        xml.element("chapeau", "", "The \(random.pick(SampleWords.officers)) shall—")
        let count = random.number(2...4)
        for number in 1...count {
            let end = number == count ? "." : number == count - 1 ? "; and" : ";"
            xml.open("paragraph", "class=\"indent1\" identifier=\"\(parent)/\(number)\"")
            xml.element("num", "value=\"\(number)\"", "(\(number))")
            xml.element("content", "", " \(SampleXML.escaped(random.listItem()))\(end)")
            xml.close("paragraph")
        }
        if random.isOne(in: 3) { xml.element("continuation", "", SampleXML.escaped(random.sentence())) }
    }

    /// Sentences with a cross reference or a footnote here and there.
    private func paragraph(_ random: inout SampleRandom) -> String {
        var text = ""
        for _ in 0..<random.number(1...5) {
            text += SampleXML.escaped(random.sentence()) + " "
            if random.isOne(in: 3) { text += "See \(crossReference(&random)). " }
        }
        if section.index % 5 == 1, random.isOne(in: 2) {
            let name = "fn\(title.number)-\(section.number)-\(random.number(1000...9999))"
            text += "<ref class=\"footnoteRef\" idref=\"\(name)\">1</ref>"
            text += "<note type=\"footnote\" id=\"\(name)\"><num>1</num> So in the sample. The "
            text += "\(SampleXML.escaped(random.pick(SampleWords.things))) was never found.</note>"
        }
        return text
    }

    private func crossReference(_ random: inout SampleRandom) -> String {
        let number = random.number(1...title.sections)
        if random.isOne(in: 2) {
            return SampleXML.reference("\(title.path)/s\(number)", "section \(number) of this title")
        }
        return SampleXML.reference("\(title.path)/s\(number)/a", "section \(number)(a)")
    }

    private func writeTable(to xml: inout SampleXML, _ random: inout SampleRandom) {
        xml.raw("<table xmlns=\"http://www.w3.org/1999/xhtml\"><thead><tr><th>Object</th><th>Tokens</th></tr></thead>")
        xml.raw("<tbody>\n")
        for _ in 0..<random.number(2...6) {
            let thing = SampleXML.escaped(random.pick(SampleWords.things))
            xml.raw("<tr><td><p>\(thing)</p></td><td><p>\(random.number(1...500))</p></td></tr>\n")
        }
        xml.raw("</tbody></table>\n")
    }

    // MARK: - History

    private func writeCredit(to xml: inout SampleXML) {
        var random = random(3)
        xml.open("sourceCredit")
        xml.raw("(\(publicLaw(880, random.number(1...300), section: section.index % 40 + 1)), \(date(&random))")
        for edition in section.changes { xml.raw("; \(publicLaw(900, edition, section: 2)), \(date(&random))") }
        xml.raw(".)")
        xml.close("sourceCredit")
    }

    private func writeNotes(to xml: inout SampleXML) {
        guard section.index % 3 == 0 || !section.changes.isEmpty else { return }
        var random = random(4)
        xml.open("notes", "type=\"uscNote\"")
        xml.raw("\n")
        xml.open("note", "role=\"crossHeading\" topic=\"editorialNotes\"")
        xml.element("heading", "class=\"centered\"", "<b>Editorial Notes</b>")
        xml.close("note")
        if !section.changes.isEmpty {
            xml.open("note", "topic=\"amendments\"")
            xml.element("heading", "class=\"centered smallCaps\"", "Amendments")
            for edition in section.changes.reversed() {
                xml.element(
                    "p",
                    "",
                    "Edition \(edition)—\(publicLaw(900, edition, section: 2)) amended section generally."
                )
            }
            xml.close("note")
        }
        xml.open("note", "topic=\"miscellaneous\"")
        xml.element("heading", "class=\"centered smallCaps\"", "Short Title")
        let name = random.pick(SampleWords.subjects)
        xml.raw("<p>\(publicLaw(881, random.number(1...99), section: 1)), provided that: ")
        xml.raw("<quotedContent origin=\"/us/pl/881/1\">“This Act may be cited as the ‘\(name) Act’.”</quotedContent>")
        xml.raw("</p>\n")
        xml.close("note")
        xml.close("notes")
    }

    private func publicLaw(_ congress: Int, _ law: Int, section: Int) -> String {
        SampleXML.reference("/us/pl/\(congress)/\(law)/s\(section)", "Pub. L. \(congress)–\(law), § \(section)")
    }

    private func date(_ random: inout SampleRandom) -> String {
        let month = random.below(SampleWords.months.count)
        let day = random.number(1...28)
        let year = random.number(1850...1999)
        let written = "\(year)-\(SampleWords.monthNumbers[month])-\(day < 10 ? "0" : "")\(day)"
        return "<date date=\"\(written)\">\(SampleWords.months[month]) \(day), \(year)</date>"
    }
}
