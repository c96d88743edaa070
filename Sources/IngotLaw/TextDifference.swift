/// What distinguishes two texts, in pieces that people can read.
///
/// The pieces that are equal or deleted are the old text, those that are equal or inserted the new one, byte for byte:
/// characters that merely look alike are different. Paragraphs are compared first, and words within those that
/// changed. The effort is bounded: a stretch that would cost more than it is worth becomes one deletion and one
/// insertion, so that no two texts take long.
public struct TextDifference: Sendable, Codable, Equatable {
    /// What became of a piece of text.
    public enum Operation: String, Sendable, Codable, CaseIterable {
        case equal
        case inserted
        case deleted
    }

    /// A piece of text that is in both texts, or in one of them.
    public struct Piece: Sendable, Codable, Equatable {
        public var operation: Operation
        public var text: String

        public init(_ operation: Operation, _ text: String) {
            self.operation = operation
            self.text = text
        }
    }

    /// In document order; a deletion comes before the insertion that replaces it.
    ///
    /// No piece is empty, and no two neighbours have the same operation.
    public var pieces: [Piece]

    /// Whether the texts differ.
    public var hasChanges: Bool { pieces.contains { $0.operation != .equal } }

    /// Compares two texts.
    public init(from old: String, to new: String) {
        self.init(from: old, to: new, effort: SequenceAlignment.Effort())
    }

    init(from old: String, to new: String, effort: SequenceAlignment.Effort) {
        var comparison = TextComparison(old: old, new: new, effort: effort)
        comparison.compare()
        pieces = comparison.pieces
    }
}

/// A comparison of two texts under way.
private struct TextComparison {
    private let old: [UInt8]
    private let new: [UInt8]
    private var effort: SequenceAlignment.Effort
    private(set) var pieces: [TextDifference.Piece] = []
    /// The stretch that differs and is not written yet, as ranges of bytes.
    private var deleted = 0..<0
    private var inserted = 0..<0

    init(old: String, new: String, effort: SequenceAlignment.Effort) {
        self.old = Array(old.utf8)
        self.new = Array(new.utf8)
        self.effort = effort
    }

    mutating func compare() {
        var oldLines = TextTokens.lines(of: old)
        var newLines = TextTokens.lines(of: new)
        for run in align(&oldLines, &newLines) {
            switch run.kind {
            case .equal: equalLines(oldLines.bytes(run.old), newLines.bytes(run.new))
            case .different: compareWords(oldLines.bytes(run.old), newLines.bytes(run.new))
            }
        }
        writeStretch()
    }

    /// The last line of a text has no end; the same line with an end is equal but for that.
    private mutating func equalLines(_ oldBytes: Range<Int>, _ newBytes: Range<Int>) {
        let common = min(oldBytes.count, newBytes.count)
        equal(oldBytes.prefix(common), newBytes.prefix(common))
        different(oldBytes.dropFirst(common), newBytes.dropFirst(common))
    }

    /// Compares paragraphs that differ, word by word.
    private mutating func compareWords(_ oldBytes: Range<Int>, _ newBytes: Range<Int>) {
        if oldBytes.isEmpty || newBytes.isEmpty { return different(oldBytes, newBytes) }
        var oldWords = TextTokens.words(of: old, in: oldBytes)
        var newWords = TextTokens.words(of: new, in: newBytes)
        let runs = align(&oldWords, &newWords)
        for (position, run) in runs.enumerated() {
            let oldRange = oldWords.bytes(run.old)
            let newRange = newWords.bytes(run.new)
            if run.kind == .different || joinsReplacements(position, of: runs, isBlank: isBlank(old[oldRange])) {
                different(oldRange, newRange)
            } else {
                equal(oldRange, newRange)
            }
        }
    }

    /// Whether a run is the space between two replaced words: they read better as one replacement of two words.
    private func joinsReplacements(_ position: Int, of runs: [SequenceAlignment.Run], isBlank: Bool) -> Bool {
        guard isBlank, position > 0, position < runs.count - 1 else { return false }
        return [runs[position - 1], runs[position + 1]].allSatisfy { !$0.old.isEmpty && !$0.new.isEmpty }
    }

    private mutating func align(_ left: inout TextTokens, _ right: inout TextTokens) -> [SequenceAlignment.Run] {
        var names = TokenNames()
        return SequenceAlignment.align(
            left.ends.indices.map { names.number(of: left.token($0)) },
            right.ends.indices.map { names.number(of: right.token($0)) },
            effort: &effort
        )
    }

    private func isBlank(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    }

    private mutating func different(_ oldBytes: Range<Int>, _ newBytes: Range<Int>) {
        deleted = deleted.isEmpty ? oldBytes : deleted.lowerBound..<max(deleted.upperBound, oldBytes.upperBound)
        inserted = inserted.isEmpty ? newBytes : inserted.lowerBound..<max(inserted.upperBound, newBytes.upperBound)
    }

    private mutating func equal(_ oldBytes: Range<Int>, _ newBytes: Range<Int>) {
        if oldBytes.isEmpty { return }
        writeStretch()
        write(.equal, old[oldBytes])
    }

    private mutating func writeStretch() {
        write(.deleted, old[deleted])
        write(.inserted, new[inserted])
        deleted = 0..<0
        inserted = 0..<0
    }

    private mutating func write(_ operation: TextDifference.Operation, _ bytes: ArraySlice<UInt8>) {
        guard !bytes.isEmpty else { return }
        let text = String(decoding: bytes, as: UTF8.self)
        if pieces.last?.operation == operation {
            pieces[pieces.count - 1].text += text
        } else {
            pieces.append(TextDifference.Piece(operation, text))
        }
    }
}

/// A text cut into tokens that together are the whole text.
private struct TextTokens {
    private let text: [UInt8]
    private let start: Int
    private let isLines: Bool
    /// Where each token ends; it starts where the one before it ends.
    private(set) var ends: [Int] = []

    /// The bytes of a range of tokens.
    func bytes(_ tokens: Range<Int>) -> Range<Int> { begin(tokens.lowerBound)..<begin(tokens.upperBound) }

    /// What a token is compared by; lines without their ends.
    func token(_ index: Int) -> ArraySlice<UInt8> {
        let token = text[begin(index)..<ends[index]]
        return isLines && token.last == UInt8(ascii: "\n") ? token.dropLast() : token
    }

    private func begin(_ token: Int) -> Int { token == 0 ? start : ends[token - 1] }

    /// Lines with their ends.
    static func lines(of text: [UInt8]) -> TextTokens {
        var tokens = TextTokens(text: text, start: 0, isLines: true)
        for (index, byte) in text.enumerated() where byte == UInt8(ascii: "\n") { tokens.ends.append(index + 1) }
        if tokens.ends.last ?? 0 < text.count { tokens.ends.append(text.count) }
        return tokens
    }

    /// Words, runs of white space, and every other character by itself.
    static func words(of text: [UInt8], in range: Range<Int>) -> TextTokens {
        var tokens = TextTokens(text: text, start: range.lowerBound, isLines: false)
        var last = Kind.other
        var end = range.lowerBound
        // The text was a string, so its bytes are whole scalars.
        for scalar in String(decoding: text[range], as: UTF8.self).unicodeScalars {
            let kind = Kind(scalar)
            if end > range.lowerBound, kind != last || kind == .other { tokens.ends.append(end) }
            last = kind
            end += UTF8.width(scalar)
        }
        if end > range.lowerBound { tokens.ends.append(end) }
        return tokens
    }

    private init(text: [UInt8], start: Int, isLines: Bool) {
        self.text = text
        self.start = start
        self.isLines = isLines
    }

    private enum Kind {
        case word, space, other

        init(_ scalar: Unicode.Scalar) {
            switch scalar.value {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: self = .word
            case 0x09...0x0D, 0x20: self = .space
            case 0..<0x80: self = .other
            default:
                let properties = scalar.properties
                if properties.isWhitespace {
                    self = .space
                } else if properties.isAlphabetic || properties.numericType != nil || properties.isGraphemeExtend {
                    self = .word
                } else {
                    self = .other
                }
            }
        }
    }
}

/// Gives equal tokens equal numbers.
private struct TokenNames {
    /// Bytes as a key; strings would take characters for equal that only look so.
    private struct Token: Hashable {
        let bytes: ArraySlice<UInt8>

        func hash(into hasher: inout Hasher) { bytes.withUnsafeBytes { hasher.combine(bytes: $0) } }
    }

    private var numbers: [Token: Int32] = [:]

    mutating func number(of token: ArraySlice<UInt8>) -> Int32 {
        let next = Int32(numbers.count)
        let key = Token(bytes: token)
        if let number = numbers[key] { return number }
        numbers[key] = next
        return next
    }
}
