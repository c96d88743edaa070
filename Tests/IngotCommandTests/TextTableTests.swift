import Testing

@testable import ingot

@Suite("Tables and widths")
struct TextTableTests {
    @Test(
        "Columns count what a terminal shows",
        arguments: [
            ("abc", 3), ("§ 1—", 4), ("法典", 4), ("e\u{301}", 1), ("👩‍⚖️", 2), ("✈️", 2), ("ｆｕｌｌ", 8), ("한국", 4),
            ("\u{1B}", 0),
            ("", 0),
        ]
    )
    func widths(text: String, width: Int) {
        #expect(DisplayWidth.of(text) == width)
    }

    @Test("A text is shortened to no more than a width, never through a character", arguments: 0...9)
    func shortened(width: Int) {
        let text = DisplayWidth.shortened("ab法典cd法", to: width)
        #expect(DisplayWidth.of(text) <= width)
        #expect(DisplayWidth.shortened("ab法典cd法", to: 10) == "ab法典cd法")
        #expect(width == 0 || text.hasSuffix("…"))
    }

    private let table = TextTable(
        headings: ["ID", "SOURCE", "MESSAGE"],
        rows: [
            ["01a20100-7631-7160-b988-fefc487a3026", "法典法典法典法典", String(repeating: "long ", count: 40)],
            ["short", "usc", ""],
        ],
        wholeColumns: [0]
    )

    @Test("No row is wider than the terminal, and ids stay whole while there is room", arguments: 5...120)
    func fit(width: Int) {
        let lines = table.text(width: width).split(separator: "\n")
        #expect(lines.allSatisfy { DisplayWidth.of($0) <= width || width < 9 })
        if width >= 54 { #expect(lines[1].hasPrefix("01a20100-7631-7160-b988-fefc487a3026  ")) }
    }

    @Test("Columns stay below each other with wide characters")
    func aligned() {
        let lines = table.text(width: 80).split(separator: "\n")
        let columns = lines.prefix(3).map { line in
            line.range(of: "MESSAGE").map { DisplayWidth.of(line[..<$0.lowerBound]) }
                ?? line.range(of: "long").map { DisplayWidth.of(line[..<$0.lowerBound]) }
        }
        #expect(columns[0] != nil && columns[0] == columns[1])
    }

    @Test("Elsewhere than on a terminal values are whole")
    func full() {
        #expect(table.text.contains(String(repeating: "long ", count: 40)))
        #expect(!table.text.contains("…"))
    }
}

extension StringProtocol {
    fileprivate func range(of text: String) -> Range<Index>? { firstRange(of: text) }
}
