import IngotCore
import Testing

@testable import IngotUSCode

/// The loops that take several bytes at once, against what they mean said byte by byte.
@Suite("Text in strides")
struct CollapsedSpacesTests {
    /// Texts of all lengths around the width of the loops, with white space and characters of several bytes anywhere.
    private static func texts() -> [String] {
        var random = SeededRandom(seed: 7)
        let pieces = ["a", "Z", "9", " ", "  ", "\n", "\t", "§", "—", "“", "𝔘", "words", " and ", ".\n "]
        return (0..<400).map { index in
            (0..<(index % 40)).map { _ in pieces[Int.random(in: pieces.indices, using: &random)] }.joined()
        }
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.value <= 0x20 }

    private static func collapsed(_ text: String) -> String {
        text.unicodeScalars.split(whereSeparator: isSpace).map { String($0) }.joined(separator: " ")
    }

    @Test("White space is collapsed alike, in whatever pieces the text comes")
    func collapsing() {
        for text in Self.texts() {
            var whole = PublishedText()
            whole.append(Array(text.utf8).span)
            #expect(String(decoding: whole.bytes, as: UTF8.self) == Self.collapsed(text))
            var pieces = PublishedText()
            for scalar in text.unicodeScalars { pieces.append(Array(String(scalar).utf8).span) }
            #expect(pieces.bytes == whole.bytes)
        }
    }

    @Test("Characters of all lengths are counted once")
    func counting() {
        for text in Self.texts() {
            #expect(TextCensus.inked(text) == text.unicodeScalars.count { !Self.isSpace($0) })
            #expect(TextCensus.scalars(Array(text.utf8).span) == text.unicodeScalars.count)
        }
    }
}
