// What elements do to the layout of the text inside and around them. Each `begin` has its `end`.
extension TextFlow {
    // MARK: - Blocks

    /// Tables and headings are one block each, whatever is inside.
    private var keepsLine: Bool { tableDepth > 0 || outline.isInLabel }

    mutating func beginBlock(_ type: USLMElement) {
        isAfterQuote = false
        guard !keepsLine else { return separate(.space) }
        separate(outline.beginBlock(type) ? .line : .space)
    }

    /// - Parameter enclosing: the block that goes on.
    mutating func endBlock(in enclosing: USLMElement) {
        isAfterQuote = false
        guard !keepsLine else { return separate(.space) }
        outline.awaitMore(of: enclosing)
        separate(.line)
    }

    mutating func beginLevel(_ type: USLMElement) {
        isAfterQuote = false
        outline.levels += 1
        guard !keepsLine else { return separate(.space) }
        outline.beginLevel(type)
        separate(.line)
    }

    mutating func endLevel(in enclosing: USLMElement) {
        outline.levels -= 1
        endBlock(in: enclosing)
    }

    mutating func beginLabel() {
        guard !beginsPlainLabel() else { return }
        separate(outline.beginLabel() ? .line : .space)
    }

    mutating func endLabel() {
        guard !endsPlainLabel() else { return }
        outline.endLabel(at: length)
        separate(.space)
    }

    mutating func beginHeading() {
        guard !beginsPlainLabel() else { return }
        separate(outline.beginHeading() ? .line : .space)
    }

    /// - Parameters:
    ///   - enclosing: the block that goes on.
    ///   - endsLine: whether text never goes on in the heading's line.
    mutating func endHeading(in enclosing: USLMElement, endsLine: Bool) {
        guard !endsPlainLabel() else { return }
        let isOfLevel = outline.endHeading(at: length, in: enclosing)
        separate(endsLine || !isOfLevel ? .line : .space)
    }

    private mutating func beginsPlainLabel() -> Bool {
        guard keepsLine else { return false }
        plainLabels += 1
        separate(.space)
        return true
    }

    private mutating func endsPlainLabel() -> Bool {
        guard plainLabels > 0 else { return false }
        plainLabels -= 1
        separate(.space)
        return true
    }

    mutating func beginQuote() {
        outline.quotes += 1
    }

    mutating func endQuote(in enclosing: USLMElement) {
        outline.quotes -= 1
        if !keepsLine { outline.quoteEnded(in: enclosing) }
        isAfterQuote = true
    }

    // MARK: - Tables

    mutating func beginTable() {
        isAfterQuote = false
        tableDepth += 1
        guard tableDepth == 1, !outline.isInLabel else { return separate(.space) }
        outline.beginTable()
        separate(.line)
    }

    mutating func endTable(in enclosing: USLMElement) {
        tableDepth -= 1
        guard !keepsLine else { return separate(.space) }
        outline.endTable()
        endBlock(in: enclosing)
    }

    mutating func beginRow(_ type: USLMElement) {
        switch tableDepth {
        case 0: beginBlock(type)
        case 1:
            outline.beginRow()
            separate(.line)
        default: separate(.space)
        }
    }

    mutating func endRow(in enclosing: USLMElement) {
        switch tableDepth {
        case 0: endBlock(in: enclosing)
        case 1: separate(.line)
        default: separate(.space)
        }
    }

    mutating func beginCell(isHeader: Bool, columnSpan: Int, rowSpan: Int) {
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

    mutating func endCell() {
        if tableDepth == 1, var cell = outline.openCell {
            cell.start = start(since: cell.start)
            cell.end = max(cell.start, length)
            outline.endCell(cell)
        }
        separate(.tab)
    }

    mutating func beginCaption() {
        guard tableDepth > 0 else { return beginBlock(.caption) }
        guard tableDepth == 1, plainLabels == 0, !outline.isInLabel else {
            plainLabels += 1
            return separate(.space)
        }
        outline.beginCaption()
        separate(.line)
    }

    mutating func endCaption(in enclosing: USLMElement) {
        guard tableDepth > 0 else { return endBlock(in: enclosing) }
        guard !endsPlainLabel() else { return }
        outline.endCaption(at: length)
        separate(.line)
    }
}
