import IngotLaw

/// Which part of a node's text is which block: the decisions behind ``TextFlow``'s layout.
///
/// A block is only awaited until its first text arrives, so elements without text make no blocks.
struct BlockOutline {
    struct Range {
        var start: Int
        var end: Int
    }

    struct Cell {
        var start: Int
        var end: Int
        var isHeader: Bool
        var columnSpan: Int
        var rowSpan: Int
    }

    struct Block {
        var type: USLMElement
        var depth: Int
        /// Where its first part begins, be it number, heading or text.
        var start: Int
        var label: Range?
        var heading: Range?
        var textStart: Int?
        var rows: [[Cell]]?
        var links: [LawLink] = []
        var marks: [LawFootnoteMark] = []
    }

    /// A block that begins with the next text.
    private struct Awaited {
        var type: USLMElement
        var depth: Int
        /// Whether an element that has begun asks for it, not one that has ended.
        var isOpened: Bool
        var isLevel = false
        var isTable = false
    }

    /// Which part of a block the text goes to.
    private enum Part {
        case label, heading, text
    }

    private(set) var blocks: [Block] = []
    /// Open levels and quotes.
    var levels = 0
    var quotes = 0
    var openCell: Cell?
    private var awaited: Awaited? = Awaited(type: .text, depth: 0, isOpened: false)
    private var part = Part.text
    private var rows: [[Cell]] = []
    private var blocksBeforeTable = 0
    /// How many characters the last block's text has up to where a link ended.
    private var counted = (length: 0, scalars: 0)

    mutating func reset() {
        self = BlockOutline()
    }

    var isAwaitingBlock: Bool { awaited != nil }
    var isInLabel: Bool { part != .text }
    var isAwaitingOpenedBlock: Bool { awaited?.isOpened == true }

    private var textDepth: Int { max(0, levels - 1) + quotes }

    // MARK: - Awaiting

    mutating func beginLevel(_ type: USLMElement) {
        awaited = Awaited(type: type, depth: levels - 1 + quotes, isOpened: true, isLevel: true)
    }

    /// - Returns: false when the text goes on in the line of the level's number and heading.
    mutating func beginBlock(_ type: USLMElement) -> Bool {
        if let awaited, awaited.isOpened {
            // The first paragraph of a level is the level's text; of blocks within blocks the outer one names it,
            // but for those that only hold others.
            if awaited.isLevel || awaited.isTable || !Self.onlyHolds(awaited.type) { return true }
        } else if awaited == nil, let last = blocks.last, last.textStart == nil {
            return false
        }
        awaited = Awaited(type: type, depth: textDepth, isOpened: true)
        return true
    }

    /// Whether an element says nothing of the blocks inside.
    private static func onlyHolds(_ type: USLMElement) -> Bool {
        type == .content || type == .signatures || type == .signature
    }

    mutating func awaitMore(of enclosing: USLMElement) {
        awaited = Awaited(type: Self.shown(enclosing), depth: textDepth, isOpened: false)
    }

    mutating func quoteEnded(in enclosing: USLMElement) {
        if let awaited, !awaited.isOpened { awaitMore(of: enclosing) }
    }

    mutating func cancelAwaited() {
        awaited = nil
    }

    private static func shown(_ enclosing: USLMElement) -> USLMElement {
        enclosing.isNode ? .text : enclosing
    }

    // MARK: - Numbers and headings

    /// - Returns: whether a new line begins.
    mutating func beginLabel() -> Bool {
        guard let awaited, awaited.isLevel else { return false }
        part = .label
        return true
    }

    mutating func endLabel(at length: Int) {
        guard part == .label else { return }
        if awaited == nil, let last = blocks.indices.last { blocks[last].label?.end = length }
        part = .text
    }

    /// - Returns: whether a new line begins.
    mutating func beginHeading() -> Bool {
        if let awaited, awaited.isLevel {
            part = .heading
            return true
        }
        if awaited == nil, let last = blocks.last, last.textStart == nil, last.heading == nil {
            part = .heading
            return false
        }
        awaited = Awaited(type: .heading, depth: textDepth, isOpened: true)
        return true
    }

    /// - Returns: whether it was the heading of a level, with more to come in the same block.
    mutating func endHeading(at length: Int, in enclosing: USLMElement) -> Bool {
        guard part == .heading else {
            awaitMore(of: enclosing)
            return false
        }
        endCaption(at: length)
        return true
    }

    // MARK: - Text

    /// Notes that the next text stands at `length`.
    mutating func textBegins(at length: Int) {
        if let awaited {
            blocks.append(Block(type: awaited.type, depth: awaited.depth, start: length))
            self.awaited = nil
        }
        let last = blocks.count - 1
        guard last >= 0 else { return }
        switch part {
        case .label:
            if blocks[last].label == nil { blocks[last].label = Range(start: length, end: length) }
        case .heading:
            if blocks[last].heading == nil { blocks[last].heading = Range(start: length, end: length) }
        case .text:
            if blocks[last].textStart == nil {
                blocks[last].textStart = length
                counted = (length, 0)
            }
        }
    }

    // MARK: - Tables

    mutating func beginTable() {
        awaited = Awaited(type: .table, depth: textDepth, isOpened: true, isTable: true)
        blocksBeforeTable = blocks.count
        rows = []
        openCell = nil
    }

    mutating func beginCaption() {
        if let awaited, awaited.isTable { part = .heading }
    }

    mutating func endCaption(at length: Int) {
        if part == .heading, awaited == nil, let last = blocks.indices.last { blocks[last].heading?.end = length }
        part = .text
    }

    mutating func beginRow() {
        rows.append([])
    }

    mutating func endCell(_ cell: Cell) {
        if rows.isEmpty { rows.append([]) }
        rows[rows.count - 1].append(cell)
        openCell = nil
    }

    mutating func endTable() {
        if blocks.count > blocksBeforeTable { blocks[blocks.count - 1].rows = rows.filter { !$0.isEmpty } }
        rows = []
    }

    // MARK: - Links

    /// The last place before `start` in the last block's text whose characters are counted; `nil` when `start` is not
    /// in that text.
    func linkBase(for start: Int) -> (length: Int, scalars: Int)? {
        guard part == .text, awaited == nil, let textStart = blocks.last?.textStart, start >= textStart,
            start >= counted.length
        else { return nil }
        return counted
    }

    mutating func addLink(_ link: LawLink, endingAt length: Int) {
        counted = (length, link.start + link.length)
        blocks[blocks.count - 1].links.append(link)
    }

    /// Notes that a footnote's marker stands at `length`, `scalars` characters into the last block's text.
    mutating func addMark(_ marker: String, scalars: Int, at length: Int) {
        counted = (length, scalars)
        blocks[blocks.count - 1].marks.append(LawFootnoteMark(marker: marker, position: scalars))
    }
}
