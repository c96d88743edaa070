import IngotLaw
import Testing

@testable import IngotUSCode

@Suite("Text of nodes")
struct NodeTextTests {
    @Test("Marks inside a line never split a word, blocks always part two")
    func words() throws {
        let section = try #require(
            try SmallTitle.section(
                """
                <content>Sm<i>all</i> <b>c</b>aps<sup>2</sup>, H<sub>2</sub>O<!-- no space -->, one<br/>two.</content>\
                <content><p>First</p><p>second</p></content>
                """
            )
        )
        #expect(section.text == "Small caps2, H2O, one two.\nFirst\nsecond")
        #expect(section.blocks.map(\.type) == ["content", "p", "p"])
    }

    @Test("White space is collapsed, but only that of XML")
    func whiteSpace() throws {
        let section = try SmallTitle.section("<content> a\t\n b\u{A0}\u{A0}c\u{202F} &#x9;&#13; d </content>")
        #expect(section?.text == "a b\u{A0}\u{A0}c\u{202F} d")
    }

    @Test("White space is collapsed wherever it falls in long text")
    func whiteSpaceAnywhere() throws {
        var seed: UInt64 = 42
        for _ in 0..<400 {
            var text = ""
            for _ in 0..<60 {
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text +=
                    ["a", "bc", " ", "  ", "\n", "\t", "é", "🐝", "\u{A0}", "words", ".", "defghijkl"][
                        Int(seed >> 40) % 12
                    ]
            }
            let isBlank: (Unicode.Scalar) -> Bool = { $0 == " " || $0 == "\n" || $0 == "\t" }
            let words = text.unicodeScalars.split(whereSeparator: isBlank).map { String($0) }
            #expect(try SmallTitle.section("<content>\(text)</content>")?.text == words.joined(separator: " "))
            let ink = text.unicodeScalars.filter { !isBlank($0) }.count
            #expect(TextCensus.inked(text) == ink)
            #expect(TextCensus.inked(String(repeating: text, count: 9)) == 9 * ink)
            #expect(TextCensus.scalars(text.utf8Span.span) == text.unicodeScalars.count)
        }
    }

    @Test("A second number or heading is text")
    func secondHeading() throws {
        let section = try SmallTitle.section("<num>§ 1.</num><heading>A</heading><num>2</num><heading>B</heading>")
        #expect(section?.num == "§ 1.")
        #expect(section?.heading == "A")
        #expect(section?.text == "2\nB")
    }

    @Test("Footnotes are found in number, heading, text, credit and notes; markers are no text")
    func footnotes() throws {
        func footnote(_ number: Int) -> String {
            "<ref class=\"x footnoteRef\" idref=\"f\">\(number)</ref><note type=\"footnote\"><num>\(number)</num>"
                + "<p>Foot \(number).</p></note>"
        }
        let section = try #require(
            try SmallTitle.section(
                """
                <num>§ 1.\(footnote(1))</num><heading>Head\(footnote(2))ing</heading><content>Te\(footnote(3))xt
                </content><sourceCredit>Cre\(footnote(4))dit</sourceCredit><note><heading>No\(footnote(5))te</heading>
                <p>bo\(footnote(6))dy</p><toc><ref href="/us/usc/t1/s9">x\(footnote(7))</ref></toc></note>
                <toc>\(footnote(8))</toc><note type="footnote">Unnumbered.</note>
                """
            )
        )
        #expect(section.num == "§ 1.")
        #expect(section.heading == "Heading")
        #expect(section.text == "Text")
        #expect(section.credit == "Credit")
        #expect(section.notes == [LawNote(heading: "Note", text: "body")])
        #expect(section.footnotes.map(\.marker) == ["1", "2", "3", "4", "5", "6", "7", nil])
        #expect(section.footnotes[0].text == "1 Foot 1.")
        #expect(section.footnotes[7].text == "Unnumbered.")
        #expect(section.refs == [])
    }

    @Test("A container of notes gives its notes, and what stands between them")
    func notesContainer() throws {
        let section = try #require(
            try SmallTitle.section(
                """
                <notes topic="all"><heading>Notes</heading><p>Before.</p><note topic="a"><p>Early.</p>
                <heading>Late heading</heading></note> between <note topic="b"><heading>B</heading>
                <note topic="c"><heading>C</heading><p>Inner.</p></note><p>Outer.</p></note></notes>
                """
            )
        )
        #expect(
            section.notes == [
                LawNote(topic: "all", heading: "Notes", text: "Before."),
                LawNote(topic: "a", text: "Early.\nLate heading"),
                LawNote(topic: "all", text: "between"),
                LawNote(topic: "b", heading: "B", text: "C\nInner.\nOuter."),
            ]
        )
    }

    @Test("Notes and credits in quoted law belong to the node")
    func quotedNotes() throws {
        let section = try #require(
            try SmallTitle.section(
                """
                <content><quotedContent><section><content>Quoted</content><sourceCredit>(Q.)</sourceCredit>
                <notes><note><p>Note in quote.</p></note></notes></section></quotedContent></content>
                <sourceCredit>(S.)</sourceCredit>
                """
            )
        )
        #expect(section.text == "Quoted")
        #expect(section.credit == "(Q.)\n(S.)")
        #expect(section.notes.map(\.text) == ["Note in quote."])
    }

    @Test("XHTML tables become cells, with their text in line")
    func table() throws {
        let section = try #require(
            try SmallTitle.section(
                """
                <content>Rates:<table xmlns="http://www.w3.org/1999/xhtml"><caption>Table 1</caption><thead><tr>
                <th colspan="2"><p>Tide</p><p>clock</p></th></tr></thead><tbody><tr><td rowspan="2"><p>High</p></td>
                <td><a href="/us/usc/t1/s2">3</a></td></tr><tr><td></td></tr></tbody></table>as above.</content>
                """
            )
        )
        #expect(section.text == "Rates:\nTable 1\nTide clock\nHigh\t3\nas above.")
        #expect(section.blocks.map(\.type) == ["content", "table", "content"])
        let block = section.blocks[1]
        #expect(block.heading == "Table 1")
        #expect(
            block.table == [
                [LawTableCell(text: "Tide clock", isHeader: true, columnSpan: 2)],
                [LawTableCell(text: "High", rowSpan: 2), LawTableCell(text: "3")], [LawTableCell(text: "")],
            ]
        )
        #expect(block.links.map(\.href) == ["/us/usc/t1/s2"])
        #expect(section.refs.map(\.target) == ["/us/usc/t1/s2"])
    }

    @Test("USLM's own columns become cells too")
    func layout() throws {
        let section = try #require(
            try SmallTitle.section(
                """
                <content><layout><header><column>Item</column><column>Sum</column></header><row><column>Kite</column>
                <column>3</column></row></layout></content>
                """
            )
        )
        #expect(section.text == "Item\tSum\nKite\t3")
        #expect(section.blocks.first?.table?.map { $0.map(\.text) } == [["Item", "Sum"], ["Kite", "3"]])
        #expect(section.blocks.first?.table?.first?.allSatisfy(\.isHeader) == true)
    }

    @Test("Tables in notes are text")
    func noteTable() throws {
        let section = try #require(
            try SmallTitle.section(
                "<note><heading>N</heading><table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>d</note>"
            )
        )
        #expect(section.notes == [LawNote(heading: "N", text: "a\tb\nc\nd")])
    }

    @Test("Links count characters, not bytes, and stay in their block")
    func links() throws {
        let section = try #require(
            try SmallTitle.section(
                """
                <content><p>“Ünder” <ref href="/us/usc/t1/s2">§ 2</ref>,<ref href="/x"> 🐝 </ref>é <ref href="/y">z</ref>
                </p><p><ref href="/us/usc/t1/s3">§ 3</ref><ref href="/empty"/></p></content>
                """
            )
        )
        for block in section.blocks {
            for link in block.links {
                let scalars = Array(block.text.unicodeScalars)
                let shown = String(String.UnicodeScalarView(scalars[link.start..<(link.start + link.length)]))
                #expect(["§ 2", "🐝", "z", "§ 3"].contains(shown))
            }
        }
        #expect(section.blocks.flatMap { $0.links.map(\.href) } == ["/us/usc/t1/s2", "/x", "/y", "/us/usc/t1/s3"])
        #expect(section.refs.map(\.text) == ["§ 2", "🐝", "z", "§ 3", ""])
    }

    @Test("What is in no node is found missing")
    func coverage() throws {
        let document = SmallTitle.document("lost <title identifier=\"/us/usc/t1\"><num>1</num></title><note>too</note>")
        let findings = try SmallTitle.read(document).findings
        #expect(findings.sourceCharacters == 8)
        #expect(findings.keptCharacters == 1)
    }

    @Test("Nodes do not depend on where the pieces end", arguments: [1, 7, 1_000])
    func pieces(step: Int) throws {
        let document = SmallTitle.document(
            """
            <title identifier="/us/usc/t1"><section identifier="/us/usc/t1/s1"><num>§\u{202F}1.</num><content>“Tïde”
            &amp; <ref href="/us/usc/t1/s2">clôck</ref> — &#8220;x&#8221;<note type="footnote"><num>1</num> é</note>
            </content><notes><note topic="a"><heading>Ñ</heading><p>o</p></note></notes></section></title>
            """
        )
        #expect(try SmallTitle.read(document, step: step) == SmallTitle.read(document))
    }

    @Test("The places of footnotes' markers are kept, which the text does not have")
    func footnoteMarks() throws {
        let section = try SmallTitle.section(
            """
            <content><p>Über this Act,<ref class="footnoteRef" idref="f1">1</ref><note type="footnote" id="f1">
            <num>1</num> So in original.</note> and that.<ref class="footnoteRef" idref="f1">1</ref></p>
            <p>More<ref class="footnoteRef" idref="f2">2</ref><note type="footnote" id="f2"><num>2</num> Sic.</note></p>
            </content>
            """
        )
        #expect(section?.text == "Über this Act, and that.\nMore")
        #expect(section?.blocks.map(\.text) == ["Über this Act, and that.", "More"])
        #expect(
            section?.blocks.map(\.marks) == [
                [LawFootnoteMark(marker: "1", position: 14), LawFootnoteMark(marker: "1", position: 24)],
                [LawFootnoteMark(marker: "2", position: 4)],
            ]
        )
        #expect(section?.footnotes.map(\.marker) == ["1", "2"])
    }
}
