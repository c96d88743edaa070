import IngotCore
import Testing

@testable import IngotLaw

@Suite("Law rendering")
struct LawRenderingTests {
    private let record = """
        {"unit":"9","key":"/us/usc/t9/s1","parent":"/us/usc/t9","level":"section","num":"§ 1.",
        "heading":"Lanterns | defined","status":"repealed","citation":"9 U.S.C. § 1","text":"x",
        "blocks":[
          {"type":"subsection","label":"(a)","heading":"In general.—","depth":0,"text":"A *lantern* shines."},
          {"type":"paragraph","label":"(1)","depth":1,"text":"By oil, see section 302.",
           "links":[{"href":"/us/usc/t42/s302","start":12,"length":11}]},
          {"type":"p","depth":0,"text":"1. is no list."},
          {"type":"table","depth":0,"table":[
            [{"text":"Kind","header":true},{"text":"Fee|s","header":true,"column_span":2}],
            [{"text":"Oil","row_span":2},{"text":"1"},{"text":"2"}],
            [{"text":"3"},{"text":"4"}]]}],
        "credit":"(Act 1.)",
        "notes":[{"topic":"x","role":"crossHeading","heading":"Editorial Notes","text":""},
          {"topic":"x","heading":"Old Rule","text":"One.\\nTwo.\\nA\\tB\\nC"}],
        "footnotes":[{"marker":"1","text":"1  So printed."}]}
        """

    private func rendering(path: [String] = []) throws -> LawRendering {
        LawRendering(try JSONText.decode(LawRecord.self, from: record.utf8), path: path)
    }

    @Test("prints plain text with its place, nesting, tables, credit, footnotes and notes")
    func text() throws {
        #expect(
            try rendering(path: ["Title 9— LIGHTS", "", "Chapter 1"]).text == """
                Title 9— LIGHTS › Chapter 1
                9 U.S.C. § 1

                § 1. Lanterns | defined
                [repealed]

                (a) In general.—A *lantern* shines.

                    (1) By oil, see section 302.

                1. is no list.

                Kind | Fee|s
                -----+---+--
                Oil  | 1 | 2
                     | 3 | 4

                (Act 1.)

                [1] So printed.

                Notes
                =====

                Editorial Notes
                ---------------

                Old Rule

                    One.

                    Two.

                    A | B

                    C

                """
        )
    }

    @Test("prints Markdown whose special characters are escaped and whose links lead on")
    func markdown() throws {
        #expect(
            try rendering().markdown == """
                # § 1. Lanterns \\| defined

                *9 U.S.C. § 1* — repealed

                **(a)** *In general*.—A \\*lantern\\* shines.

                > **(1)** By oil, see [section 302](/us/usc/t42/s302).

                1\\. is no list.

                | Kind | Fee\\|s |  |
                | --- | --- | --- |
                | Oil | 1 | 2 |
                |  | 3 | 4 |

                (Act 1.)

                \\[1\\] So printed.

                ## Notes

                ### Editorial Notes

                #### Old Rule

                One.

                Two.

                |  |  |
                | --- | --- |
                | A | B |

                C

                """
        )
    }

    @Test("wraps the cells of a wide table, and keeps its columns in line")
    func wideTable() {
        let words = (1...40).map { "word\($0)" }.joined(separator: " ")
        let lines = LawTableGrid([
            [.init(text: "No."), .init(text: words), .init(text: "x")],
            [.init(text: "A rather long cell that runs over two columns", columnSpan: 2), .init(text: "y")],
        ]).lines(width: 60)
        #expect(lines.allSatisfy { $0.count <= 60 })
        #expect(lines.first?.hasPrefix("No. | word1 word2") == true)
        #expect(lines.dropFirst().dropLast().allSatisfy { $0.hasPrefix("    | word") })
        #expect(lines.last?.hasSuffix(" | y") == true)
        #expect(lines.joined(separator: " ").split(separator: " ").filter { $0.hasPrefix("word") }.count == 40)
    }

    @Test("wraps text into a width and keeps its indentation", arguments: [40, 60, 72])
    func wrapped(width: Int) throws {
        var record = try JSONText.decode(LawRecord.self, from: record.utf8)
        let words = (1...50).map { "word\($0)" }.joined(separator: " ")
        record.blocks += [
            .init(type: "paragraph", label: "(2)", depth: 1, text: words),
            .init(type: "p", depth: 2, text: String(repeating: "x", count: 200)),
        ]
        let lines = LawRendering(record, path: [words]).text(width: width).split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= width })
        let paragraph = lines.drop { !$0.hasPrefix("    (2)") }.prefix { !$0.contains("x") }
        #expect(paragraph.count > 5)
        #expect(paragraph.allSatisfy { $0.hasPrefix("    ") && !$0.hasPrefix("     ") })
        #expect(lines.joined().count { $0 == "x" } >= 200)
    }

    @Test("cuts words that fit into no column, and believes no endless span")
    func brokenTable() {
        let long = String(repeating: "x", count: 500)
        let grid = LawTableGrid([[.init(text: long, columnSpan: 1_000_000, rowSpan: -3), .init(text: "y")]])
        #expect(grid.columnCount == 101)
        let lines = LawTableGrid([[.init(text: long), .init(text: long)]]).lines(width: 80)
        #expect(lines.allSatisfy { $0.count <= 80 })
        #expect(lines.joined().count { $0 == "x" } == 1000)
        #expect(LawTableGrid([]).lines(width: 80).isEmpty)
        #expect(LawTableGrid([[]]).lines(width: 80).isEmpty)
    }

    @Test(
        "escapes what would begin a list, a heading or a rule, and nothing in the middle of a line",
        arguments: [
            ("1. one", "1\\. one"), ("12) two", "12\\) two"), ("- three", "\\- three"), ("+ four", "\\+ four"),
            ("=== five", "\\=== five"), ("a - b + c = 1.", "a - b + c = 1."), ("1990 - x", "1990 - x"),
            ("a\n2. b", "a\n2\\. b"), ("$5 & `x` <b> ~y~ #z", "\\$5 \\& \\`x\\` \\<b\\> \\~y\\~ \\#z"),
        ]
    )
    func escapes(text: String, markdown: String) {
        #expect(MarkdownText.escaped(text, startsLine: true) == markdown)
    }

    @Test("keeps addresses as they are published")
    func addresses() {
        #expect(MarkdownText.link("x", to: "/us/usc/t42/s300aa–1") == "[x](</us/usc/t42/s300aa–1>)")
        #expect(MarkdownText.link("x", to: "https://a/b?c=d#e") == "[x](https://a/b?c=d#e)")
        #expect(MarkdownText.link("x", to: "a b(c)<d>") == "[x](<a b(c)\\<d\\>>)")
        #expect(MarkdownText.link("x", to: "") == "[x](<>)")
    }

    @Test("counts the places of links in Unicode scalars")
    func linkPlaces() throws {
        var record = try JSONText.decode(LawRecord.self, from: record.utf8)
        let text = "🏮 e\u{301} 👨‍👩‍👧 see s. 5"
        let start = text.unicodeScalars.count - 4
        record.blocks = [
            .init(type: "p", depth: 0, text: text, links: [.init(href: "/s5", start: start, length: 4)])
        ]
        #expect(LawRendering(record).markdown.contains("see [s. 5](/s5)\n"))
    }

    @Test("shows the bare text of a source that has no blocks")
    func noBlocks() throws {
        var record = try JSONText.decode(LawRecord.self, from: record.utf8)
        record.blocks = []
        record.text = "First.\nSecond."
        #expect(LawRendering(record).text.contains("\n\nFirst.\n\nSecond.\n"))
        #expect(LawRendering(record).markdown.contains("\n\nFirst.\n\nSecond.\n"))
    }

    @Test("ignores links that lie outside of the text or over each other")
    func brokenLinks() throws {
        var record = try JSONText.decode(LawRecord.self, from: record.utf8)
        record.blocks = [
            .init(
                type: "p",
                depth: 0,
                text: "one two three",
                links: [
                    .init(href: "/a", start: 0, length: 3), .init(href: "/b", start: 2, length: 4),
                    .init(href: "/c", start: 4, length: 3), .init(href: "/d", start: 8, length: 99),
                ]
            )
        ]
        #expect(LawRendering(record).markdown.contains("\n\n[one](/a) [two](/c) three\n\n"))
    }
}
