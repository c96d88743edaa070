/// A made-up title of a made-up code in valid USLM 1.0, of any size; equal titles give equal bytes.
///
/// It has what real titles have: chapters and subchapters, tables of contents, subsections, cross references, source
/// credits, notes, tables, footnotes and repealed sections.
public struct SampleTitle: Sendable, Equatable {
    public let seed: UInt64
    /// The title's number, 1 to 99.
    public let number: Int
    /// Sections of the first edition.
    public let sections: Int
    /// From 1; each edition changes, adds and removes a few sections of the one before it.
    public let edition: Int

    public init(seed: UInt64, number: Int, sections: Int = 40, edition: Int = 1) {
        precondition((1...99).contains(number) && sections > 0 && edition > 0)
        self.seed = seed
        self.number = number
        self.sections = sections
        self.edition = edition
    }

    /// The same title in another edition.
    public func edition(_ edition: Int) -> SampleTitle {
        SampleTitle(seed: seed, number: number, sections: sections, edition: edition)
    }

    /// As in names of files: `01`.
    public var fileNumber: String { number < 10 ? "0\(number)" : "\(number)" }

    /// The document as a whole; for large titles use ``write(label:to:)``.
    public func document(label: String) -> [UInt8] {
        var bytes: [UInt8] = []
        write(label: label) { bytes += $0 }
        return bytes
    }

    /// Gives the document piece by piece, about a section at a time.
    ///
    /// - Parameter label: the release point that the document says it is of.
    public func write<Failure: Error>(label: String, to output: ([UInt8]) throws(Failure) -> Void) throws(Failure) {
        var xml = SampleXML(ids: SampleRandom(seed, UInt64(number), UInt64(edition), 0x1D))
        let outline = SampleOutline(self)
        let name = SampleWords.subjects[Int((seed &+ UInt64(number)) % UInt64(SampleWords.subjects.count))]
        head(&xml, label: label)
        xml.open("title", "identifier=\"\(path)\"")
        xml.element("num", "value=\"\(number)\"", "Title \(number)—")
        xml.element("heading", "", "\(name.uppercased()) AND OTHER INVENTIONS")
        xml.raw("\n")
        xml.open("note", "topic=\"miscellaneous\"")
        xml.element("p", "", "Current through \(label). A sample; no such law exists.")
        xml.close("note")
        contents(&xml, outline)
        try output(xml.drain())
        for chapter in outline.chapters where !chapter.sections.isEmpty {
            try write(chapter, &xml, to: output)
        }
        xml.close("title")
        xml.raw("</main>\n</uscDoc>\n")
        try output(xml.drain())
    }

    var path: String { "/us/usc/t\(number)" }

    private func head(_ xml: inout SampleXML, label: String) {
        xml.raw(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <uscDoc xmlns="http://xml.house.gov/schemas/uslm/1.0" xmlns:dc="http://purl.org/dc/elements/1.1/" \
            xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
            xml:lang="en" identifier="\(path)" \
            xsi:schemaLocation="http://xml.house.gov/schemas/uslm/1.0 USLM-1.0.15.xsd">
            <meta>
              <dc:title>Title \(number)</dc:title>
              <dc:type>USCTitle</dc:type>
              <docNumber>\(number)</docNumber>
              <docPublicationName>Online@\(label)</docPublicationName>
              <property role="is-positive-law">no</property>
              <dc:publisher>Ingot samples</dc:publisher>
              <dcterms:created>2000-01-01T00:00:00</dcterms:created>
              <dc:creator>SampleTitle</dc:creator>
            </meta>
            <main>

            """
        )
    }

    // MARK: - Contents

    private func contents(_ xml: inout SampleXML, _ outline: SampleOutline) {
        xml.open("toc", "role=\"threeColumnTOC\"")
        xml.raw("<layout>\n<header role=\"tocColumnHeader\"><column>Chap.</column><column/>")
        xml.raw("<column>Sec.</column></header>\n")
        for chapter in outline.chapters {
            guard let first = chapter.sections.first else { continue }
            xml.raw("<tocItem><column>")
            xml.raw(SampleXML.reference("\(path)/ch\(chapter.number)", "\(chapter.number)."))
            xml.raw("</column>")
            xml.element("column", "", heading(of: chapter))
            xml.element("column", "", SampleXML.reference("\(path)/s\(first.number)", first.number))
            xml.raw("</tocItem>\n")
        }
        xml.raw("</layout>\n")
        xml.close("toc")
    }

    private func contents(_ xml: inout SampleXML, _ sections: [SampleOutline.Section]) {
        xml.open("toc", "role=\"twoColumnTOC\"")
        xml.raw("<layout>\n<header role=\"tocColumnHeader\"><column>Sec.</column><column/></header>\n")
        for section in sections {
            xml.raw("<tocItem>")
            xml.element("column", "", SampleXML.reference("\(path)/s\(section.number)", "\(section.number)."))
            xml.element("column", "", SampleSection(section, in: self).contentsHeading)
            xml.raw("</tocItem>\n")
        }
        xml.raw("</layout>\n")
        xml.close("toc")
    }

    // MARK: - Chapters

    private func heading(of chapter: SampleOutline.Chapter) -> String {
        var random = SampleRandom(seed, UInt64(number), UInt64(chapter.number), 0xC4A)
        return random.pick(SampleWords.subjects)
    }

    private func write<Failure: Error>(
        _ chapter: SampleOutline.Chapter,
        _ xml: inout SampleXML,
        to output: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        let identifier = "\(path)/ch\(chapter.number)"
        xml.open("chapter", "identifier=\"\(identifier)\"")
        xml.element("num", "value=\"\(chapter.number)\"", "CHAPTER \(chapter.number)—")
        xml.element("heading", "", heading(of: chapter).uppercased())
        xml.raw("\n")
        contents(&xml, chapter.sections)
        if chapter.hasSubchapters {
            let half = chapter.sections.count / 2
            let parts = [chapter.sections[..<half], chapter.sections[half...]]
            for (part, number) in zip(parts, ["I", "II"]) {
                xml.open("subchapter", "identifier=\"\(identifier)/sch\(number)\"")
                xml.element("num", "value=\"\(number)\"", "SUBCHAPTER \(number)—")
                xml.element("heading", "", number == "I" ? "IN GENERAL" : "FURTHER INVENTIONS")
                xml.raw("\n")
                for section in part {
                    SampleSection(section, in: self).write(to: &xml)
                    try output(xml.drain())
                }
                xml.close("subchapter")
            }
        } else {
            for section in chapter.sections {
                SampleSection(section, in: self).write(to: &xml)
                try output(xml.drain())
            }
        }
        xml.close("chapter")
    }
}
