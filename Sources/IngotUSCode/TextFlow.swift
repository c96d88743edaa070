import IngotLaw

/// Gathers text as it arrives in pieces and lays it out: white space collapsed, blocks on lines of their own, cells
/// apart from each other.
///
/// White space only ever appears where the source has some or where an element ends a line or a cell, so no word is
/// split and no two are glued. Its outline knows which part of the text is which block.
struct TextFlow {
    /// What is between the text so far and the next, once there is a next.
    enum Gap: UInt8, Comparable {
        case none, space, tab, line

        static func < (left: Gap, right: Gap) -> Bool { left.rawValue < right.rawValue }
    }

    /// Bytes of UTF-8; those from ``length`` on are room to grow.
    private var storage: [UInt8]
    private(set) var length = 0
    private var gap = Gap.line
    /// True between the end of a quote and the next text or block.
    var isAfterQuote = false
    var tableDepth = 0
    /// Open numbers and headings inside a number, heading or table, which make no parts of their own.
    var plainLabels = 0
    var outline = BlockOutline()

    init() {
        storage = [UInt8](repeating: 0, count: 1 << 10)
    }

    /// Forgets the text and keeps the memory, unless that is much.
    mutating func reset() {
        if storage.count > 1 << 18 { storage = [UInt8](repeating: 0, count: 1 << 10) }
        length = 0
        gap = .line
        isAfterQuote = false
        tableDepth = 0
        plainLabels = 0
        outline.reset()
    }

    var isEmpty: Bool { length == 0 }

    func string(from start: Int = 0, to end: Int? = nil) -> String {
        let end = end ?? length
        guard start < end else { return "" }
        // The bytes are whole characters: they came from a parser that checks them, in pieces that split none, and
        // only ASCII was put in between.
        return String(copying: UTF8Span(unchecked: storage.span.extracting(start..<end)))
    }

    /// What a stretch of text says.
    enum Content {
        /// Letters or digits.
        case words
        /// Only marks, such as the line on which to sign.
        case marks
        /// White space of whatever kind, and what cannot be seen.
        case nothing
    }

    /// What the text says from here on.
    func content(from start: Int) -> Content {
        var index = start
        var content = Content.nothing
        while index < length {
            switch storage[index] {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: return .words
            case 0x80...:
                let rest = string(from: index)
                if Self.isWord(in: rest) { return .words }
                let isSeen = rest.unicodeScalars.contains {
                    !$0.properties.isWhitespace && $0.properties.generalCategory != .format
                }
                return isSeen ? .marks : content
            case 0...0x20: break
            default: content = .marks
            }
            index += 1
        }
        return content
    }

    static func isWord(in text: String) -> Bool {
        text.unicodeScalars.contains { $0.properties.isAlphabetic || $0.properties.numericType != nil }
    }

    var blocks: [LawBlock] {
        outline.blocks.indices.map { index in
            let block = outline.blocks[index]
            let end = index + 1 < outline.blocks.count ? outline.blocks[index + 1].start - 1 : length
            var made = LawBlock(type: block.type.rawValue, depth: block.depth)
            if let label = block.label { made.label = string(from: label.start, to: label.end) }
            if let heading = block.heading { made.heading = string(from: heading.start, to: heading.end) }
            if let start = block.textStart { made.text = string(from: start, to: end) }
            made.table = block.rows.map { rows in
                rows.map { row in
                    row.map { cell in
                        LawTableCell(
                            text: string(from: cell.start, to: cell.end),
                            isHeader: cell.isHeader,
                            columnSpan: cell.columnSpan,
                            rowSpan: cell.rowSpan
                        )
                    }
                }
            }
            made.links = block.links
            made.marks = block.marks
            return made
        }
    }

    // MARK: - Text

    mutating func append(_ text: Span<UInt8>) {
        let count = text.count
        var index = 0
        if gap != .none {
            while index < count, text[index] <= 0x20 { index += 1 }
            if index == count {
                isAfterQuote = false
                return
            }
            bridgeGap(to: text, at: index)
        }
        let needed = length + count - index
        if needed > storage.count {
            storage.append(contentsOf: repeatElement(0, count: max(needed, 2 * storage.count) - storage.count))
        }
        var end = length
        let endsWithSpace = storage.withUnsafeMutableBytes { room in
            text.withUnsafeBytes { CollapsedSpaces.copy($0, from: index, into: room, at: &end) }
        }
        length = end
        if endsWithSpace { gap = .space }
    }

    /// Keeps the text so far and the next apart, at least so much.
    mutating func separate(_ least: Gap) {
        gap = max(gap, least)
    }

    private mutating func bridgeGap(to text: Span<UInt8>, at index: Int) {
        defer {
            gap = .none
            isAfterQuote = false
        }
        if isAfterQuote, index == 0, length > 0, Self.isClosing(text), !outline.isAwaitingOpenedBlock {
            // What ends the sentence around a quote of several blocks belongs to the quote's last line.
            outline.cancelAwaited()
        } else if length > 0 {
            put(outline.isAwaitingBlock || gap == .line ? 0x0A : gap == .tab ? 0x09 : 0x20)
        }
        outline.textBegins(at: length)
    }

    private mutating func put(_ byte: UInt8) {
        if length == storage.count { storage.append(contentsOf: repeatElement(0, count: storage.count)) }
        storage[length] = byte
        length += 1
    }

    private static func isClosing(_ text: Span<UInt8>) -> Bool {
        switch text[0] {
        case UInt8(ascii: "."), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: ":"), UInt8(ascii: ")"),
            UInt8(ascii: "]"):
            true
        // U+2019 and U+201D, the closing quotation marks.
        case 0xE2: text.count >= 3 && text[1] == 0x80 && (text[2] == 0x99 || text[2] == 0x9D)
        default: false
        }
    }

    // MARK: - Links

    /// Ends a link that began when the text had the length `mark`.
    ///
    /// - Parameter isKept: whether the block remembers it, which it does when it lies within the block's text.
    /// - Returns: the link's text.
    mutating func endLink(_ href: String, since mark: Int, isKept: Bool) -> String {
        let start = start(since: mark)
        if isKept, start < length, let counted = outline.linkBase(for: start) {
            let before = counted.scalars + TextCensus.scalars(storage.span.extracting(counted.length..<start))
            let inside = TextCensus.scalars(storage.span.extracting(start..<length))
            outline.addLink(LawLink(href: href, start: before, length: inside), endingAt: length)
        }
        return string(from: start)
    }

    /// A footnote's marker stands here; it is remembered where it is in the text of a block.
    mutating func mark(_ marker: String) {
        guard !marker.isEmpty, let counted = outline.linkBase(for: length) else { return }
        let more = TextCensus.scalars(storage.span.extracting(counted.length..<length))
        outline.addMark(marker, scalars: counted.scalars + more, at: length)
    }

    /// Where text begins that was awaited since the text had the length `mark`.
    func start(since mark: Int) -> Int {
        // At most the one byte of a gap stands between.
        mark < length && storage[mark] <= 0x20 ? mark + 1 : mark
    }
}
