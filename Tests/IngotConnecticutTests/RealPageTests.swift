import IngotLaw
import IngotTesting
import Testing

@testable import IngotConnecticut

/// Pages as the site published them: each gives the nodes that it should, and all of its text is in them.
@Suite("Pages of the Connecticut statutes", .enabled(if: RealPage.isThere, "\(SharedFolder.absence)"))
struct RealPageTests {
    @Test("The Penal Code's offenses: parts, a repealed pair, a transferred section, an italic letter, stars")
    func penalCode() throws {
        let (nodes, findings) = try RealPage.nodes("ct_chap952_trimmed.html", unit: "53a-ch952")
        let chapter = "/us/ct/cgs/t53a/ch952"
        #expect(
            nodes.map(\.key) == [
                chapter, "\(chapter)/ptI", "/us/ct/cgs/s53a-24", "/us/ct/cgs/s53a-25", "/us/ct/cgs/s53a-26",
                "/us/ct/cgs/s53a-27", "\(chapter)/ptII", "/us/ct/cgs/s53a-53,53a-54", "/us/ct/cgs/s53a-90",
                "/us/ct/cgs/s53a-117l",
            ]
        )
        #expect(nodes[0].parent == "/us/ct/cgs/t53a")
        #expect(
            nodes.map(\.level) == ["chapter", "part"] + Array(repeating: "section", count: 4) + ["part"]
                + Array(repeating: "section", count: 3)
        )
        #expect(nodes[0].num == "CHAPTER 952")
        #expect(nodes[0].heading == "PENAL CODE: OFFENSES")
        #expect(nodes[0].notes.map(\.topic) == ["front_note"])
        #expect(nodes[0].notes[0].heading == "*")
        #expect(nodes[0].notes[0].text.hasPrefix("Cited. 191 C. 73; 192 C. 571"))
        #expect(nodes[0].notes[0].text.hasSuffix("where no inconsistency results. 31 CS 350."))
        #expect(nodes[1].num == "PART I")
        #expect(nodes[1].heading == "DEFINITION AND CLASSIFICATION")
        #expect(nodes[1].notes.first?.text == "Cited. 27 CA 225.")
        #expect(nodes[2].parent == "\(chapter)/ptI")
        #expect(nodes[2].num == "Sec. 53a-24.")
        #expect(nodes[2].heading.hasPrefix("Offense defined. Application of sentencing"))
        #expect(nodes[2].citation == "Conn. Gen. Stat. § 53a-24")
        #expect(nodes[2].blocks.map(\.label) == ["(a)", "(b)"])
        #expect(nodes[2].blocks[0].text.hasPrefix("The term “offense” means any crime"))
        #expect(nodes[2].credit.hasPrefix("(1969, P.A. 828, S. 24;"))
        #expect(nodes[2].notes.map(\.topic) == ["history", "annotation"])
        #expect(nodes[2].notes[1].text.split(separator: "\n").count == 3)
        #expect(nodes[2].status == nil)
        #expect(nodes[3].notes.map(\.topic) == ["history", "cross_reference", "annotation"])
        let targets = nodes[2].refs.compactMap(\.target)
        #expect(targets.prefix(3) == ["/us/ct/cgs/s53a-28", "/us/ct/cgs/s53a-44", "/us/ct/cgs/s21a-278"])
        #expect(targets.contains("/us/ct/cgs/s19-480a"), "a printed number in the history")
        #expect(nodes[3].refs.contains { $0.target == "/us/ct/cgs/s53a-35a" && $0.text == "53a-35a" })
        #expect(nodes[5].refs.contains { $0.target == "/us/ct/cgs/ch881b" }, "a printed chapter")
        #expect(nodes[7].status == "repealed")
        #expect(nodes[7].num == "Secs. 53a-53 and 53a-54.")
        #expect(nodes[7].covers.map(\.first) == ["/us/ct/cgs/s53a-53", "/us/ct/cgs/s53a-54"])
        #expect(nodes[7].parent == "\(chapter)/ptII")
        #expect(nodes[8].status == "transferred")
        #expect(nodes[8].heading.isEmpty)
        #expect(
            nodes[8].refs.filter { $0.relation == .transferredTo }.map(\.target) == ["/us/ct/cgs/s54-102a"]
        )
        #expect(nodes[9].num == "Sec. 53a-117l.")
        #expect(nodes[9].blocks.map(\.label) == ["(a)", "(b)"])
        #expect(findings.announcedKeys.count == 4)
        #expect(findings.emptyPieces.isEmpty)
    }

    @Test("An article of title 42a is no chapter, and its subdivisions are laid out")
    func article() throws {
        let (nodes, findings) = try RealPage.nodes("ct_art001_trimmed.html", unit: "42a-art1")
        #expect(nodes[0].key == "/us/ct/cgs/t42a/art1")
        #expect(nodes[0].level == "article")
        #expect(nodes[0].covers.isEmpty, "chapter 1 is another one")
        #expect(nodes[1].key == "/us/ct/cgs/t42a/art1/pt1")
        #expect(nodes.dropFirst(2).map(\.key) == (1...3).map { "/us/ct/cgs/s42a-1-10\($0)" })
        let construction = nodes[4]
        #expect(construction.blocks.map(\.label) == ["(a)", "(1)", "(2)", "(3)", "(b)"])
        #expect(
            construction.blocks.map(\.type) == [
                "subsection", "subdivision", "subdivision", "subdivision", "subsection",
            ]
        )
        // Its contents were cut down to fewer sections than they name.
        #expect(findings.announcedKeys == (1...4).map { "/us/ct/cgs/s42a-1-10\($0)" })
    }

    @Test("Reserved ranges, transferred sections, pairs, repealed subsections and tables")
    func kinds() throws {
        let reserved = try RealPage.nodes("cgs_reserved_sections.htm", unit: "1-ch1")
        #expect(reserved.nodes.map(\.status) == [nil, nil, "reserved", nil, "reserved"])
        #expect(reserved.nodes[2].key == "/us/ct/cgs/s1-1o...1-1s")
        #expect(reserved.nodes[2].covers == [LawKeyRange(first: "/us/ct/cgs/s1-1o", last: "/us/ct/cgs/s1-1s")])
        #expect(reserved.findings.announcedKeys == ["/us/ct/cgs/s1-1", "/us/ct/cgs/s1-2"])
        #expect(reserved.findings.announcedDeadKeys.count == 4)

        let transferred = try RealPage.nodes("cgs_transferred_sections.htm", unit: "1-ch3").nodes
        #expect(transferred.map(\.status) == [nil, nil, "transferred", "transferred", "transferred"])
        let pair = transferred[4]
        #expect(pair.key == "/us/ct/cgs/s1-19,1-19a")
        #expect(
            pair.refs.filter { $0.relation == .transferredTo }.map(\.target)
                == ["/us/ct/cgs/s1-210", "/us/ct/cgs/s1-211"]
        )
        #expect(pair.refs.contains { $0.target == "/us/ct/cgs/ch14" && $0.relation == nil })

        let repealed = try RealPage.nodes("cgs_repealed_subsection.htm", unit: "5-ch5").nodes[1]
        #expect(repealed.status == nil)
        #expect(repealed.blocks.map(\.status) == [nil, nil, "repealed", nil])
        #expect(repealed.blocks[2].label == "(c)")

        let tables = try RealPage.nodes("cgs_tables_chapter.htm", unit: "12-ch229").nodes[1]
        #expect(
            tables.blocks.map(\.type) == [
                "subsection", "subdivision", "subparagraph", "table", "subparagraph", "table",
            ]
        )
        #expect(
            tables.blocks[3].table?.map { $0.map(\.text) } == [
                ["Connecticut Taxable Income", "", "Rate of Tax"], ["Not over $2,250", "", "3.0%"],
                ["Over $2,250", "", "$67.50, plus 4.5% of the"], ["", "", "excess over $2,250"],
            ]
        )

        let basic = try RealPage.nodes("cgs_basic_chapter.htm", unit: "20-ch377a").nodes
        #expect(basic.map(\.key) == ["/us/ct/cgs/t20/ch377a", "/us/ct/cgs/s20-86aa", "/us/ct/cgs/s20-86bb"])
    }

    @Test("A title has its notes and contents, and links to its chapters or articles")
    func titles() throws {
        let page = try TitlePage(RealPage.bytes("ct_title42a.html"), number: "42a")
        #expect(
            page.chapters.map(\.division.step) == [
                "art1", "art2", "art2a", "art3", "art4", "art4a", "art5", "art6", "art7", "art8", "art9", "art10",
            ]
        )
        #expect(page.chapters[2].file == "art_002a.htm")
        let (nodes, _) = try RealPage.nodes("ct_title42a.html", unit: "42a")
        #expect(nodes.map(\.key) == ["/us/ct/cgs/t42a"])
        #expect(nodes[0].num == "TITLE 42a")
        #expect(nodes[0].heading == "UNIFORM COMMERCIAL CODE")
        #expect(nodes[0].notes.map { $0.text.split(separator: "\n").count } == [3])
        #expect(nodes[0].text.contains("Bulk Transfers (Conditionally Repealed)"))
        #expect(nodes[0].refs.contains { $0.target == "/us/ct/cgs/t42a/art2a" })
        let penal = try TitlePage(RealPage.bytes("ct_title53a.html"), number: "53a")
        #expect(penal.chapters.map(\.division.step) == ["ch950", "ch951", "ch952"])
        #expect(throws: (any Error).self) { try TitlePage(RealPage.bytes("ct_title53a.html"), number: "53") }
    }

    @Test("The index: titles with and without pages, remarks, the day, the Supplement")
    func index() throws {
        let index = try StatuteIndex(RealPage.bytes("ct_titles.html"))
        #expect(index.date == "2025-01-01")
        #expect(index.titles.count == 83)
        #expect(index.titles.filter { $0.file == nil }.map(\.number) == ["2a", "2b"])
        #expect(index.supplement == "2026/sup")
        let (nodes, _) = try RealPage.nodes("ct_titles.html", unit: StatuteDiscovery.indexUnit)
        #expect(nodes.map(\.key) == ["/us/ct/cgs", "/us/ct/cgs/t2a", "/us/ct/cgs/t2b"])
        #expect(nodes[1].status == "reserved")
        #expect(nodes[1].num == "Title 2a")
        #expect(nodes[1].text == "Chapters 24 to 25")
        #expect(nodes[0].text.contains("Revised to January 1, 2025"))
        let remarks = nodes[0].blocks.flatMap { $0.table ?? [] }.filter {
            $0.last?.text.contains("(All sections") == true
        }
        #expect(remarks.count == 9)
        let archived = try StatuteIndex(RealPage.bytes("titles.20250901.wayback.htm", in: "cga-wayback"))
        #expect(archived.supplement == nil)
        #expect(archived.titles.map(\.number) == index.titles.map(\.number))
    }

    @Test(
        "All text outside navigation is in the nodes, in the page's order",
        arguments: [
            ("ct_chap952_trimmed.html", "53a-ch952"), ("ct_art001_trimmed.html", "42a-art1"),
            ("cgs_basic_chapter.htm", "20-ch377a"), ("cgs_art_001.htm", "42a-art1"),
            ("cgs_reserved_sections.htm", "1-ch1"), ("cgs_transferred_sections.htm", "1-ch3"),
            ("cgs_repealed_subsection.htm", "5-ch5"), ("cgs_tables_chapter.htm", "12-ch229"),
            ("cgs_title_42a.htm", "42a"), ("ct_title42a.html", "42a"), ("ct_title53a.html", "53a"),
        ]
    )
    func coverage(name: String, unit: String) async throws {
        let page = try RealPage.bytes(name)
        let (nodes, findings) = try RealPage.nodes(of: [page], unit: unit)
        #expect(findings.sourceCharacters == findings.keptCharacters)
        let expected = try await IndependentText.of(page)
        // Stars are kept with the note that they point to.
        #expect(Self.text(of: nodes) == expected.filter { $0 != "*" })
        #expect(expected.unicodeScalars.count == findings.sourceCharacters)
    }

    @Test(
        "All text of an index is in its nodes",
        arguments: [("ct_titles.html", "cga"), ("titles.20250901.wayback.htm", "cga-wayback")]
    )
    func indexCoverage(name: String, folder: String) async throws {
        let page = try RealPage.bytes(name, in: folder)
        let (nodes, findings) = try RealPage.nodes(of: [page], unit: StatuteDiscovery.indexUnit)
        #expect(findings.sourceCharacters == findings.keptCharacters)
        let expected = try await IndependentText.of(page)
        // Titles without a page stand behind the others.
        #expect(Self.text(of: nodes).sorted() == expected.sorted())
    }

    private static func text(of nodes: [LawNode]) -> String {
        nodes.map { node in
            let notes = node.notes.map(\.text)
            let rest = node.level == "section" ? [node.text, node.credit] + notes : notes + [node.text]
            return ([node.num, node.heading] + rest).joined().filter { !$0.isWhitespace }
        }.joined()
    }
}
