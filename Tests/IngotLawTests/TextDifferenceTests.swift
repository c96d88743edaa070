import IngotCore
import Testing

@testable import IngotLaw

@Suite("The difference of two texts")
struct TextDifferenceTests {
    private typealias Piece = TextDifference.Piece

    private func bytes(of pieces: [TextDifference.Piece], without operation: TextDifference.Operation) -> [UInt8] {
        pieces.filter { $0.operation != operation }.flatMap { Array($0.text.utf8) }
    }

    /// Whether the pieces give both texts back, byte for byte, and are as few as they can be.
    private func expectWhole(
        _ difference: TextDifference,
        _ old: String,
        _ new: String,
        location: SourceLocation = #_sourceLocation
    ) {
        #expect(bytes(of: difference.pieces, without: .inserted) == Array(old.utf8), sourceLocation: location)
        #expect(bytes(of: difference.pieces, without: .deleted) == Array(new.utf8), sourceLocation: location)
        #expect(difference.pieces.allSatisfy { !$0.text.isEmpty }, sourceLocation: location)
        let neighbours = zip(difference.pieces, difference.pieces.dropFirst())
        #expect(neighbours.allSatisfy { $0.operation != $1.operation }, sourceLocation: location)
        #expect(
            !neighbours.contains { $0.operation == .inserted && $1.operation == .deleted },
            sourceLocation: location
        )
    }

    @Test("names the words that changed and leaves the rest")
    func words() {
        let difference = TextDifference(
            from: "(a) A lantern shall shine.\n(b) Oil is dear.",
            to: "(a) A lantern may shine brightly.\n(b) Oil is dear."
        )
        #expect(
            difference.pieces == [
                Piece(.equal, "(a) A lantern "), Piece(.deleted, "shall"), Piece(.inserted, "may"),
                Piece(.equal, " shine"), Piece(.inserted, " brightly"), Piece(.equal, ".\n(b) Oil is dear."),
            ]
        )
        #expect(difference.hasChanges)
    }

    @Test("joins replaced words that only a space keeps apart")
    func joined() {
        let difference = TextDifference(from: "the old lamp of brass", to: "the new torch of brass")
        #expect(
            difference.pieces == [
                Piece(.equal, "the "), Piece(.deleted, "old lamp"), Piece(.inserted, "new torch"),
                Piece(.equal, " of brass"),
            ]
        )
    }

    @Test("keeps whole paragraphs that come or go in one piece")
    func paragraphs() {
        let difference = TextDifference(from: "one\ntwo\nthree\n", to: "one\nthree\nfour\n")
        #expect(
            difference.pieces == [
                Piece(.equal, "one\n"), Piece(.deleted, "two\n"), Piece(.equal, "three\n"), Piece(.inserted, "four\n"),
            ]
        )
    }

    @Test("of equal texts is one piece, and of empty ones is none")
    func equal() {
        #expect(TextDifference(from: "same", to: "same").pieces == [Piece(.equal, "same")])
        #expect(!TextDifference(from: "same", to: "same").hasChanges)
        #expect(TextDifference(from: "", to: "").pieces.isEmpty)
        #expect(TextDifference(from: "", to: "new").pieces == [Piece(.inserted, "new")])
        #expect(TextDifference(from: "old", to: "").pieces == [Piece(.deleted, "old")])
    }

    @Test("sees characters that only look alike, and combining marks by themselves")
    func lookalikes() {
        // The same letter in one scalar and in two: equal as strings of Swift, not as a law's bytes.
        for (old, new) in [("caf\u{E9} law", "cafe\u{301} law"), ("1\u{2013}2", "1-2"), ("a\u{A0}b", "a b")] {
            let difference = TextDifference(from: old, to: new)
            #expect(difference.hasChanges)
            expectWhole(difference, old, new)
        }
    }

    @Test("is written with its operations as words")
    func json() throws {
        let difference = TextDifference(from: "a b", to: "a c")
        #expect(
            try JSONText.string(difference)
                == #"{"pieces":[{"operation":"equal","text":"a "},{"operation":"deleted","text":"b"},"#
                + #"{"operation":"inserted","text":"c"}]}"#
        )
        #expect(try JSONText.decode(TextDifference.self, from: JSONText.encode(difference)) == difference)
    }

    @Test("gives both texts back exactly, for many random pairs", arguments: 0..<40)
    func randomTexts(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let words = [
            "lantern", "oil", "shall", "may", "§", "(a)", "—", "–", "…", "caf\u{E9}", "cafe\u{301}", " ", "  ", "\n",
            "\n\n", "\u{202F}", "🏮", "👨‍👩‍👧", "\u{301}", ".", ",", "\t", "\r\n", "1,000", "x",
        ]
        for _ in 0..<25 {
            let length = Int.random(in: 0...60, using: &random)
            let old = (0..<length).map { _ in words.randomElement(using: &random) ?? "" }
            var new = old
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                let place = Int.random(in: 0...new.count, using: &random)
                switch Int.random(in: 0...2, using: &random) {
                case 0: new.insert(words.randomElement(using: &random) ?? "", at: place)
                case 1 where place < new.count: new.remove(at: place)
                default: new[place..<min(new.count, place + 3)].shuffle(using: &random)
                }
            }
            let (from, to) = (old.joined(), new.joined())
            for effort in [
                SequenceAlignment.Effort(), .init(steps: 100), .init(maximumDistance: 2),
                .init(maximumDistance: 0, maximumDepth: 1),
            ] {
                expectWhole(TextDifference(from: from, to: to, effort: effort), from, to)
            }
        }
    }

    @Test("finds as few changes as there are, while the effort suffices")
    func shortest() {
        var random = SeededRandom(seed: 5)
        for _ in 0..<200 {
            let old = (0..<Int.random(in: 0...12, using: &random)).map { _ in Int32.random(in: 0...3, using: &random) }
            let new = (0..<Int.random(in: 0...12, using: &random)).map { _ in Int32.random(in: 0...3, using: &random) }
            var effort = SequenceAlignment.Effort()
            let runs = SequenceAlignment.align(old, new, effort: &effort)
            let kept = runs.filter { $0.kind == .equal }.reduce(0) { $0 + $1.old.count }
            #expect(kept == longestCommonSubsequence(old, new))
            #expect(runs.filter { $0.kind == .equal }.allSatisfy { old[$0.old] == new[$0.new] })
        }
    }

    private func longestCommonSubsequence(_ left: [Int32], _ right: [Int32]) -> Int {
        var lengths = [[Int]](repeating: [Int](repeating: 0, count: right.count + 1), count: left.count + 1)
        for (row, one) in left.enumerated() {
            for (column, other) in right.enumerated() {
                lengths[row + 1][column + 1] =
                    one == other ? lengths[row][column] + 1 : max(lengths[row][column + 1], lengths[row + 1][column])
            }
        }
        return lengths[left.count][right.count]
    }

    @Test("gives up on a stretch that costs too much, and not on the rest")
    func cap() {
        let apart = (0..<400).map { "w\($0 * 7 % 13)" }.joined(separator: ",")
        let other = (0..<400).map { "w\($0 * 5 % 11)" }.joined(separator: ";")
        let old = "first\n\(apart)\nlast word\n"
        let new = "first\n\(other)\nlast words\n"
        let difference = TextDifference(from: old, to: new, effort: .init(maximumDistance: 20))
        expectWhole(difference, old, new)
        #expect(difference.pieces.first == Piece(.equal, "first\nw0"))
        #expect(difference.pieces.count < 12)
    }

    @Test("takes a bounded effort for two texts of a megabyte", .timeLimit(.minutes(10)), arguments: [",", " ", "\n"])
    func large(separator: String) {
        var random = SeededRandom(seed: 3)
        func text() -> String {
            (0..<200_000).map { _ in "w\(Int.random(in: 0...999, using: &random))" }.joined(separator: separator)
        }
        let (old, new) = (text(), text())
        expectWhole(TextDifference(from: old, to: new), old, new)
    }

    @Test("finds one change in a megabyte", .timeLimit(.minutes(10)))
    func oneChange() {
        let lines = (0..<20_000).map { "(\($0)) The keeper of lantern \($0) shall light it at dusk.\n" }
        var changed = lines
        changed[12_345] = changed[12_345].replacing("shall", with: "may")
        changed.remove(at: 17_000)
        let difference = TextDifference(from: lines.joined(), to: changed.joined())
        #expect(difference.pieces.filter { $0.operation != .equal }.map(\.text) == ["shall", "may", lines[17_000]])
    }
}
