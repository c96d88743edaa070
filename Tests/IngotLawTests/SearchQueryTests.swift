import Testing

@testable import IngotLaw

@Suite("What people type into a search")
struct SearchQueryTests {
    @Test(
        "becomes an expression of quoted terms",
        arguments: [
            ("tax credit", #"("tax") AND ("credit")"#),
            (#""tax credit" income"#, #"("tax credit") AND ("income")"#),
            ("“tax credit”", #"("tax credit")"#),
            (#""not closed"#, #"("not closed")"#),
            ("tax -income", #"(("tax")) NOT ("income")"#),
            (#"tax -"gross income" -wages"#, #"(("tax")) NOT ("gross income" OR "wages")"#),
            ("tax OR duty year", #"("tax" OR "duty") AND ("year")"#),
            ("OR tax OR", #"("tax")"#),
            ("legislat*", #"("legislat" * OR "legislate" OR "legislation" OR "legislating")"#),
            (#""gross inc"*"#, #"("gross inc" *)"#),
            ("300a-1", #"("300a-1")"#),
            (#"say"hello"#, #"("say") AND ("hello")"#),
            ("NEAR(a b) num:1", #"("NEAR(a") AND ("b)") AND ("num:1")"#),
            ("a\u{0}b\tc", #"("a") AND ("b") AND ("c")"#),
            ("§ 7 – *", #"("7")"#),
        ]
    )
    func expressions(text: String, expression: String) throws {
        #expect(try SearchQuery(text).expression == expression)
    }

    @Test(
        "is refused with a reason",
        arguments: [
            ("", LawSearchError.nothingToFind), ("§ – * \"\" --", .nothingToFind), ("-tax", .onlyExclusions),
            ("ab*", .prefixTooShort("ab", minimum: 3)), ("abc* bcd* cde* def*", .tooManyPrefixes(limit: 3)),
            (String(repeating: "a", count: 501), .tooLong(limit: 500)),
            (String(repeating: "a ", count: 33), .tooManyTerms(limit: 32)),
        ]
    )
    func refusals(text: String, error: LawSearchError) {
        #expect(throws: error) { try SearchQuery(text) }
    }

    @Test(
        "may be the number of a section",
        arguments: [
            ("§ 1396a", "§ 1396a.", "42 U.S.C. § 1396a"), ("1396A", "§ 1396a.", nil),
            ("section 300a-1", "[§ 300a–1.", "42 U.S.C. § 300a–1"), ("§300a–1(b)(2)(A)", "§ 300a–1.", nil),
            ("42 USC 1983", "§ 1983.", "42 U.S.C. § 1983"), ("42 U. S. C. § 1983 (b)", "§ 1983.", "42 U.S.C. § 1983"),
            ("42 U.S. Code § 1983", "§ 1983.", "42 U.S.C. § 1983"), ("18 USC App 1", "§ 1.", "18 U.S.C. App. § 1"),
            ("fed r crim p 4.1", "Rule 4.1.", "Fed. R. Crim. P. 4.1"), ("Rule 4.1", "Rule 4.1.", nil),
        ]
    )
    func citations(text: String, num: String, citation: String?) throws {
        let query = try #require(CitationQuery(text))
        #expect(query.matches(num: num, citation: citation))
        #expect(!query.matches(num: "§ 9.", citation: "9 U.S.C. § 9"))
        #expect(!query.matches(num: "§ 9.", citation: nil))
    }

    @Test("is no number", arguments: ["tax", "", "§", "1983 act", "(b)", "§ a1"])
    func noCitation(text: String) { #expect(CitationQuery(text) == nil) }

    @Test("a snippet falls into pieces at its marks")
    func pieces() {
        let (start, end) = ("\u{10FFF0}", "\u{10FFF1}")
        #expect(
            CorpusReader.pieces(of: "a \(start)b\(end) c\(start)d\(end)")
                == [
                    .init(text: "a ", match: false), .init(text: "b", match: true), .init(text: " c", match: false),
                    .init(text: "d", match: true),
                ]
        )
        #expect(CorpusReader.pieces(of: "").isEmpty)
    }
}
