import IngotLaw

/// Gathers text as it arrives in pieces and lays it out: white space collapsed, blocks on lines of their own, cells
/// apart from each other.
///
/// White space only ever appears where the source has some or where an element ends a line or a cell, so no word is
/// split and no two are glued. Its outline knows which part of the text is which block.
final class TextFlow {
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
    private var isAfterQuote = false
    private var tableDepth = 0
    /// Open numbers and headings inside a number, heading or table, which make no parts of their own.
    private var plainLabels = 0
    private var outline = BlockOutline()

    init() {
        storage = [UInt8](repeating: 0, count: 1 << 10)
    }

    /// Forgets the text and keeps the memory, unless that is much.
    func reset() {
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
        return String(decoding: storage[start..<end], as: UTF8.self)
    }

    /// Where text begins that was awaited since the text had the length `mark`.
    func start(since mark: Int) -> Int {
        // At most the one byte of a gap stands between.
        mark < length && storage[mark] <= 0x20 ? mark + 1 : mark
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
            return made
        }
    }

    // MARK: - Text

    func append(_ text: Span<UInt8>) {
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
        var hasSpace = false
        storage.withUnsafeMutableBufferPointer { room in
            text.withUnsafeBufferPointer { source in
                while index < count {
                    let byte = source[index]
                    index &+= 1
                    if byte <= 0x20 {
                        hasSpace = true
                    } else {
                        if hasSpace {
                            room[end] = 0x20
                            end &+= 1
                            hasSpace = false
                        }
                        room[end] = byte
                        end &+= 1
                    }
                }
            }
        }
        length = end
        if hasSpace { gap = .space }
    }

    /// Keeps the text so far and the next apart, at least so much.
    func separate(_ least: Gap) {
        gap = max(gap, least)
    }

    private func bridgeGap(to text: Span<UInt8>, at index: Int) {
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

    private func put(_ byte: UInt8) {
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

    // MARK: - Blocks

    /// Tables and headings are one block each, whatever is inside.
    private var keepsLine: Bool { tableDepth > 0 || outline.isInLabel }

    func beginBlock(_ type: USLMElement) {
        isAfterQuote = false
        guard !keepsLine else { return separate(.space) }
        separate(outline.beginBlock(type) ? .line : .space)
    }

    /// - Parameter enclosing: the block that goes on.
    func endBlock(in enclosing: USLMElement) {
        isAfterQuote = false
        guard !keepsLine else { return separate(.space) }
        outline.awaitMore(of: enclosing)
        separate(.line)
    }

    func beginLevel(_ type: USLMElement) {
        isAfterQuote = false
        outline.levels += 1
        guard !keepsLine else { return separate(.space) }
        outline.beginLevel(type)
        separate(.line)
    }

    func endLevel(in enclosing: USLMElement) {
        outline.levels -= 1
        endBlock(in: enclosing)
    }

    func beginLabel() {
        guard !beginsPlainLabel() else { return }
        separate(outline.beginLabel() ? .line : .space)
    }

    func endLabel() {
        guard !endsPlainLabel() else { return }
        outline.endLabel(at: length)
        separate(.space)
    }

    func beginHeading() {
        guard !beginsPlainLabel() else { return }
        separate(outline.beginHeading() ? .line : .space)
    }

    /// - Parameters:
    ///   - enclosing: the block that goes on.
    ///   - endsLine: whether text never goes on in the heading's line.
    func endHeading(in enclosing: USLMElement, endsLine: Bool) {
        guard !endsPlainLabel() else { return }
        let isOfLevel = outline.endHeading(at: length, in: enclosing)
        separate(endsLine || !isOfLevel ? .line : .space)
    }

    private func beginsPlainLabel() -> Bool {
        guard keepsLine else { return false }
        plainLabels += 1
        separate(.space)
        return true
    }

    private func endsPlainLabel() -> Bool {
        guard plainLabels > 0 else { return false }
        plainLabels -= 1
        separate(.space)
        return true
    }

    func beginQuote() {
        outline.quotes += 1
    }

    func endQuote(in enclosing: USLMElement) {
        outline.quotes -= 1
        if !keepsLine { outline.quoteEnded(in: enclosing) }
        isAfterQuote = true
    }

    // MARK: - Tables

    func beginTable() {
        isAfterQuote = false
        tableDepth += 1
        guard tableDepth == 1, !outline.isInLabel else { return separate(.space) }
        outline.beginTable()
        separate(.line)
    }

    func endTable(in enclosing: USLMElement) {
        tableDepth -= 1
        guard !keepsLine else { return separate(.space) }
        outline.endTable()
        endBlock(in: enclosing)
    }

    func beginRow(_ type: USLMElement) {
        switch tableDepth {
        case 0: beginBlock(type)
        case 1:
            outline.beginRow()
            separate(.line)
        default: separate(.space)
        }
    }

    func endRow(in enclosing: USLMElement) {
        switch tableDepth {
        case 0: endBlock(in: enclosing)
        case 1: separate(.line)
        default: separate(.space)
        }
    }

    func beginCell(isHeader: Bool, columnSpan: Int, rowSpan: Int) {
        separate(.tab)
        if tableDepth == 1 {
            outline.openCell = .init(
                start: length,
                end: length,
                isHeader: isHeader,
                columnSpan: columnSpan,
                rowSpan: rowSpan
            )
        }
    }

    func endCell() {
        if tableDepth == 1, var cell = outline.openCell {
            cell.start = start(since: cell.start)
            cell.end = max(cell.start, length)
            outline.endCell(cell)
        }
        separate(.tab)
    }

    func beginCaption() {
        guard tableDepth > 0 else { return beginBlock(.caption) }
        guard tableDepth == 1, plainLabels == 0, !outline.isInLabel else {
            plainLabels += 1
            return separate(.space)
        }
        outline.beginCaption()
        separate(.line)
    }

    func endCaption(in enclosing: USLMElement) {
        guard tableDepth > 0 else { return endBlock(in: enclosing) }
        guard !endsPlainLabel() else { return }
        outline.endCaption(at: length)
        separate(.line)
    }

    // MARK: - Links

    /// Keeps a link over the text since the mark, when it lies within one block's text.
    func link(_ href: String, since mark: Int) {
        let start = start(since: mark)
        guard start < length, let counted = outline.linkBase(for: start) else { return }
        let before = counted.scalars + TextCensus.scalars(storage.span.extracting(counted.length..<start))
        let inside = TextCensus.scalars(storage.span.extracting(start..<length))
        outline.addLink(LawLink(href: href, start: before, length: inside), endingAt: length)
    }
}
