import IngotLaw
import Testing

@testable import IngotUSCode

@Suite("Nodes of a title")
struct NodeTests {
    @Test("A small title reads as it should, whole")
    func golden() throws {
        let reading = try SmallTitle.nodes(
            """
            <note topic="enacting"><p>Enacted long ago.</p></note>
            <toc><layout><tocItem><column><ref href="/us/usc/t1/ch1">1.</ref></column>
            <column>Rules</column><column><ref href="/us/usc/t1/s7">7</ref></column></tocItem></layout></toc>
            <chapter identifier="/us/usc/t1/ch1"><num value="1">CHAPTER 1—</num><heading>RULES</heading>
            <toc><layout><tocItem><column><ref href="/us/usc/t1/s1">1.</ref></column></tocItem></layout></toc>
            <section identifier="/us/usc/t1/s1" status="amended"><num value="1">§\u{202F}1.</num>
            <heading> Words  and
             <i>things</i></heading>
            <subsection identifier="/us/usc/t1/s1/a"><num value="a">(a)</num><heading> In general.—</heading>
            <content>Words are words<ref class="footnoteRef" idref="f">1</ref><note type="footnote" id="f">
            <num>1</num> So in original.</note> under <ref href="/us/usc/t42/s302/a/1">section 302(a)(1)</ref>.</content>
            </subsection>
            <subsection identifier="/us/usc/t1/s1/b"><num value="b">(b)</num><chapeau>Things are—</chapeau>
            <paragraph><num value="1">(1)</num><content> large; or</content></paragraph>
            <paragraph><num value="2">(2)</num><content> small,</content></paragraph>
            <continuation>and so on.</continuation></subsection>
            <sourceCredit>(<ref href="/us/stat/61/633">61 Stat. 633</ref>.)</sourceCredit>
            <notes type="uscNote"><note topic="editorialNotes" role="crossHeading"><heading><b>Editorial
            Notes</b></heading></note><note topic="amendments"><heading>Amendments</heading>
            <p>2001—Once.</p><p>2002—Twice.</p></note></notes>
            </section></chapter>
            """
        )
        var title = LawNode(unit: "1", key: "/us/usc/t1", parent: nil, level: "title", index: 0)
        title.num = "Title 1—"
        title.heading = "T"
        title.notes = [LawNote(topic: "enacting", text: "Enacted long ago.")]
        var chapter = LawNode(unit: "1", key: "/us/usc/t1/ch1", parent: "/us/usc/t1", level: "chapter", index: 1)
        chapter.num = "CHAPTER 1—"
        chapter.heading = "RULES"
        var section = LawNode(unit: "1", key: "/us/usc/t1/s1", parent: "/us/usc/t1/ch1", level: "section", index: 2)
        section.num = "§\u{202F}1."
        section.heading = "Words and things"
        section.status = "amended"
        section.citation = "1 U.S.C. § 1"
        section.text = """
            (a) In general.— Words are words under section 302(a)(1).
            (b) Things are—
            (1) large; or
            (2) small,
            and so on.
            """
        var first = LawBlock(type: "subsection", label: "(a)", heading: "In general.—")
        first.text = "Words are words under section 302(a)(1)."
        first.links = [LawLink(href: "/us/usc/t42/s302/a/1", start: 22, length: 17)]
        first.marks = [LawFootnoteMark(marker: "1", position: 15)]
        section.blocks = [
            first,
            LawBlock(type: "subsection", label: "(b)", text: "Things are—"),
            LawBlock(type: "paragraph", label: "(1)", depth: 1, text: "large; or"),
            LawBlock(type: "paragraph", label: "(2)", depth: 1, text: "small,"),
            LawBlock(type: "continuation", text: "and so on."),
        ]
        section.credit = "(61 Stat. 633.)"
        section.notes = [
            LawNote(topic: "editorialNotes", role: "crossHeading", heading: "Editorial Notes"),
            LawNote(topic: "amendments", heading: "Amendments", text: "2001—Once.\n2002—Twice."),
        ]
        section.footnotes = [LawFootnote(marker: "1", text: "1 So in original.")]
        section.refs = [
            LawReference(
                href: "/us/usc/t42/s302/a/1",
                text: "section 302(a)(1)",
                kind: .node,
                target: "/us/usc/t42/s302",
                piece: "a/1"
            ),
            LawReference(href: "/us/stat/61/633", text: "61 Stat. 633", kind: .statutesAtLarge),
        ]
        #expect(reading.nodes == [title, chapter, section])
        #expect(reading.findings.sourceCharacters == reading.findings.keptCharacters)
        #expect(reading.findings.announcedKeys == ["/us/usc/t1/ch1", "/us/usc/t1/s1"])
        #expect(reading.findings.emptyPieces == [])
    }

    // MARK: - Keys

    @Test("Repeated identifiers are numbered")
    func repeated() throws {
        let section = "<section identifier=\"/us/usc/t1/s1\"/>"
        let reading = try SmallTitle.nodes(
            "<chapter identifier=\"/us/usc/t1/ch1\">\(section)\(section)</chapter>\(section)"
        )
        #expect(
            reading.nodes.map(\.key) == [
                "/us/usc/t1", "/us/usc/t1/ch1", "/us/usc/t1/s1", "/us/usc/t1/s1~2", "/us/usc/t1/s1~3",
            ]
        )
        #expect(reading.nodes.map(\.parent) == [nil, "/us/usc/t1", "/us/usc/t1/ch1", "/us/usc/t1/ch1", "/us/usc/t1"])
    }

    @Test("Identifiers that lack their document get it put in")
    func appendixIdentifiers() throws {
        let document = SmallTitle.document(
            """
            <appendix identifier="/us/usc/t11a"><courtRules identifier="/us/usc/pt"><heading>Federal Rules of
            Bankruptcy Procedure</heading><courtRule identifier="/us/usc/ptI/rule1002"><num>Rule 1002.</num>
            <content>See <ref href="/us/usc/ptI/rule1003/a">Rule 1003</ref>.</content></courtRule></courtRules></appendix>
            """,
            number: "11A"
        )
        let reading = try SmallTitle.read(document, unit: "11a")
        #expect(reading.nodes.map(\.key) == ["/us/usc/t11a", "/us/usc/t11a/pt", "/us/usc/t11a/ptI/rule1002"])
        #expect(reading.nodes[2].citation == "Fed. R. Bankr. P. 1002")
        #expect(reading.nodes[2].refs.map(\.target) == ["/us/usc/t11a/ptI/rule1003"])
    }

    @Test("Elements without identifier get a key from their parent's, the document its own")
    func unnamed() throws {
        let document = SmallTitle.document(
            """
            <appendix><heading>A</heading><compiledAct><heading>FIRST ACT</heading>
            <section><num value="2 to 15">[§§ 2 to 15.</num></section><section><heading>No number</heading></section>
            <section><heading>No number</heading></section><section><num value="2 to 15">x</num></section></compiledAct>
            <compiledAct><section identifier="/us/usc/t50a/s1"/></compiledAct></appendix>
            """,
            number: "50a"
        )
        let nodes = try SmallTitle.read(document, unit: "50a").nodes
        #expect(
            nodes.map(\.key) == [
                "/us/usc/t50a", "/us/usc/t50a/~compiledAct-1", "/us/usc/t50a/~compiledAct-1/~section-2-to-15",
                "/us/usc/t50a/~compiledAct-1/~section-2", "/us/usc/t50a/~compiledAct-1/~section-3",
                "/us/usc/t50a/~compiledAct-1/~section-2-to-15~2", "/us/usc/t50a/~compiledAct-2", "/us/usc/t50a/s1",
            ]
        )
        #expect(nodes[2].citation == "50 U.S.C. App. §§ 2 to 15")
        for node in nodes.dropFirst(1) {
            #expect(nodes.contains { $0.key == node.parent })
            if node.key.contains("~") { #expect(node.key.hasPrefix((node.parent ?? "?") + "/")) }
        }
    }

    @Test("An empty identifier is none, and no key ever stands twice")
    func keysAreUnique() throws {
        let section = "<section identifier=\"\"><num value=\"1\">x</num></section>"
        let reading = try SmallTitle.nodes(
            """
            \(section)\(section)<section identifier="/us/usc/t1/s1~2"/><section identifier="/us/usc/t1/s1"/>
            <section identifier="/us/usc/t1/s1"/><section identifier="/us/usc/t1"/>
            """
        )
        let keys = reading.nodes.map(\.key)
        #expect(Set(keys).count == keys.count)
        #expect(keys[1...2] == ["/us/usc/t1/~section-1", "/us/usc/t1/~section-1~2"])
    }

    @Test("Sections in quotes and notes are text, not nodes")
    func quoted() throws {
        let reading = try SmallTitle.nodes(
            """
            <section identifier="/us/usc/t1/s1"><num>§ 1.</num><content><p>The Act reads:
            <quotedContent><section identifier="/us/usc/t1/s9"><num>“§ 9.</num><heading>Quoted.</heading>
            <content>Inside.”</content></section></quotedContent>; and</p></content>
            <note topic="x"><heading>Short title</heading><section><num>“§ 8.</num><content>Noted.</content></section>
            </note></section>
            """
        )
        #expect(reading.nodes.map(\.key) == ["/us/usc/t1", "/us/usc/t1/s1"])
        let section = try #require(reading.nodes.last)
        #expect(section.text == "The Act reads:\n“§ 9. Quoted.\nInside.”; and")
        #expect(section.blocks.map(\.type) == ["p", "section"])
        #expect(section.blocks.map(\.depth) == [0, 1])
        #expect(section.notes == [LawNote(topic: "x", heading: "Short title", text: "“§ 8. Noted.")])
        #expect(reading.findings.sourceCharacters == reading.findings.keptCharacters)
    }

    @Test("Levels inside a section that are nodes leave the section's text")
    func levelInSection() throws {
        let reading = try SmallTitle.nodes(
            """
            <section identifier="/us/usc/t1/s1"><subsection><num>(a)</num><chapeau>Before</chapeau>
            <level identifier="/us/usc/t1/s1/a/i"><num>(i)</num><content>Own node.</content></level>
            <continuation>after.</continuation></subsection></section>
            """
        )
        #expect(reading["/us/usc/t1/s1"]?.text == "(a) Before\nafter.")
        #expect(reading["/us/usc/t1/s1/a/i"]?.text == "Own node.")
        #expect(reading["/us/usc/t1/s1/a/i"]?.num == "(i)")
        #expect(reading["/us/usc/t1/s1/a/i"]?.parent == "/us/usc/t1/s1")
    }

    @Test("Text right in a chapter is the chapter's")
    func structuralText() throws {
        let reading = try SmallTitle.nodes(
            """
            <chapter identifier="/us/usc/t1/ch1">Loose <b>text</b>.<section identifier="/us/usc/t1/s1"><content>In.
            </content></section>More.</chapter>
            """
        )
        #expect(reading["/us/usc/t1/ch1"]?.text == "Loose text.\nMore.")
        #expect(reading.findings.sourceCharacters == reading.findings.keptCharacters)
    }

    // MARK: - Contents

    /// A title whose contents announce the sections, each with a text, and that has nodes with the identifiers.
    private func announced(_ items: [(section: String, text: String)], nodes: [String]) throws -> [String] {
        let rows = items.map { item in
            let links = item.section.split(separator: "+").map { "<ref href=\"/us/usc/t1/\($0)\">x</ref>" }
            return "<tocItem><column>\(links.joined())</column><column>\(item.text)</column></tocItem>"
        }
        let sections = nodes.map { "<section identifier=\"\($0)\"/>" }
        let inside = "<toc><layout>\(rows.joined())</layout></toc>\(sections.joined())"
        return try SmallTitle.nodes(inside).findings.announcedKeys
    }

    @Test("Announced sections are the nodes that stand for them")
    func announcedSections() throws {
        let items = ["s1", "s48+s49", "s144", "s100a", "s131b", "s236", "s5"].map { ($0, "Alive.") }
        let nodes = [
            "/us/usc/t1/s1", "/us/usc/t1/s48, 49", "/us/usc/t1/s143...146", "/us/usc/t1/s100...101b",
            "/us/usc/t1/s131a /us/usc/t1/s131b", "/us/usc/t1/s234 to 238",
        ]
        #expect(
            try announced(items, nodes: nodes) == [
                nodes[0], nodes[1], nodes[2], nodes[3], nodes[4], nodes[5], "/us/usc/t1/s5",
            ]
        )
    }

    @Test("Dead sections, other documents and contents in quotes announce nothing")
    func notAnnounced() throws {
        #expect(
            try announced([("s1", "[Repealed.]"), ("s2", "Transferred"), ("ch1", "Rules [Omitted]")], nodes: []) == []
        )
        let inside = "<toc><tocItem><ref href=\"/us/usc/t2/s1\">1</ref></tocItem></toc>"
        let own = "<toc><tocItem><ref href=\"/us/usc/t1/s1\">1</ref></tocItem></toc>"
        #expect(try SmallTitle.nodes(inside).findings.announcedKeys == [])
        #expect(try SmallTitle.nodes(own).findings.announcedKeys == ["/us/usc/t1/s1"])
        #expect(try SmallTitle.nodes("<note>\(own)</note>").findings.announcedKeys == [])
        let quoted = "<section><content><quotedContent>\(own)</quotedContent></content></section>"
        #expect(try SmallTitle.nodes(quoted).findings.announcedKeys == [])
    }

    // MARK: - Names

    @Test("Prefixes and USLM 2's name space change nothing")
    func namespaces() throws {
        let plain = SmallTitle.document(
            "<title identifier=\"/us/usc/t1\"><section identifier=\"/us/usc/t1/s1\"><num>§ 1.</num></section></title>"
        )
        let second = plain.replacing("http://xml.house.gov/schemas/uslm/1.0", with: "http://schemas.gpo.gov/xml/uslm")
        var prefixed = plain.replacing("xmlns=", with: "xmlns:u=")
        for name in ["uscDoc", "meta", "docNumber", "docPublicationName", "main", "title", "section", "num"] {
            prefixed = prefixed.replacing("<\(name)", with: "<u:\(name)").replacing("</\(name)", with: "</u:\(name)")
        }
        #expect(prefixed.contains("<u:section"))
        let expected = try SmallTitle.read(plain)
        #expect(expected.nodes.count == 2)
        #expect(try SmallTitle.read(second) == expected)
        #expect(try SmallTitle.read(prefixed) == expected)
    }

    @Test("Citations follow the printed number")
    func citations() {
        #expect(USCodeCitation.section(unit: "42", num: "§\u{202F}302.") == "42 U.S.C. § 302")
        #expect(USCodeCitation.section(unit: "1", num: "[§§\u{202F}202 to 204.") == "1 U.S.C. §§ 202 to 204")
        #expect(USCodeCitation.section(unit: "1", num: "[§\u{202F}9, 10.") == "1 U.S.C. § 9, 10")
        #expect(USCodeCitation.section(unit: "5a", num: "§ 8K.") == "5 U.S.C. App. § 8K")
        #expect(USCodeCitation.section(unit: "1", num: "") == nil)
        #expect(USCodeCitation.section(unit: "1", num: "§") == nil)
        #expect(USCodeCitation.rule(num: "Rule 4.1.", of: ["A", "Federal Rules of Evidence"]) == "Fed. R. Evid. 4.1")
        #expect(USCodeCitation.rule(num: "Rule 1.", of: ["Rules of the Court of Tides"]) == nil)
    }
}
