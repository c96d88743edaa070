import IngotCore
import IngotLaw
import IngotTesting
import NIOHTTP1
import Testing

@testable import IngotDashboard

@Suite("The pages that compare states of the law", .timeLimit(.minutes(10)))
struct ComparisonPageTests {
    @Test("A section is shown side by side, with what came and went marked")
    func sideBySide() async throws {
        let old = GivenLaw.section(
            1,
            [
                LawBlock(type: "subsection", label: "(a)", depth: 0, text: "A red lantern is lit at dusk."),
                LawBlock(type: "paragraph", label: "(1)", depth: 1, text: "By its keeper."),
                LawBlock(type: "paragraph", label: "(2)", depth: 1, text: "Old."),
            ]
        )
        let new = GivenLaw.section(
            1,
            [
                LawBlock(type: "subsection", label: "(a)", depth: 0, text: "A green lantern is lit at dusk."),
                LawBlock(type: "paragraph", label: "(1)", depth: 1, text: "By its keeper."),
            ]
        )
        let states = [
            GivenLaw(label: "1", nodes: GivenLaw.title([old, GivenLaw.section(2, "Same.")])),
            GivenLaw(
                label: "2",
                nodes: GivenLaw.title([new, GivenLaw.section(2, "Same."), GivenLaw.section(3, "New.")])
            ),
        ]
        try await DashboardFixture.withLaw(states) { fixture, _ in
            let page = try await fixture.page("/law/g/t1/s1?at=2&against=1")
            #expect(page.contains("A <del>red</del> lantern"))
            #expect(page.contains("A <ins>green</ins> lantern"))
            #expect(page.contains("A <del>red</del><ins>green</ins> lantern"))
            #expect(page.contains("<div class=\"pair removed\">"))
            #expect(page.contains("<p class=\"depth-1\"><del>(2) Old.</del></p>"))
            #expect(page.contains("What differs: text."))
            let one = try await fixture.page("/law/g/t1/s1?at=2&against=1&view=one")
            #expect(one.contains("class=\"law-comparison one-text\""))
            #expect(try await fixture.page("/law/g/t1/s2?at=2&against=1").contains("character for character"))
            #expect(try await fixture.page("/law/g/t1/s3?at=2&against=1").contains("1 does not have it; it is in 2."))
            #expect(try await fixture.page("/law/g/t1/s3?at=1&against=2").contains("1 does not have it any more"))
            #expect(try await fixture.page("/law/g/t1/s1?at=2&against=2").contains("Both sides are the state 2"))
            #expect(try await fixture.send(.GET, "/law/g/t1/s1?at=2&against=9").status == 404)
            #expect(try await fixture.send(.GET, "/law/g/t1/s9?at=2&against=1").status == 404)
        }
    }

    @Test("What changed in a corpus is counted and listed by kind, a page at a time")
    func corpus() async throws {
        let old = (1...130).map { GivenLaw.section($0, "Light \($0).") }
        let new = old[1...].map { node in
            var node = node
            node.index -= 1
            if node.index <= 60 { node.text += " Twice." }
            return node
        }
        let states = [
            GivenLaw(label: "1", nodes: GivenLaw.title(old)), GivenLaw(label: "2", nodes: GivenLaw.title(new)),
        ]
        try await DashboardFixture.withLaw(states) { fixture, _ in
            let changed = new.count { $0.index <= 60 }
            let page = try await fixture.page("/compare?source=given")
            #expect(page.contains("<strong>\(changed)</strong> changed"))
            #expect(page.contains("<strong>1</strong> removed"))
            #expect(page.contains("<strong>0</strong> added"))
            #expect(page.contains("href=\"/law/g/t1/s2?at=2&amp;against=1\""))
            var addresses: [String] = []
            var next: String? = "/compare?source=given&from=1&to=2"
            while let path = next {
                let page = try await fixture.page(path)
                addresses += page.matches(of: /href="(\/law\/g\/t1\/s[^"]*)"/).map { String($0.output.1) }
                next = page.firstMatch(of: /href="([^"]*)" rel="next"/).map {
                    String($0.output.1).replacing("&amp;", with: "&")
                }
            }
            #expect(addresses.count == changed + 1)
            #expect(Set(addresses).count == addresses.count)
            // What is gone is read where it was.
            #expect(addresses.last == "/law/g/t1/s1?at=1")
            let removed = try await fixture.page("/compare?source=given&from=1&to=2&change=removed")
            #expect(removed.matches(of: /href="\/law\/g\/t1\/s/).count == 1)
            let back = try await fixture.page("/compare?source=given&from=2&to=1")
            #expect(back.contains("<strong>1</strong> added"))
            #expect(try await fixture.page("/compare?source=given&from=2&to=2").contains("Both are 2."))
            #expect(try await fixture.send(.GET, "/compare?source=given&from=7&to=2").status == 404)
        }
    }

    @Test("Pages of changes give what the whole list gives, and the numbers are the walk's")
    func pagesOfChanges() async throws {
        let old = (1...40).map { GivenLaw.section($0, "Light \($0).") }
        // One goes, one comes, some change, and one is put at the end.
        var new = old
        new.remove(at: 4)
        new.append(new.remove(at: 10))
        for index in [2, 7, 20] { new[index].text += " Twice." }
        new.append(GivenLaw.section(99, "New."))
        for index in new.indices { new[index].index = index + 2 }
        let states = [
            GivenLaw(label: "1", nodes: GivenLaw.title(old)), GivenLaw(label: "2", nodes: GivenLaw.title(new)),
        ]
        try await DashboardFixture.withLaw(states) { fixture, _ in
            for (from, to) in [("1", "2"), ("2", "1")] {
                let query = "/api/diff?source=given&from=\(from)&to=\(to)"
                let whole = try await fixture.send(.GET, query).json()
                let all = try #require(whole["changes"]?.arrayValue)
                #expect(Set(all.compactMap { $0["change"]?.stringValue }) == ["added", "changed", "moved", "removed"])
                var listed: [JSONValue] = []
                var cursor: String?
                repeat {
                    let page = try await fixture.send(.GET, query + "&limit=2" + (cursor.map { "&cursor=\($0)" } ?? ""))
                        .json()
                    if cursor == nil { #expect(page["summary"] == whole["summary"]) }
                    listed += page["changes"]?.arrayValue ?? []
                    cursor = page["next"]?.stringValue
                } while cursor != nil
                #expect(listed == all)
                for kind in ["added", "changed", "moved", "removed"] {
                    let page = try await fixture.send(.GET, query + "&limit=100&change=\(kind)").json()
                    #expect(page["changes"]?.arrayValue == all.filter { $0["change"]?.stringValue == kind }, "\(kind)")
                }
            }
            for query in ["limit=0", "limit=5&cursor=aa", "change=added", "cursor=aa", "limit=5&change=eaten"] {
                #expect(
                    try await fixture.send(.GET, "/api/diff?source=given&from=1&to=2&\(query)").status == 400,
                    "\(query)"
                )
            }
        }
    }

    @Test("Paragraphs that were put in, taken out, joined and rewritten stand beside what they were")
    func alignment() throws {
        func rows(_ old: String, _ new: String) throws -> [ParagraphAlignment.Row] {
            let pieces = try JSONValue(parsing: JSONText.encode(TextDifference(from: old, to: new).pieces))
            return ParagraphAlignment(pieces.arrayValue ?? []).rows
        }
        func text(_ line: ParagraphAlignment.Line?) -> String? { line?.segments.map(\.text).joined() }
        let cases = [
            ("a b\nc d\ne f", "a b\nc x\ne f"), ("a b\nc d\ne f", "a b\ne f"), ("a b\ne f", "a b\nc d\ne f"),
            ("", "a b\nc"), ("a b\nc", ""), ("one two three four", "one two\nthree four"),
            ("one two\nthree four", "one two three four"), ("a\n\nb", "a\nb"), ("x y z", "p q r"),
            ("a b c\nd e f\ng h i", "g h i\na b c"), ("a\tb\tc\nd", "a\tB\tc\nd\n"),
        ]
        for (old, new) in cases {
            let rows = try rows(old, new)
            let lines = { (text: String) in text.split(separator: "\n").map(String.init) }
            #expect(rows.compactMap { text($0.old) } == lines(old), "\(old) | \(new)")
            #expect(rows.compactMap { text($0.new) } == lines(new), "\(old) | \(new)")
            for row in rows {
                let kept = row.merged.filter { $0.operation != .inserted }.map(\.text).joined()
                let came = row.merged.filter { $0.operation != .deleted }.map(\.text).joined()
                #expect(kept.count >= (text(row.old) ?? "").count)
                #expect(came.count >= (text(row.new) ?? "").count)
            }
        }
        // A last line that went leaves the one before it as it is.
        #expect(try rows("a.\nb.", "a.").map(\.isSame) == [true, false])
        #expect(try rows("a.", "a.\nb.").map(\.isSame) == [true, false])
        let changed = try rows("a b\nc d\ne f", "a b\nc x\ne f")
        #expect(changed.map(\.isSame) == [true, false, true])
        let removed = try rows("a b\nc d\ne f", "a b\ne f")
        #expect(removed.map { $0.new == nil } == [false, true, false])
    }
}
