import IngotCore
import IngotLaw
import Testing

@testable import IngotConnecticut

/// Pages that differ from the usual ones, as old and rare ones do.
@Suite("Odd pages of statutes")
struct OddPageTests {
    private static func page(_ body: String) -> [UInt8] {
        Array(
            """
            <html><body><h2 class="chap-no">CHAPTER 4</h2><h2 class="chap-name">ODDITIES</h2>\(body)</body></html>
            """.utf8
        )
    }

    /// The nodes below the chapter; all of the page's text must be in nodes.
    private static func nodes(_ body: String) throws -> [LawNode] {
        let (nodes, findings) = try RealPage.nodes(of: [page(body)], unit: "4-ch4")
        #expect(findings.sourceCharacters == findings.keptCharacters)
        return Array(nodes.dropFirst())
    }

    private static func section(_ number: String, _ text: String) -> String {
        #"<p><span class="catchln" id="sec_\#(number)">Sec. \#(number). Caption.</span> \#(text)</p>"#
    }

    @Test("A heading in pieces is one, and two sections in one paragraph are two")
    func catchlines() throws {
        let cut = try Self.nodes(
            """
            <p><span class="catchln">Sec. 4-1. Words and</span> <span class="catchln">phrases.</span> Text.</p>
            <p><span class="catchln">Sec. 4-117</span><i>l</i><span class="catchln">. Damage.</span> Text.</p>
            <p><span class="catchln">Sec. 4-2. One.</span> Text one.<br/><span class="catchln">Sec. 4-3. Two.</span> Text two.</p>
            """
        )
        #expect(cut.map(\.key) == ["4-1", "4-117l", "4-2", "4-3"].map { "/us/ct/cgs/s\($0)" })
        #expect(cut.map(\.heading) == ["Words and phrases.", "Damage.", "One.", "Two."])
        #expect(cut.map(\.text) == ["Text.", "Text.", "Text one.", "Text two."])
    }

    @Test("Sections in bold type, in table cells and in other elements are sections")
    func otherMarkup() throws {
        let found = try Self.nodes(
            """
            <p><b><a name="sec_4-1">Sec. 4-1. Bold.</a></b> Text.</p>
            <table><tr><td><p><span class="catchln">Sec. 4-2. In a cell.</span> Text.</p></td></tr></table>
            <p><strong class="catchln">Sec. 4-3. Strong.</strong> Text.</p>
            """
        )
        #expect(found.map(\.key) == ["4-1", "4-2", "4-3"].map { "/us/ct/cgs/s\($0)" })
        #expect(found.map(\.text) == ["Text.", "Text.", "Text."])
    }

    @Test("What looks like a section and was not recognised is missed")
    func unrecognised() throws {
        let (_, findings) = try RealPage.nodes(of: [Self.page("<p>Sec. 4-9. Plain. Text.</p>")], unit: "4-ch4")
        #expect(findings.announcedKeys == ["/us/ct/cgs/s4-9"])
    }

    @Test(
        "Designations of all kinds",
        arguments: [
            ("Secs. 17-1 to 17-3, inclusive, and 17-5. Old.", "17-1...17-3,17-5", "Old."),
            ("Secs. 4-1—4-3. Old.", "4-1...4-3", "Old."), ("Secs. 4-8 & 4-9. Two.", "4-8,4-9", "Two."),
            ("Section 4-2. Long.", "4-2", "Long."), ("SEC. 4-1. Loud.", "4-1", "Loud."),
            ("Sec 4-3. Short.", "4-3", "Short."), ("Sec. 42a-2A-101. Leases.", "42a-2a-101", "Leases."),
            ("Secs. 4-1, 4-2 and 4-4 to 4-6, inclusive. All.", "4-1,4-2,4-4...4-6", "All."),
        ]
    )
    func designations(text: String, key: String, rest: String) throws {
        let designation = try #require(SectionDesignation(text))
        #expect(designation.key == "/us/ct/cgs/s\(key)")
        #expect(designation.rest == rest)
    }

    @Test("A star at a section's number belongs to its note, and the printed number wins over the anchor")
    func stars() throws {
        let found = try Self.nodes(
            """
            <p><span class="catchln" id="sec_4-99">Sec. 4-8*. Starred.</span> Text.</p>
            <p class="front-note-first">*Not effective before 2030.</p>
            """
        )
        #expect(found[0].key == "/us/ct/cgs/s4-8")
        #expect(found[0].num == "Sec. 4-8.")
        #expect(found[0].notes.map(\.text) == ["Not effective before 2030."])
    }

    @Test(
        "Whether a section is in force, by what it says",
        arguments: [
            ("Sections 4-3 to 4-5, inclusive, are obsolete.", "obsolete"), ("Section 4-2 was repealed.", "repealed"),
            ("Sections 4-7 and 4-8 are transferred to sections 5-1 and 5-2.", "transferred"),
            ("[Reserved]", "reserved"),
            ("Reserved for future use.*", "reserved"), ("Obsolete; see section 4-9.", "obsolete"),
            ("Repealed by P.A. 76-186.", "repealed"),
            ("Section 4-2, as amended by section 3, is repealed.", "repealed"),
            ("Sections 4-5 and 4-6 shall not apply to what is repealed.", nil),
            ("Repealed violations shall be recorded.", nil), ("Reserved seats are numbered.", nil),
        ] as [(String, String?)]
    )
    func statuses(text: String, status: String?) {
        #expect(SectionStatus.status(heading: "", text: text) == status)
    }

    @Test("Parts by letters in brackets, with hyphens, with names in two lines, without numbers")
    func parts() throws {
        let found = try Self.nodes(
            """
            <h3 class="center part-no">PART I-A</h3><h3 class="part-name">ONE</h3><h3 class="part-name">AND MORE</h3>
            \(Self.section("4-1", "One."))
            <h4 class="subpart-no">(A)</h4><h4 class="subpart-name">SMALL</h4>\(Self.section("4-2", "Two."))
            <h4 class="subpart-no">(B)</h4>\(Self.section("4-3", "Three."))
            <h3 class="part-no">PART I-B</h3>\(Self.section("4-4", "Four."))
            <h3 class="part-name">OTHER MATTERS</h3>\(Self.section("4-5", "Five."))
            """
        )
        let chapter = "/us/ct/cgs/t4/ch4"
        #expect(
            found.filter { $0.level != "section" }.map(\.key) == [
                "\(chapter)/ptI-A", "\(chapter)/ptI-A/sptA", "\(chapter)/ptI-A/sptB", "\(chapter)/ptI-B",
                "\(chapter)/pt-other-matters",
            ]
        )
        #expect(found[0].heading == "ONE AND MORE")
        #expect(
            found.filter { $0.level == "section" }.map(\.parent) == [
                "\(chapter)/ptI-A", "\(chapter)/ptI-A/sptA", "\(chapter)/ptI-A/sptB", "\(chapter)/ptI-B",
                "\(chapter)/pt-other-matters",
            ]
        )
    }

    @Test("Contents may repeat the headings of parts, and text may stand before the chapter")
    func contents() throws {
        let page = """
            <html><body><p>Archived.</p><h2 class="chap-no">CHAPTER 4</h2><h4 class="chap_toc_hd">Contents</h4>
            <h3 class="part-no">PART I</h3><p class="toc_catchln"><a href="#sec_4-1">Sec. 4-1. Caption.</a></p>
            <hr class="chaps_pg_bar"/><h3 class="part-no">PART I</h3>\(Self.section("4-1", "Text."))</body></html>
            """
        let (nodes, findings) = try RealPage.nodes(of: [Array(page.utf8)], unit: "4-ch4")
        #expect(findings.sourceCharacters == findings.keptCharacters)
        #expect(nodes.map(\.key) == ["/us/ct/cgs/t4/ch4", "/us/ct/cgs/t4/ch4/ptI", "/us/ct/cgs/s4-1"])
        #expect(nodes[0].text == "Archived.")
    }

    @Test("A page of another chapter, of none, and one without an end are refused")
    func refused() {
        #expect(throws: JobFailure.self) { try RealPage.nodes(of: [Self.page("")], unit: "5-ch5") }
        #expect(throws: JobFailure.self) {
            try RealPage.nodes(of: [Array("<html><p>Hello</p></html>".utf8)], unit: "5-ch5")
        }
        let cut = Self.page(Self.section("4-1", "Text.")).dropLast(20)
        let failure = #expect(throws: JobFailure.self) { try RealPage.nodes(of: [Array(cut)], unit: "4-ch4") }
        #expect(failure?.code == "document_truncated")
    }

    @Test("Bytes that are no UTF-8 are read one by one")
    func encoding() {
        let bytes = Array("“Text” ".utf8) + [0x92, 0xE9] + Array(" end".utf8)
        #expect(String(decoding: PageEncoding.utf8([0xEF, 0xBB, 0xBF] + bytes), as: UTF8.self) == "“Text” ’é end")
    }

    @Test("References: regulations and other laws are none of the statutes, federal ones are the Code's")
    func references() {
        func targets(_ text: String) -> [String] { FlowingText(text).references.compactMap(\.target) }
        #expect(targets("sections 22a-174-1 to 22a-174-200, inclusive, of the regulations of state agencies") == [])
        #expect(targets("section 1320a-7b of the Social Security Act") == [])
        #expect(
            targets("under 42 USC Section 1396r-8 and 42 USC 1396a(a)") == [
                "/us/usc/t42/s1396r-8", "/us/usc/t42/s1396a",
            ]
        )
        #expect(
            targets("sections 53a-28 to 53a-44, inclusive, and section 42a-2A-101 of the general statutes") == [
                "/us/ct/cgs/s53a-28", "/us/ct/cgs/s53a-44", "/us/ct/cgs/s42a-2a-101",
            ]
        )
        #expect(
            targets("chapter 7 of title 11 of the United States Code; title 42a; chapters 14 and 15e") == [
                "/us/ct/cgs/t42a", "/us/ct/cgs/ch14", "/us/ct/cgs/ch15e",
            ]
        )
    }

    private static func title(_ rows: String, before: String = "") -> [UInt8] {
        Array(
            """
            <html><body><h1 class="title-no">TITLE 5</h1>\(before)<table>\(rows)</table></body></html>
            """.utf8
        )
    }

    @Test("Only rows of its contents are a title's chapters, and a row that leads nowhere is an error")
    func titles() throws {
        let link =
            #"<a class="toc_ch_link" href="chap_053.htm">Chapter 53</a> <span class="toc_rng_secs">Secs. 5-1 to 5-9</span>"#
        let page = try TitlePage(
            Self.title(
                """
                <tr><td>\(link)</td><td>Name</td></tr><tr><td>Chapter 54 (See Chapter 60)</td><td>Reserved</td></tr>
                <tr><td>Chapters 55 to 57</td><td>Reserved for future use</td></tr>
                """,
                before: #"<p class="front-note-first">*See <a href="chap_001.htm">chapter 1</a>.</p>"#
            ),
            number: "5"
        )
        #expect(
            page.chapters == [
                TitlePage.Chapter(
                    division: StatuteDivision(isArticle: false, number: "53"),
                    file: "chap_053.htm",
                    isOfTitle: true
                )
            ]
        )
        let (nodes, findings) = page.nodes(unit: "5")
        #expect(nodes.map(\.key) == ["5", "5/ch54", "5/ch55...57"].map { "/us/ct/cgs/t\($0)" })
        #expect(nodes[1].covers == [LawKeyRange(first: "/us/ct/cgs/ch54", last: "/us/ct/cgs/ch54")])
        #expect(nodes.dropFirst().map(\.status) == ["reserved", "reserved"])
        #expect(findings.sourceCharacters == findings.keptCharacters)
        let wrong = Self.title(#"<tr><td><a class="toc_ch_link" href="chap_002.asp">Chapter 2</a></td></tr>"#)
        let failure = #expect(throws: JobFailure.self) { try TitlePage(wrong, number: "5") }
        #expect(failure?.code == "upstream_page_changed" && failure?.message.contains("chap_002.asp") == true)
        #expect(throws: JobFailure.self) { try TitlePage(Self.title("<tr><td>Nothing</td></tr>"), number: "5") }
        let elsewhere =
            #"<tr><td><a class="toc_ch_link" href="title_08.htm">See title 8</a></td><td>(Transferred)</td></tr>"#
        #expect(try TitlePage(Self.title(elsewhere), number: "5").chapters.isEmpty)
        #expect(try TitlePage(Self.title("<tr><td>All sections repealed</td></tr>"), number: "5").chapters.isEmpty)
    }

    @Test("The Supplement replaces what it prints, whatever shape that had, and nothing else")
    func supplement() throws {
        func chapter(_ body: String) throws -> [LawNode] {
            try RealPage.nodes(of: [Self.page(body)], unit: "4-ch4").nodes
        }
        let base = try chapter(
            """
            <p class="front-note-first">A note.</p><p>Text of the chapter.</p>
            \(Self.section("4-1", "Old one."))\(Self.section("4-2", "Old two."))
            <h3 class="part-no">PART I</h3>\(Self.section("4-3", "Until 2030."))\(Self.section("4-3", "From 2030."))
            <p><span class="catchln">Secs. 4-4 and 4-5.</span> Reserved for future use.</p>\(Self.section("4-9", "Nine."))
            """
        )
        let overlay = try chapter(
            """
            <p class="front-note-first">A newer note.</p>
            <p><span class="catchln">Secs. 4-1 and 4-2. Both.</span> Sections 4-1 and 4-2 are repealed.</p>
            \(Self.section("4-3", "Three."))\(Self.section("4-4", "Four."))\(Self.section("4-5", "Five."))
            \(Self.section("4-6", "Six."))
            """
        )
        let nodes = SupplementOverlay(base: base, overlay: overlay).nodes
        let part = "/us/ct/cgs/t4/ch4/ptI"
        #expect(
            nodes.map(\.key) == [
                "/us/ct/cgs/t4/ch4", "/us/ct/cgs/s4-1,4-2", part, "/us/ct/cgs/s4-3", "/us/ct/cgs/s4-4",
                "/us/ct/cgs/s4-5",
                "/us/ct/cgs/s4-6", "/us/ct/cgs/s4-9",
            ]
        )
        #expect(nodes[0].text == "Text of the chapter.")
        #expect(nodes[0].notes.map(\.text) == ["A newer note."])
        #expect(nodes[1].status == "repealed")
        #expect(nodes[3].text == "Three.")
        #expect(nodes.dropFirst(3).allSatisfy { $0.parent == part })
        #expect(nodes.map(\.index) == Array(nodes.indices))
        #expect(nodes.last?.file == 0 && nodes[3].file == 1)
    }
}
