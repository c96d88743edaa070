import IngotCore
import Testing

@testable import IngotLaw

@Suite("Validation gate")
struct ValidationGateTests {
    // MARK: - One unit

    private func findings(
        _ nodes: [LawNode],
        _ reading: LawReadingFindings = LawReadingFindings(),
        live: Set<String> = [],
        shrinkLimit: Double = ValidationGate.defaultShrinkLimit,
        accepted: [String] = []
    ) -> [ValidationGate.Finding] {
        var check = UnitCheck(
            unit: "1",
            liveNodes: live.count,
            accepted: Set(accepted.compactMap { ValidationGate.Acceptance($0) })
        )
        var taken: [(key: String, fingerprint: UInt64)] = []
        for node in nodes where check.take(node) {
            let fingerprint = UInt64(node.text.utf8.reduce(0) { $0 &* 31 &+ Int($1) })
            check.noteRepeat(node.key, of: node.repeats, fingerprint: fingerprint)
            taken.append((node.key, fingerprint))
        }
        return check.findings(reading, nodes: taken, isLive: live.contains, shrinkLimit: shrinkLimit)
    }

    private func node(_ key: String, _ text: String = "", repeats: String? = nil) -> LawNode {
        var node = LawNode(unit: "1", key: key, parent: nil, level: "section", index: 0)
        node.text = text
        node.repeats = repeats
        return node
    }

    @Test("lets a sound unit through")
    func soundUnit() {
        let reading = LawReadingFindings(
            sourceCharacters: 10,
            keptCharacters: 10,
            announcedKeys: ["/a"],
            announcedDeadKeys: ["/gone"]
        )
        #expect(findings([node("/a")], reading, live: ["/a"]).isEmpty)
    }

    @Test("stops a unit that lost characters")
    func coverage() {
        let found = findings([node("/a")], LawReadingFindings(sourceCharacters: 100, keptCharacters: 99))
        #expect(found.map(\.rule) == [.textCoverage])
    }

    @Test("stops an empty unit")
    func empty() {
        #expect(findings([]).map(\.rule) == [.unitEmpty])
    }

    @Test("stops a unit with a key twice, and names the key")
    func keyTwice() {
        let found = findings([node("/a"), node("/b"), node("/a")])
        #expect(found.map(\.rule) == [.keyTwice])
        #expect(found.first?.keys == ["/a"])
    }

    @Test("stops a unit without a node that its contents announce")
    func announced() {
        let reading = LawReadingFindings(announcedKeys: ["/a", "/s2", "/b"])
        let found = findings([node("/a")], reading)
        #expect(found.map(\.rule) == [.announcedMissing])
        #expect(found.first?.keys == ["/s2", "/b"])
        var range = node("/s1...3")
        range.covers = [LawKeyRange(first: "/s1", last: "/s3")]
        #expect(findings([node("/a"), node("/b"), range], reading).isEmpty)
    }

    @Test("lets a node go that its contents call dead, but not one that was still live")
    func announcedDead() {
        let reading = LawReadingFindings(announcedDeadKeys: ["/gone"])
        #expect(findings([node("/a")], reading, live: ["/a"]).isEmpty)
        let found = findings([node("/a")], reading, live: ["/a", "/gone"], shrinkLimit: 1)
        #expect(found.map(\.rule) == [.announcedVanished])
        #expect(found.first?.keys == ["/gone"])
    }

    @Test("stops a node that stands there twice, but not two that only share a name")
    func nodeTwice() {
        let copies = [node("/a", "same"), node("/b"), node("/a~2", "same", repeats: "/a")]
        #expect(findings(copies).map(\.rule) == [.nodeTwice])
        #expect(findings(copies).first?.keys == ["/a~2"])
        #expect(findings([node("/a", "one"), node("/a~2", "two", repeats: "/a")]).isEmpty)
    }

    @Test("stops a unit with a blank piece, and names it")
    func emptyPiece() {
        let reading = LawReadingFindings(emptyPieces: [.init(key: "/a", piece: "paragraph (1)")])
        let found = findings([node("/a")], reading)
        #expect(found.map(\.rule) == [.pieceEmpty])
        #expect(found.first?.message.contains("paragraph (1) of /a") == true)
    }

    @Test("lets through what the request accepts, of that rule and that node only")
    func accepted() {
        let reading = LawReadingFindings(
            announcedKeys: ["/s2", "/s3"],
            announcedDeadKeys: ["/gone"],
            emptyPieces: [.init(key: "/a", piece: "p")]
        )
        let nodes = [node("/a", "same"), node("/a~2", "same", repeats: "/a")]
        let all = [
            "announced_missing:/s2", "announced_missing:/s3", "announced_vanished:/gone", "node_twice:/a~2",
            "piece_empty:/a",
        ]
        #expect(findings(nodes, reading, live: ["/gone"], accepted: all).isEmpty)
        for index in all.indices {
            var some = all
            some.remove(at: index)
            let found = findings(nodes, reading, live: ["/gone"], accepted: some)
            #expect(found.map(\.rule.rawValue) == [String(all[index].prefix { $0 != ":" })])
        }
        for wrong in ["text_coverage:/a", "unit_empty:/a", "piece_empty", "nonsense:/a"] {
            #expect(ValidationGate.Acceptance(wrong) == nil)
        }
    }

    @Test("stops a unit that lost more than the set share", arguments: [(6, false), (5, true)])
    func shrunk(nodes: Int, isStopped: Bool) {
        let live = Set((0..<9).map { "/\($0)" })
        let nodes = (0..<nodes).map { node("/\($0)") }
        #expect(findings(nodes, live: live).map(\.rule) == (isStopped ? [.unitShrunk] : []))
        #expect(findings(nodes, live: live, shrinkLimit: 1).isEmpty)
    }

    // MARK: - The revision

    @Test("lets a sound revision through")
    func sound() {
        var gate = ValidationGate()
        gate.check(planned: ["1"], done: ["1": 10], shown: .init(nodes: ["1": 10, "2": 5]))
        #expect(gate.failure == nil)
    }

    @Test("stops a store that would show something else than what was read")
    func rowsMissing() {
        var gate = ValidationGate()
        gate.check(
            planned: ["1", "2"],
            done: ["1": 10, "2": 3],
            shown: .init(nodes: ["1": 9], orphans: ["/us/usc/t1/s9"], repeated: ["/x"])
        )
        #expect(gate.findings.map(\.rule) == [.rowsMissing, .rowsMissing, .parentMissing, .keyTwice])
        #expect(gate.failure?.details?.count == 4)
        #expect(gate.failure?.isTransient == false)
    }

    @Test("stops a revision with a planned unit that is not done, and says no other thing of a unit that failed")
    func unitNotDone() {
        var gate = ValidationGate()
        gate.add([.init(rule: .unitEmpty, unit: "1", message: "the document holds no node")])
        gate.check(planned: ["1", "2", "3"], done: ["3": 1], shown: .init(nodes: ["3": 1]))
        #expect(gate.findings.map(\.rule) == [.unitEmpty, .unitNotDone])
        #expect(gate.findings.map(\.unit) == ["1", "2"])
        #expect(gate.failure?.code == "validation_failed")
        #expect(gate.failure?.unit == "1")
    }
}
