import IngotCore
import IngotLaw
import IngotTesting
import NIOHTTP1
import Testing

@testable import IngotDashboard

@Suite("The pages that read the law", .timeLimit(.minutes(10)))
struct LawNodePageTests {
    private static let hostile = #"<script>alert("x")</script>&amp;' onclick="y"#

    @Test("Without law the start page says so, and where to begin")
    func nothingIngested() async throws {
        try await DashboardFixture.withLaw([]) { fixture, _ in
            let page = try await fixture.page("/law")
            #expect(page.contains("No law has been ingested yet."))
            #expect(page.contains("href=\"/jobs/new?source=given\""))
            #expect(try await fixture.page("/compare?source=given").contains("Nothing has been ingested"))
        }
    }

    @Test("The start page leads to the top of each corpus")
    func start() async throws {
        let law = GivenLaw(label: "1", nodes: GivenLaw.title([GivenLaw.section(1, "Light it.")]))
        try await DashboardFixture.withLaw([law]) { fixture, _ in
            let page = try await fixture.page("/law")
            #expect(page.contains("Given nodes"))
            // One node at the top is entered below it.
            #expect(page.contains("<a href=\"/law/g/t1/ch1\">CHAPTER 1—LANTERNS</a>"))
            #expect(page.contains("1 state can be read"))
        }
    }

    @Test("A section shows its place, its text with labels and links, footnotes, credit and notes")
    func section() async throws {
        var first = GivenLaw.section(
            1,
            [
                LawBlock(type: "subsection", label: "(a)", heading: "In general.—", depth: 0, text: "See section 2."),
                LawBlock(type: "paragraph", label: "(1)", depth: 1, text: "Light it."),
            ]
        )
        first.blocks[0].links = [LawLink(href: "/g/t1/s2/a", start: 4, length: 9)]
        first.blocks[1].marks = [LawFootnoteMark(marker: "1", position: 5)]
        first.refs = [
            LawReference(href: "/g/t1/s2/a", text: "section 2", kind: .node, target: "/g/t1/s2", piece: "a")
        ]
        first.footnotes = [LawFootnote(marker: "1", text: "1 So in original.")]
        first.credit = "(Added 1901.)"
        first.notes = [
            LawNote(topic: "x", role: "crossHeading", heading: "Editorial Notes"),
            LawNote(topic: "amendments", heading: "Amendments", text: "1902—Relit.\nA\tB\n1\t2"),
        ]
        let law = GivenLaw(label: "1", nodes: GivenLaw.title([first, GivenLaw.section(2, "Put it out.")]))
        try await DashboardFixture.withLaw([law]) { fixture, _ in
            let page = try await fixture.page("/law/g/t1/s1")
            #expect(page.contains("<title>§ 1. Lantern 1 as of 1 · Ingot</title>"))
            #expect(page.contains("<a href=\"/law/g/t1\">Title 1—LIGHTS</a>"))
            #expect(page.contains("<a href=\"/law/g/t1/s2#a\">section 2</a>"))
            #expect(page.contains("id=\"a/1\""))
            #expect(page.contains("<a class=\"label\" href=\"#a/1\">(1)</a>"))
            #expect(page.contains("Light<sup class=\"page\"><a href=\"#footnote-1\" id=\"mark-1\">1</a></sup> it."))
            #expect(page.contains("<li id=\"footnote-1\">"))
            #expect(page.contains("(Added 1901.)"))
            #expect(page.contains("<h3 class=\"law\">Amendments</h3>"))
            #expect(page.contains("<td>A</td><td>B</td>"))
            #expect(page.contains("1 G.L. § 1"))
            #expect(page.contains("rel=\"next\""))
            #expect(page.contains("<a href=\"/law/g/t1/s1\" aria-current=\"page\">"))
            #expect(page.contains("href=\"/api/law/g/t1/s1?format=markdown\""))
            #expect(page.contains("href=\"/law/g/t1/s1?at=1\""))
            let cited = try await fixture.page("/law/g/t1/s2")
            #expect(cited.contains("Cited by"))
            #expect(cited.contains("1 G.L. § 1</a>"))
            #expect(try await fixture.page("/law/g/t1/s2?view=references").contains("1 G.L. § 1</a>"))
        }
    }

    @Test("What comes from a source is text, never markup, and no address of it runs")
    func hostileText() async throws {
        var section = GivenLaw.section(
            1,
            [LawBlock(type: Self.hostile, label: Self.hostile, heading: Self.hostile, depth: 3, text: Self.hostile)]
        )
        var table = LawBlock(type: "table", text: Self.hostile)
        table.table = [[LawTableCell(text: Self.hostile, isHeader: true), LawTableCell(text: Self.hostile)]]
        section.blocks.append(table)
        section.blocks[0].status = Self.hostile
        section.blocks[0].links = [LawLink(href: "javascript:alert(1)", start: 0, length: 4)]
        section.blocks[0].marks = [LawFootnoteMark(marker: Self.hostile, position: 2)]
        section.text = [Self.hostile, Self.hostile].joined(separator: "\n")
        section.num = Self.hostile
        section.heading = Self.hostile
        section.citation = Self.hostile
        section.status = Self.hostile
        section.credit = Self.hostile
        section.footnotes = [LawFootnote(marker: Self.hostile, text: Self.hostile)]
        section.notes = [
            LawNote(topic: Self.hostile, role: "crossHeading", heading: Self.hostile, text: Self.hostile),
            LawNote(heading: Self.hostile, text: Self.hostile + "\tb"),
        ]
        section.refs = [LawReference(href: "javascript:alert(1)", text: Self.hostile)]
        let nodes = GivenLaw.title([section])
        var changed = nodes
        changed[2].text += " more"
        changed[2].heading += " more"
        let states = [GivenLaw(label: "1", nodes: nodes), GivenLaw(label: "2", nodes: changed)]
        try await DashboardFixture.withLaw(states) { fixture, _ in
            for path in [
                "/law", "/law/g/t1/ch1", "/law/g/t1/s1", "/law/g/t1/s1?at=1", "/law/g/t1/s1?at=2&against=1",
                "/compare?source=given&from=1&to=2", "/search?q=alert", "/search?q=%3Cscript%3Ealert(1)&source=given",
                "/law/g/t1/s1?view=references",
            ] {
                let page = try await fixture.page(path)
                #expect(!page.contains("<script>"), "\(path)")
                #expect(!page.contains("href=\"javascript"), "\(path)")
                #expect(!page.contains("onclick=\""), "\(path)")
            }
            let page = try PrintedText(try await fixture.page("/law/g/t1/s1"))
            #expect(PrintedText.law(page.first("credit")).contains(Self.hostile))
            // What is asked for is text as well.
            for path in [
                "/law/g/%3Cscript%3E", "/law/g/t1/s1?at=%3Cscript%3E", "/law/g/t1/s1?at=1&against=%3Cscript%3E",
                "/compare?source=%3Cscript%3E&from=%3Cscript%3E",
                "/compare?source=given&from=1&to=2&change=%3Cscript%3E",
                "/search?q=a&source=%3Cscript%3E", "/search?q=a&cursor=%3Cscript%3E",
            ] {
                let answer = try await fixture.send(.GET, path)
                #expect(!answer.text.contains("<script>"), "\(path)")
                #expect((200..<500).contains(answer.status), "\(path): \(answer.status)")
            }
        }
    }

    @Test("A state that is not the newest is named, and a node that is not in it tells when it was")
    func states() async throws {
        let one = GivenLaw.title([GivenLaw.section(1, "Light it."), GivenLaw.section(2, "Put it out.")])
        let two = GivenLaw.title([GivenLaw.section(1, "Light it twice."), GivenLaw.section(3, "Clean it.")])
        let states = [GivenLaw(label: "1", nodes: one), GivenLaw(label: "2", nodes: two)]
        try await DashboardFixture.withLaw(states) { fixture, _ in
            let old = try await fixture.page("/law/g/t1/s1?at=1")
            #expect(old.contains("Light it."))
            #expect(old.contains("You read the law as of <strong>1</strong>"))
            #expect(old.contains("<option value=\"1\" selected>1 (added here)</option>"))
            #expect(old.contains("<option value=\"2\">2 (newest, changed here)</option>"))
            // Links stay in the state that is read.
            #expect(old.contains("href=\"/law/g/t1/s2?at=1\""))
            let new = try await fixture.page("/law/g/t1/s1")
            #expect(!new.contains("You read the law as of"))
            #expect(new.contains("href=\"/law/g/t1/s1?at=2&amp;against=1\""))
            let gone = try await fixture.send(.GET, "/law/g/t1/s2")
            #expect(gone.status == 404)
            #expect(gone.text.contains("The state 2 does not have it."))
            #expect(gone.text.contains("removed"))
            let early = try await fixture.send(.GET, "/law/g/t1/s3?at=1")
            #expect(early.status == 404)
            #expect(early.text.contains("<option value=\"1\" selected>1 (not in it)</option>"))
            let unknown = try await fixture.send(.GET, "/law/g/t1/s3?at=9")
            #expect(unknown.status == 404)
            #expect(unknown.text.contains("The label 9 has not been ingested"))
            let never = try await fixture.send(.GET, "/law/g/t9")
            #expect(never.status == 404)
            #expect(never.text.contains("Nothing has that key"))
        }
    }

    @Test("Long contents come a page at a time")
    func paging() async throws {
        let sections = (1...230).map { GivenLaw.section($0, "Light \($0).") }
        try await DashboardFixture.withLaw([GivenLaw(label: "1", nodes: GivenLaw.title(sections))]) { fixture, _ in
            let first = try await fixture.page("/law/g/t1/ch1?at=1")
            #expect(first.contains("§ 200. Lantern 200"))
            #expect(!first.contains("§ 201. Lantern 201"))
            let next = try #require(first.firstMatch(of: /href="([^"]*cursor=[^"]*)" rel="next"/)).output.1
            let second = try await fixture.page(String(next).replacing("&amp;", with: "&"))
            #expect(second.contains("§ 201. Lantern 201"))
            #expect(second.contains("§ 230. Lantern 230"))
            #expect(second.contains("Back to the beginning"))
            // Around a section only its nearest neighbours are listed.
            let section = try await fixture.page("/law/g/t1/s100")
            #expect(section.contains("§ 115. Lantern 115"))
            #expect(!section.contains("§ 116. Lantern 116"))
            #expect(section.contains("84 nodes before these"))
        }
    }

    @Test("A reader with a scope finds no other law")
    func scope() async throws {
        let law = GivenLaw(label: "1", nodes: GivenLaw.title([GivenLaw.section(1, "Light it.")]))
        try await DashboardFixture.withLaw([law]) { fixture, _ in
            let key = try await fixture.makeKey("viewer", sources: ["elsewhere"])
            #expect(try await fixture.send(.GET, "/law/g/t1/s1", key: key).status == 404)
            #expect(!(try await fixture.page("/law", key: key)).contains("LANTERNS"))
            #expect(try await fixture.page("/search?q=light", key: key).contains("Nothing was found"))
        }
    }
}
