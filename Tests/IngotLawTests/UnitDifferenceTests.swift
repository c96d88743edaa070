import IngotCore
import Testing

@testable import IngotLaw

@Suite("Unit difference")
struct UnitDifferenceTests {
    private static func hash(_ text: String) -> ContentHash { ContentHash(of: Array(text.utf8)) }

    private static func fingerprint(of hash: ContentHash) -> UInt64 {
        UInt64(hash.hexadecimal.prefix(16), radix: 16) ?? 0
    }

    /// A document written as keys, with a content after a colon where it matters: `a b:2 c`.
    private static func document(_ text: String) -> [UnitDifference.NewNode] {
        text.split(separator: " ").map { word in
            let parts = word.split(separator: ":")
            let hash = hash(String(parts.last ?? ""))
            return .init(key: String(parts[0]), hash: hash, fingerprint: fingerprint(of: hash))
        }
    }

    /// The rows that a difference leaves live.
    private static func apply(
        _ difference: UnitDifference,
        new: [UnitDifference.NewNode],
        to live: [String: UnitDifference.LiveRow]
    ) -> [String: UnitDifference.LiveRow] {
        var rows = live
        for key in difference.closedKeys { rows[key] = nil }
        for insertion in difference.insertions {
            let node = new[insertion.position]
            #expect(rows[node.key] == nil, "a row is inserted beside its own live row: \(node.key)")
            rows[node.key] = .init(hash: node.hash, fingerprint: node.fingerprint, sort: insertion.sort)
        }
        return rows
    }

    private static func rows(_ text: String) -> [String: UnitDifference.LiveRow] {
        let new = document(text)
        return apply(UnitDifference(new: new, live: [:]), new: new, to: [:])
    }

    private static func order(_ rows: [String: UnitDifference.LiveRow]) -> [String] {
        rows.sorted { $0.value.sort < $1.value.sort }.map(\.key)
    }

    @Test("writes every node of a unit that is new")
    func firstIngest() {
        let difference = UnitDifference(new: Self.document("a b c"), live: [:])
        #expect(difference.insertions.map(\.reason) == [.added, .added, .added])
        #expect(difference.insertions.map(\.sort) == [0, UnitDifference.stride, 2 * UnitDifference.stride])
        #expect(difference.closedKeys.isEmpty)
    }

    @Test("writes nothing for the same document")
    func sameDocument() {
        let difference = UnitDifference(new: Self.document("a b c"), live: Self.rows("a b c"))
        #expect(difference.insertions.isEmpty)
        #expect(difference.closedKeys.isEmpty)
        #expect(difference.unchangedCount == 3)
    }

    @Test(
        "writes as few rows as the change needs",
        arguments: [
            ("a b c", "a x b c", 1, 0),
            ("a b c", "x a b c", 1, 0),
            ("a b c", "a b c x y", 2, 0),
            ("a b c", "a c", 0, 1),
            ("a b c", "a b:2 c", 1, 1),
            ("a b c d e", "e a b c d", 1, 1),
            ("a b c d e", "b c d e a", 1, 1),
            ("a b c d", "d c b a", 3, 3),
            ("a b c", "x y z", 3, 3),
            ("a b c", "c:2 a b", 1, 1),
        ]
    )
    func minimalRows(before: String, after: String, inserted: Int, closed: Int) {
        let live = Self.rows(before)
        let new = Self.document(after)
        let difference = UnitDifference(new: new, live: live)
        #expect(difference.insertions.count == inserted)
        #expect(difference.closedKeys.count == closed)
        let rows = Self.apply(difference, new: new, to: live)
        #expect(Self.order(rows) == new.map(\.key))
        #expect(new.allSatisfy { rows[$0.key]?.hash == $0.hash })
    }

    @Test("keeps document order through a thousand random edits")
    func randomEdits() {
        var generator = SeededRandom(seed: 7)
        var keys = (0..<40).map { "k\($0)" }
        var new = Self.document(keys.joined(separator: " "))
        var live = Self.apply(UnitDifference(new: new, live: [:]), new: new, to: [:])
        for round in 0..<1000 {
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: keys.insert("n\(round)", at: Int.random(in: 0...keys.count, using: &generator))
            case 1 where keys.count > 5: keys.remove(at: Int.random(in: 0..<keys.count, using: &generator))
            case 2: keys.append(keys.remove(at: Int.random(in: 0..<keys.count, using: &generator)))
            default: keys.swapAt(0, Int.random(in: 0..<keys.count, using: &generator))
            }
            new = Self.document(keys.joined(separator: " "))
            live = Self.apply(UnitDifference(new: new, live: live), new: new, to: live)
            #expect(Self.order(live) == keys)
        }
    }

    @Test("gives fresh ranks when a gap is used up")
    func usedUpGap() {
        let live: [String: UnitDifference.LiveRow] = [
            "a": .init(hash: Self.hash("a"), fingerprint: Self.fingerprint(of: Self.hash("a")), sort: 10),
            "b": .init(hash: Self.hash("b"), fingerprint: Self.fingerprint(of: Self.hash("b")), sort: 11),
        ]
        let new = Self.document("a x b")
        let reasons = UnitDifference(new: new, live: live).insertions.map(\.reason)
        #expect(reasons == [.ranked, .added, .ranked])
        let rows = Self.apply(UnitDifference(new: new, live: live), new: new, to: live)
        #expect(Self.order(rows) == ["a", "x", "b"])
    }
}
