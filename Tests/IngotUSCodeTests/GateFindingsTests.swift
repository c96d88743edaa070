import IngotLaw
import IngotTesting
import Testing

@testable import IngotUSCode

/// What a document's own contents and pieces betray when something was cut out of it.
@Suite("Findings for the gate")
struct GateFindingsTests {
    private func contents(_ head: String, _ lines: String) -> String {
        "<toc><layout><header role=\"tocColumnHeader\"><column>\(head)</column></header>\(lines)</layout></toc>"
    }

    private func line(_ first: String, _ second: String) -> String {
        "<tocItem><column>\(first)</column><column>\(second)</column></tocItem>"
    }

    private func section(_ number: String, _ attributes: String = "") -> String {
        """
        <section identifier="/us/usc/t1/s\(number)"\(attributes)><num value="\(number)">§ \(number).</num>
        <heading>H</heading><content>Text.</content></section>
        """
    }

    @Test("Contents without links announce by their numbers")
    func numbers() throws {
        let lines = line("1.", "One.") + line("2.", "Transferred functions.") + line("[3, 4.", "Repealed.]")
        let more = line("5 to 7.", "Omitted.") + line("[8 to 9. Repealed.]", "") + line("10–1.", "Ten.")
        let reading = try SmallTitle.nodes(
            contents("Sec.", lines + more) + section("1") + section("3...4", " status=\"repealed\"")
        )
        #expect(reading.findings.announcedKeys == ["/us/usc/t1/s1", "/us/usc/t1/s2", "/us/usc/t1/s10–1"])
        #expect(
            reading.findings.announcedDeadKeys == [
                "/us/usc/t1/s3...4", "/us/usc/t1/s5", "/us/usc/t1/s7", "/us/usc/t1/s8", "/us/usc/t1/s9",
            ]
        )
    }

    @Test("Contents of USLM 2 announce as well")
    func second() throws {
        let reading = try SmallTitle.nodes(
            """
            <toc><headingItem><designator>Sec.</designator><label/></headingItem><referenceItem>
            <designator>1.</designator><label>One.<footnote><num>1</num> So in original.</footnote></label>
            </referenceItem><referenceItem><designator>(a)</designator><label>Part.</label></referenceItem>
            <referenceItem><designator>2.</designator><label>Two.</label></referenceItem></toc>
            """ + section("1")
        )
        #expect(reading.findings.announcedKeys == ["/us/usc/t1/s1", "/us/usc/t1/s2"])
    }

    @Test(
        "A provision that holds only spaces, of whatever kind, or marks is blank",
        arguments: ["\u{A0}", "\u{202F}\u{2003}", "\u{200B}\u{FEFF}", ".", "—", "...", " \n "]
    )
    func blankMarks(text: String) throws {
        func findings(_ content: String) throws -> [String] {
            try SmallTitle.nodes(
                section("1").replacing(
                    "</section>",
                    with: "<paragraph><num value=\"1\">(1)</num><content>\(content)</content></paragraph></section>"
                )
            ).findings.emptyPieces.map(\.key)
        }
        #expect(try findings(text) == ["/us/usc/t1/s1"])
        #expect(try findings("Ü\(text)") == [])
    }

    @Test("A chapter that contents link to must be there")
    func linkedChapter() throws {
        let line = "<tocItem><column><ref href=\"/us/usc/t1/ch2\">2.</ref></column><column>Two</column></tocItem>"
        let findings = try SmallTitle.nodes("<toc><layout>\(line)</layout></toc>").findings
        #expect(findings.announcedKeys == ["/us/usc/t1/ch2"])
    }

    @Test("Numbers of chapters and parts announce them, those beside a name announce no section")
    func chapters() throws {
        let lines = "<tocItem><column>1.</column><column>Chapter</column><column>101</column></tocItem>"
        let parts = line("I.", "One.") + line("[II.", "Repealed]") + line("Index", "Three.")
        // Chapters and parts go by many names: one that is not there is only missed when the live revision has it.
        #expect(try SmallTitle.nodes(contents("Chap.", lines)).findings.announcedDeadKeys == ["/us/usc/t1/ch1"])
        #expect(
            try SmallTitle.nodes(contents("Part", parts)).findings.announcedDeadKeys == [
                "/us/usc/t1/ptII", "/us/usc/t1/ptI",
            ]
        )
        #expect(try SmallTitle.nodes(contents("Item", lines)).findings.announcedKeys == [])
        #expect(try SmallTitle.nodes("<toc><layout>\(lines)</layout></toc>").findings.announcedKeys == [])
    }

    @Test("Numbers find rules and sections of acts whatever their paths are")
    func paths() throws {
        let rules = """
            <appendix identifier="/us/usc/t11a">\(contents("Rule", line("7.", "Else.")))
            <courtRules identifier="/us/usc/pt">\(contents("Rule", line("1002.", "Start.") + line("1003.", "Lists.")))
            <courtRule identifier="/us/usc/ptI/rule1002"><num value="1002">Rule 1002.</num><content>A.</content></courtRule>
            </courtRules><courtRule identifier="/us/usc/x/rule7"><num>7</num><content>B.</content></courtRule></appendix>
            """
        let findings = try SmallTitle.read(SmallTitle.document(rules, number: "11a"), unit: "11a").findings
        #expect(
            findings.announcedKeys == ["/us/usc/t11a/ptI/rule1002", "/us/usc/t11a/x/rule7", "/us/usc/t11a/pt/rule1003"]
        )
    }

    @Test("A footnote that speaks of a repeal explains why a section is not there")
    func annotated() throws {
        func note(_ text: String) -> String { "<note type=\"footnote\"><num>1</num> \(text)</note>" }
        let lines = line("1.\(note("Section was repealed in 1999."))", "One.")
        let others = line("2.\(note("Section repealed."))", "Two.") + line("3.\(note("So in original."))", "Three.")
        let findings = try SmallTitle.nodes(contents("Sec.", lines + others) + section("1")).findings
        #expect(findings.announcedKeys == ["/us/usc/t1/s1", "/us/usc/t1/s3"])
        #expect(findings.announcedDeadKeys == ["/us/usc/t1/s2"])
    }

    @Test(
        "Lines of contents that say what is gone",
        arguments: [
            ("Repealed.", true), ("Repealed or Omitted.", true), ("Beer [Repealed or Omitted]", true),
            ("Renumbered §4.", true), ("Transferred.", true), ("Transferred to section 5.", true), ("Omitted]", true),
            ("Transferred functions.", false), ("Reserved rights of States.", false), ("", false),
            ("Inconsistent laws repealed.", false), ("Vacant", true), ("[Reserved]", true),
        ]
    )
    func dead(line: String, isDead: Bool) {
        #expect(StatusWords.close(line) == isDead)
    }

    // MARK: - Blank pieces

    private static let pieces = """
        <num value="1">§ 1.</num><heading>H</heading><chapeau>If—</chapeau><subsection><num>(a)</num>
        <heading>In general</heading><content>Words.</content></subsection><subsection><num>(b)</num>
        <paragraph><num>(1)</num><content>one;</content></paragraph><paragraph><num>(2)</num><content>two;</content>
        </paragraph></subsection><continuation>then so.</continuation>
        """

    @Test(
        "A piece without text is found",
        arguments: [
            ("Words.", "subsection (a)"), ("<content>one;</content>", "subsection (b) paragraph (1)"),
            ("two;", "subsection (b) paragraph (2)"), ("(1)", "subsection (b) paragraph num"),
            ("<num>(2)</num><content>two;</content>", "subsection (b) paragraph"),
            ("In general", "subsection (a) heading"),
            ("then so.", "continuation"), ("§ 1.", "num"), ("<heading>H</heading>", nil),
        ] as [(String, String?)]
    )
    func blanked(cut: String, piece: String?) throws {
        let whole = "<section identifier=\"/us/usc/t1/s1\">\(Self.pieces)</section>"
        #expect(try SmallTitle.nodes(whole).findings.emptyPieces == [])
        let doctored = whole.replacing(cut, with: "", maxReplacements: 1)
        #expect(doctored != whole)
        let findings = try SmallTitle.nodes(doctored).findings
        #expect(findings.emptyPieces.map(\.piece) == (piece.map { [$0] } ?? []))
        #expect(findings.emptyPieces.allSatisfy { $0.key == "/us/usc/t1/s1" })
    }

    @Test(
        "A section without text is found unless something says why",
        arguments: [
            ("<num>§ 1.</num><heading>H</heading>", true), ("<num>§ 1.</num><heading>H</heading><content/>", true),
            ("", true), ("<num>§ 1.</num><heading>Omitted</heading>", false),
            ("<num>§ 1.</num><heading>Complaint—(Rule)</heading><note><p>See the rules.</p></note>", false),
            ("<num>§ 1.</num><heading>H</heading><notes><note><p>Noted.</p></note></notes>", true),
            ("<num>§ 1.</num><content><p>One.</p><p> </p></content>", true),
            ("<num>§ 1.</num><content><p>One.</p><table><tr><td><p/></td></tr></table></content>", false),
        ]
    )
    func sections(inside: String, isFound: Bool) throws {
        let findings = try SmallTitle.nodes("<section identifier=\"/us/usc/t1/s1\">\(inside)</section>").findings
        #expect(findings.emptyPieces.map(\.key) == (isFound ? ["/us/usc/t1/s1"] : []))
        let dead = try SmallTitle.nodes(
            "<section identifier=\"/us/usc/t1/s1\" status=\"repealed\"><heading>H</heading></section>"
        )
        #expect(dead.findings.emptyPieces == [])
    }

    @Test(
        "What the next element holds explains a piece without text",
        arguments: [
            ("<item><num>(m)</num><content/></item><chapeau>(1) Until then.</chapeau>", false),
            ("<item><num>(m)</num><content/></item><continuation>and so on.</continuation>", true),
            ("<item><num>(m)</num><heading>Condition</heading></item><continuation>After that.</continuation>", false),
            ("<item><num>(m)</num><heading>Condition</heading></item><continuation/>", true),
            (
                "<item><num>(a)</num><heading>Criteria</heading></item><item><num>(a)(1)</num><content>x</content></item>",
                false
            ),
            (
                "<item><num>(a)</num><heading>Criteria</heading></item><item><num>(b)</num><content>x</content></item>",
                true
            ),
            ("<item><num>(a)</num><heading>Repealed. Pub. L. 1–1</heading><content/></item>", false),
        ]
    )
    func explained(inside: String, isFound: Bool) throws {
        let findings = try SmallTitle.nodes(
            "<section identifier=\"/us/usc/t1/s1\"><num>§ 1.</num><clause><num>(i)</num>\(inside)</clause></section>"
        ).findings
        #expect(findings.emptyPieces.isEmpty == !isFound)
    }
}

/// Cuts pieces out of real titles: the findings must tell.
@Suite(
    "Findings of real titles",
    .fillsTheMachine,
    .enabled(if: !RealTitle.whole.isEmpty, "the real titles are not there")
)
struct RealGateFindingsTests {
    /// Reads a title with something cut out of it.
    private func read(_ document: [UInt8], as title: RealTitle) throws -> SmallTitle.Reading {
        try SmallTitle.read(document, unit: title.file?.unit.id ?? "", label: title.file?.release.label, step: 1 << 16)
    }

    @Test("A blanked provision is found, with its section", arguments: RealTitle.small)
    func blanked(title: RealTitle) throws {
        let doctoring = Doctoring(try title.document())
        for cuts in [doctoring.contents, doctoring.pieces, doctoring.texts] {
            for cut in doctoring.some(cuts) {
                let findings = try read(doctoring.without(cut), as: title).findings
                #expect(findings.emptyPieces.map(\.key) == [cut.section], "\(title.name) \(cut)")
            }
        }
    }

    @Test("A cut section or chapter is announced and not there", arguments: RealTitle.small)
    func cut(title: RealTitle) throws {
        // The acts in appendices have no contents.
        guard title.file?.unit.isAppendix == false else { return }
        let doctoring = Doctoring(try title.document())
        for cut in doctoring.some(doctoring.sections) {
            let reading = try read(doctoring.without(cut), as: title)
            let keys = Set(reading.nodes.map(\.key))
            let missing = reading.findings.announcedKeys.filter { !keys.contains($0) }
            #expect(missing == (keys.contains(cut.section) ? [] : [cut.section]), "\(title.name) \(cut)")
        }
        for cut in doctoring.some(doctoring.chapters) {
            let reading = try read(doctoring.without(cut), as: title)
            let announced = reading.findings.announcedKeys + reading.findings.announcedDeadKeys
            // Without a link, contents do not tell the path of a chapter that is not there.
            let missing = announced.filter { reading[$0] == nil }.map { $0.split(separator: "/").last }
            #expect(missing.contains(cut.section.split(separator: "/").last), "\(title.name) \(cut)")
        }
    }

    @Test("Whatever is cut out of a title is missed", arguments: ["usc09@119-36", "usc27@119-36"])
    func everything(name: String) throws {
        guard let title = RealTitle.published.first(where: { $0.name == name }) else { return }
        let doctoring = Doctoring(try title.document())
        for cut in doctoring.contents + doctoring.pieces + doctoring.texts {
            let findings = try read(doctoring.without(cut), as: title).findings
            #expect(findings.emptyPieces.map(\.key) == [cut.section], "\(cut)")
        }
        for cut in doctoring.sections {
            let reading = try read(doctoring.without(cut), as: title)
            #expect(reading.findings.announcedKeys.filter { reading[$0] == nil } == [cut.section])
        }
    }
}
