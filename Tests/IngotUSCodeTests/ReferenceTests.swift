import IngotLaw
import IngotTesting
import Testing

@testable import IngotUSCode

@Suite("References")
struct ReferenceTests {
    @Test(
        "References lead to sections and what is above them",
        arguments: [
            ("/us/usc/t42/s302/a/1", "/us/usc/t42/s302", "a/1"), ("/us/usc/t42/s302", "/us/usc/t42/s302", nil),
            ("/us/usc/t42", "/us/usc/t42", nil), ("/us/usc/t5/ptI/ch1", "/us/usc/t5/ptI/ch1", nil),
            ("/us/usc/t26/stA/ch1/schB/ptI/sptA", "/us/usc/t26/stA/ch1/schB/ptI/sptA", nil),
            ("/us/usc/t10/s101/a#note", "/us/usc/t10/s101", "a"), ("/us/usc/t10/s101#x", "/us/usc/t10/s101", nil),
            ("/us/usc/t42/s1395w–4/b", "/us/usc/t42/s1395w–4", "b"), ("/us/usc/t1/s1/", "/us/usc/t1/s1", nil),
            ("/us/usc/t18a/courtRules/Crim/rule4/c/3", "/us/usc/t18a/courtRules/Crim/rule4", "c/3"),
            ("/us/usc/t5a/pl/95/521/s101/f", "/us/usc/t5a/pl/95/521/s101", "f"),
            ("/us/usc/ptI/rule2", "/us/usc/t1/ptI/rule2", nil),
            ("/us/usc/t24/s45 to 46b", "/us/usc/t24/s45 to 46b", nil),
        ] as [(String, String, String?)]
    )
    func places(href: String, target: String, piece: String?) {
        let reference = USCodeReference.reference(href, text: "x", keys: NodeKeys(unit: "1"))
        let expected = LawReference(href: href, text: "x", kind: .node, target: target, piece: piece)
        #expect(reference == expected)
    }

    @Test(
        "References to other things say to what, malformed ones keep their link",
        arguments: [
            ("/us/pl/94/553/tI/s101", .publicLaw), ("/us/stat/90/2541", .statutesAtLarge),
            ("/us/act/1877-02-27/ch69", .act), ("/us/cfr/t12/s1", .regulation), ("/us/pl/", .other),
            ("/us/usc/", .other), ("/us/usc/t1//s1", .other), ("/us/usc/t1/s1 /us/usc/t1/s2", .other), ("", .other),
            ("https://example.org/us/usc/t1", .other), ("/us/usca/t1", .other), ("#TAB_1", .other),
        ] as [(String, LawReference.Kind)]
    )
    func kinds(href: String, kind: LawReference.Kind) {
        let reference = USCodeReference.reference(href, text: "x", keys: NodeKeys(unit: "1"))
        #expect(reference == LawReference(href: href, text: "x", kind: kind))
    }

    // MARK: - Covered keys

    @Test(
        "Numbers of sections are read as they are written",
        arguments: [
            ("471...474b", ["471 474b"]), ("202 to 204", ["202 204"]), ("48, 49", ["48 48", "49 49"]),
            ("7 to 9, 12 and 14", ["7 9", "12 12", "14 14"]), ("300aa–1.", ["300aa–1 300aa–1"]),
            ("26.2.", ["26.2 26.2"]),
            ("142 to 146. Repealed.]", ["142 146"]), ("209, 210", ["209 209", "210 210"]), ("(a)", []), ("", []),
            ("63a\u{202F}to\u{202F}63d", ["63a 63d"]), ("5 to long", ["5 5"]), ("36.Repealed", ["36 36"]),
        ]
    )
    func numbers(text: String, runs: [String]) {
        #expect(SectionNumbers(text).runs.map { "\($0.first) \($0.last)" } == runs)
    }

    private func covers(
        _ key: String,
        level: String = "section",
        identifier: String?? = .none,
        number: String? = nil,
        scope: String = "/us/usc/t24"
    ) -> [String] {
        CoveredKeys.ranges(key: key, level: level, identifier: identifier ?? key, number: number, scope: scope)
            .map { $0.first == $0.last ? $0.first : "\($0.first) to \($0.last)" }
    }

    @Test("A node covers the members of its range, its identifiers and its other spelling")
    func covered() {
        #expect(covers("/us/usc/t24/s1") == [])
        #expect(covers("/us/usc/t24/s471...474b") == ["/us/usc/t24/s471 to /us/usc/t24/s474b"])
        #expect(covers("/us/usc/t24/s45 to 46b") == ["/us/usc/t24/s45 to /us/usc/t24/s46b"])
        #expect(covers("/us/usc/t24/s29, 29a") == ["/us/usc/t24/s29", "/us/usc/t24/s29a"])
        #expect(covers("/us/usc/t24/s1 /us/usc/t24/s3") == ["/us/usc/t24/s1", "/us/usc/t24/s3"])
        #expect(covers("/us/usc/t42/s300a–1", scope: "/us/usc/t42") == ["/us/usc/t42/s300a-1"])
        #expect(covers("/us/usc/t42/ch6A/schIII–A", level: "subchapter") == ["/us/usc/t42/ch6A/schIII-A"])
        #expect(
            covers("/us/usc/t5a/pl/95/521/tI/s101", number: "101", scope: "/us/usc/t5a/pl/95/521")
                == ["/us/usc/t5a/pl/95/521/s101"]
        )
        #expect(
            covers("/us/usc/t11a/ptI/rule1002", level: "courtRule", number: "1002", scope: "/us/usc/t11a/pt")
                == ["/us/usc/t11a/pt/rule1002"]
        )
        #expect(
            covers(
                "/us/usc/t18a/~section-1201-to-1203",
                identifier: .some(nil),
                number: "1201 to 1203",
                scope: "/us/usc/t18a"
            )
                == ["/us/usc/t18a/s1201 to /us/usc/t18a/s1203"]
        )
    }

    @Test("Each of two identifiers gets its document put in")
    func twoIdentifiers() throws {
        let rule = "<courtRule identifier=\"/us/usc/ptI/rule1 /us/usc/ptI/rule2\"><content>A.</content></courtRule>"
        let document = SmallTitle.document("<appendix identifier=\"/us/usc/t11a\">\(rule)</appendix>", number: "11a")
        let covers = try SmallTitle.read(document, unit: "11a").nodes[1].covers
        #expect(covers.map(\.first) == ["/us/usc/t11a/ptI/rule1", "/us/usc/t11a/ptI/rule2"])
    }

    @Test("A repeated identifier is told, and covers nothing")
    func repeated() throws {
        let section = "<section identifier=\"/us/usc/t1/s1–1\"><content>One.</content></section>"
        let nodes = try SmallTitle.nodes(section + section).nodes
        #expect(nodes.map(\.repeats) == [nil, nil, "/us/usc/t1/s1–1"])
        #expect(nodes.map(\.covers.count) == [0, 1, 0])
    }

    @Test("An element without identifier repeats one beside it that says the same")
    func repeatedUnnamed() throws {
        func level(_ text: String) -> String { "<level><num>(i)</num><content>\(text)</content></level>" }
        let nodes = try SmallTitle.nodes(
            "<section identifier=\"/us/usc/t1/s1\">\(level("One."))\(level("Two."))\(level("One."))</section>"
        ).nodes
        #expect(nodes.map(\.repeats) == [nil, nil, nil, nil, nodes[2].key])
    }

    @Test("Links in notes, headings, table cells and footnotes are references, too")
    func places() throws {
        let section = try SmallTitle.section(
            """
            <num>§ 1.</num><heading>See <ref href="/us/usc/t2/s1">2</ref></heading><content>Text<note type="footnote">
            <num>1</num> See <ref href="/us/usc/t2/s2">3</ref>.</note><table><tr><th><a href="/us/usc/t2/s3">4</a></th>
            <td><ref href="/us/usc/t2/s4">5</ref> <a href="#TAB_1">6</a></td></tr></table></content>
            <notes><note topic="x"><heading>See <ref href="/us/usc/t2/s5">7</ref></heading><p>As
            <ref href="/us/usc/t2/s6">8</ref> says.</p></note></notes>
            """
        )
        #expect(section?.refs.map(\.text) == ["2", "3", "4", "5", "7", "8"])
        #expect(section?.refs.compactMap(\.target) == (1...6).map { "/us/usc/t2/s\($0)" })
    }
}

/// Follows every reference between the real titles of a release point.
@Suite(
    "References of real titles",
    .fillsTheMachine,
    .enabled(if: !RealTitle.whole.isEmpty, "the real titles are not there")
)
struct RealReferenceTests {
    /// The one with the most titles at hand, and the first one, whose ranges are written otherwise.
    static let releases = ["113-31", "119-36"]

    @Test("References that no section answers name sections that are gone", arguments: releases)
    func resolved(release: String) throws {
        let titles = RealTitle.published.filter { $0.file?.release.label == release }
        let documents = Set(titles.compactMap { $0.file.map { "/us/usc/t\($0.unit.id)" } })
        var keys: Set<String> = []
        var covers: [LawKeyRange] = []
        var uses: [String: Int] = [:]
        var kinds: [LawReference.Kind: Int] = [:]
        for title in titles {
            _ = try title.readEach { node in
                keys.insert(node.key)
                covers += node.covers
                for reference in node.refs {
                    kinds[reference.kind, default: 0] += 1
                    #expect((reference.target != nil) == (reference.kind == .node))
                    guard let target = reference.target else { continue }
                    let document = "/" + target.split(separator: "/").prefix(3).joined(separator: "/")
                    if documents.contains(document) { uses[target, default: 0] += 1 }
                }
            }
        }
        #expect(kinds[.other] == nil)
        let total = uses.values.reduce(0, +)
        let others = uses.filter { !keys.contains($0.key) }
        let unanswered = others.filter { use in !covers.contains { $0.contains(use.key) } }
        let missing = unanswered.values.reduce(0, +)
        // Every other target is a section's, not a chapter's or a title's.
        #expect(unanswered.keys.filter { !USCodeReference.isSection($0) } == [])
        // What was repealed, moved or renumbered long ago is still cited, most of all in notes on what the law was.
        #expect(Double(missing) <= 0.17 * Double(total))
    }
}
