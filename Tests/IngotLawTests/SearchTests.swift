import IngotCore
import Testing

@testable import IngotLaw

@Suite("Searching the live law")
struct SearchTests {
    private static let document = """
        /o/42{num=Title 42—;heading=PUBLIC HEALTH}: 
          /o/42/s1{num=§ 1.;heading=Legislative powers;citation=42 O.C. § 1}: The legislature legislates; see 42 O.C. 1983.
          /o/42/s300a{num=§ 300a.;heading=Grants;citation=42 O.C. § 300a}: A grant for naïve cafés and the year 1983.
          /o/42/s300a-1{num=§ 300a–1.;heading=Further grants;citation=42 O.C. § 300a–1}: Granting under section 300a–1.
          /o/42/s1983{num=§ 1983.;heading=Civil action;citation=42 O.C. § 1983}: Every person who subjects another.
          /o/42/s1984{num=[§ 1984.;heading=Repealed grants;status=repealed;citation=42 O.C. § 1984}: gone
        """
    private static let other = """
        /o/18{num=Title 18—;heading=CRIMES}: 
          /o/18/s1983{num=§ 1983.;heading=Penalties;citation=18 O.C. § 1983}: A penalty, and "grants" of mercy.
        """

    private func corpus() async throws -> Corpus {
        let corpus = try await Corpus()
        try await corpus.ingest(try corpus.release("1", ["42": Self.document, "18": Self.other]))
        return corpus
    }

    private func keys(_ corpus: Corpus, _ text: String, _ change: (inout LawSearch) -> Void = { _ in }) async throws
        -> [String]
    {
        var search = LawSearch(text)
        change(&search)
        return try await corpus.reader.search(search, limit: 50).hits.map { String($0.key.dropFirst(3)) }
    }

    @Test("finds stems, phrases, beginnings and words without their accents")
    func language() async throws {
        let corpus = try await corpus()
        #expect(try await keys(corpus, "grant").count == 4)
        #expect(try await keys(corpus, "granted").count == 4)
        #expect(try await keys(corpus, "naive CAFE") == ["42/s300a"])
        #expect(try await keys(corpus, "\"naïve cafés\"") == ["42/s300a"])
        #expect(try await keys(corpus, "\"cafés naïve\"").isEmpty)
        #expect(try await keys(corpus, "legislat*") == ["42/s1"])
        #expect(try await keys(corpus, "legis*") == ["42/s1"])
        #expect(try await keys(corpus, "grant -mercy -repealed -further") == ["42/s300a"])
        #expect(try await Set(keys(corpus, "mercy OR person")) == ["18/s1983", "42/s1983"])
        #expect(try await keys(corpus, "\"section 300a-1\"") == ["42/s300a-1"])
        #expect(try await keys(corpus, "nowhere").isEmpty)
    }

    @Test("puts a section first whose number or citation is asked for")
    func citations() async throws {
        let corpus = try await corpus()
        #expect(try await keys(corpus, "§ 1983(b)") == ["18/s1983", "42/s1983", "42/s1", "42/s300a"])
        #expect(try await keys(corpus, "42 OC 1983") == ["42/s1983", "42/s1"], "who cites it comes next")
        #expect(try await keys(corpus, "300a-1").first == "42/s300a-1")
        #expect(try await keys(corpus, "300a").first == "42/s300a")
        #expect(try await keys(corpus, "1983") { $0.place = .text } == ["42/s1", "42/s300a"])
        let hits = try await corpus.reader.search(LawSearch("42 O.C. § 1983"), limit: 10).hits
        #expect(hits.map(\.isCited) == [true, false])
        #expect(hits[0].score == nil && (hits[1].score ?? 0) > 0)
        #expect(hits[0].snippet == [.init(text: "Every person who subjects another.", match: false)])
        #expect(hits[1].snippet.filter(\.match).map(\.text) == ["42 O.C. 1983"])
    }

    @Test("headings count more than text, and filters narrow")
    func filters() async throws {
        let corpus = try await corpus()
        let all = try await keys(corpus, "grants")
        #expect(all.last == "18/s1983", "only its text has the word")
        let headings = try await keys(corpus, "grants") { $0.place = .heading }
        #expect(Set(headings) == ["42/s300a", "42/s300a-1", "42/s1984"])
        #expect(try await keys(corpus, "grants") { $0.place = .text } == ["18/s1983", "42/s300a-1", "42/s300a"])
        #expect(try await !keys(corpus, "grants") { $0.isOnlyInForce = true }.contains("42/s1984"))
        #expect(try await keys(corpus, "grants") { $0.units = ["18", "99"] } == ["18/s1983"])
        #expect(try await keys(corpus, "health OR crimes") { $0.level = "title" }.count == 2)
        #expect(try await keys(corpus, "health") { $0.level = "section" }.isEmpty)
        #expect(try await keys(corpus, "grants") { $0.source = "outline" } == all)
        #expect(try await keys(corpus, "1983") { $0.units = ["42"] }.first == "42/s1983")
        await #expect(throws: LawReadingError.unknownSource("nothing")) {
            try await keys(corpus, "grants") { $0.source = "nothing" }
        }
    }

    @Test("shows only what readers of the live revision see")
    func versions() async throws {
        let corpus = try await corpus()
        #expect(try await keys(corpus, "cafés").count == 1)
        let amended = Self.document.replacing("naïve cafés", with: "inns")
        try await corpus.ingest(try corpus.release("2", ["42": amended]))
        #expect(try await keys(corpus, "cafés").isEmpty)
        #expect(try await keys(corpus, "inns") == ["42/s300a"])
        let failing = Self.document.replacing("Every person", with: "Nobody")
        await #expect(throws: JobFailure.self) {
            try await corpus.ingest(try corpus.release("3", ["42": failing, "18": "boom"]))
        }
        #expect(try await keys(corpus, "nobody").isEmpty)
        try await CorpusReverter(database: corpus.database).revert("outline")
        #expect(try await keys(corpus, "inns").isEmpty)
        #expect(try await keys(corpus, "cafés") == ["42/s300a"])
        _ = try await CorpusSweeper(database: corpus.database, objects: corpus.objects).sweep("outline")
        #expect(try await keys(corpus, "cafés") == ["42/s300a"])
        #expect(try await keys(corpus, "grant").count == 4)
    }

    @Test("shows nothing of an open revision")
    func openRevision() async throws {
        let corpus = try await corpus()
        let paused = PausingObjects(corpus.objects)
        let amended = Self.document.replacing("naïve cafés", with: "inns")
        let watched = WatchedDatabase(corpus.database) {
            #expect(try await keys(corpus, "naïve") == ["42/s300a"])
            #expect(try await keys(corpus, "inns").isEmpty)
            if try await corpus.rowCount("valid_from = 2") > 0 { throw CancellationError() }
        }
        paused.goOn()
        await #expect(throws: CancellationError.self) {
            try await corpus.ingest(try corpus.release("2", ["42": amended]), database: watched)
        }
        #expect(try await corpus.rowCount("valid_from = 2") > 0)
        #expect(try await keys(corpus, "naïve") == ["42/s300a"])
        #expect(try await keys(corpus, "inns").isEmpty)
    }

    @Test(
        "takes any text as text",
        arguments: [
            "\" OR 1=1", "NEAR(", "x NEAR/2 y", "col:x", "num:1983", "{num heading} : x", "^grants", "a AND", "AND",
            "NOT x", "'; DROP TABLE nodes; --", "\"\"\"x", "x\u{0}y", "((((", "grants)", "a+b", "x*y", "**x**", "-*x",
            "x - y", "👩‍⚖️ law", "\u{10FFF0}x\u{10FFF1}", "%_x", "\\x", "?1", "x\r\ny", "“x", "ñ̃x",
        ]
    )
    func anyText(text: String) async throws {
        let corpus = try await corpus()
        for place in LawSearch.Place.allCases {
            do { _ = try await keys(corpus, text) { $0.place = place } } catch is LawSearchError {}
        }
        #expect(try await keys(corpus, "grant").count == 4)
    }

    @Test("pages hold every hit once", arguments: [1, 3, 7])
    func paging(limit: Int) async throws {
        let corpus = try await Corpus()
        func unit(_ name: String) -> String {
            (0..<20).reduce("/o/\(name): top") {
                $0 + "\n  /o/\(name)/\($1){num=§ \($1).}: word \($1 % 3 == 0 ? "17" : "none")"
            }
        }
        try await corpus.ingest(try corpus.release("1", ["5": unit("5"), "5a": unit("5a"), "10": unit("10")]))
        for text in ["word", "17"] {
            let all = try await keys(corpus, text)
            var found: [String] = []
            var cursor: String?
            var pages = 0
            repeat {
                let page = try await corpus.reader.search(LawSearch(text), after: cursor, limit: limit)
                #expect(page.hits.count <= limit && !page.isTruncated)
                found += page.hits.map { String($0.key.dropFirst(3)) }
                cursor = page.next
                pages += 1
            } while cursor != nil && pages < 100
            #expect(found.count == Set(found).count)
            #expect(Array(found.prefix(50)) == all)
            #expect(found.count == (text == "word" ? 60 : 3 + 21))
            let units = found.map { $0.prefix { $0 != "/" } }
            if text == "word" { #expect(units == units.sorted { naturallyOrdered(String($0), String($1)) }) }
        }
    }

    @Test("a cursor belongs to one query over one state")
    func cursors() async throws {
        let corpus = try await corpus()
        let first = try await corpus.reader.search(LawSearch("grant"), limit: 2)
        let cursor = try #require(first.next)
        for wrong in ["", "x", "2", "-1-a", "2-", cursor + "0", "99999-" + cursor.dropFirst(2)] {
            await #expect(throws: LawSearchError.cursorOutdated) {
                try await corpus.reader.search(LawSearch("grant"), after: wrong, limit: 2)
            }
        }
        await #expect(throws: LawSearchError.cursorOutdated) {
            try await corpus.reader.search(LawSearch("person"), after: cursor, limit: 2)
        }
        try await corpus.ingest(try corpus.release("2", ["42": Self.document]))
        await #expect(throws: LawSearchError.cursorOutdated) {
            try await corpus.reader.search(LawSearch("grant"), after: cursor, limit: 2)
        }
    }

    @Test("an empty store has nothing")
    func emptyStore() async throws {
        let corpus = try await Corpus()
        #expect(try await keys(corpus, "law").isEmpty)
        #expect(try await keys(corpus, "§ 1").isEmpty)
    }
}
