import IngotCore
import Testing

@testable import ingot

@Suite("What search and sweep print")
struct SearchCommandTests {
    private let hit: JSONValue = [
        "citation": "42 U.S.C. § 1983", "heading": "Civil action", "key": "/us/usc/t42/s1983", "status": "repealed",
        "snippet": [
            ["text": "every\n   per\u{1B}[31mson ", "match": false], ["text": "deprived", "match": true],
            ["text": " of", "match": false],
        ],
    ]

    @Test("a hit has its citation, heading, status, key and snippet, and nothing that a terminal obeys")
    func plain() {
        #expect(
            SearchCommand.Marks(isBold: false).text(of: hit) == """
                42 U.S.C. § 1983  Civil action [repealed]
                  /us/usc/t42/s1983
                  every per[31mson deprived of
                """
        )
    }

    @Test("on a terminal, matches are bold")
    func bold() {
        let text = SearchCommand.Marks(isBold: true).text(of: hit)
        #expect(text.hasSuffix("son \u{1B}[1mdeprived\u{1B}[22m of"))
    }

    @Test("a node without text and citation shows what it has")
    func bare() {
        let hit: JSONValue = ["num": "Title 1—", "heading": "GENERAL", "key": "/us/usc/t1", "snippet": []]
        #expect(SearchCommand.Marks(isBold: true).text(of: hit) == "Title 1—  GENERAL\n  /us/usc/t1")
    }

    @Test("a sweep is a sentence")
    func sweep() {
        let answer: JSONValue = [
            "source": "usc", "rows_removed": 2, "revisions_swept": 1, "packs_removed": 1, "bytes_freed": 4873,
            "packs_left": 1,
        ]
        #expect(
            SweepCommand.words(for: answer)
                == "usc: 2 rows of 1 revision and 1 pack removed, 4873 bytes freed; 1 pack left because a job is running"
        )
    }
}
