/// Where the cells of a table lie when spans are laid out, as HTML does it.
struct LawTableGrid {
    /// A cell with its place.
    struct Placed: Equatable {
        var column: Int
        var columns: Int
        var text: String
    }

    /// The cells by the row in which they begin, from left to right.
    let rows: [[Placed]]
    let columnCount: Int
    /// The rows at the top that hold header cells and nothing else.
    let headerRows: Int

    /// The widest span that is believed: a broken one must not make a table of a million columns.
    private static let maximumSpan = 100

    init(_ rows: [[LawRecord.Cell]]) {
        var placed: [[Placed]] = []
        // For each column, the first row that is free again.
        var freeFrom: [Int] = []
        for (row, rowCells) in rows.enumerated() {
            var column = 0
            var cells: [Placed] = []
            for cell in rowCells {
                while column < freeFrom.count, freeFrom[column] > row { column += 1 }
                let columns = min(max(1, cell.columnSpan ?? 1), Self.maximumSpan)
                let height = min(max(1, cell.rowSpan ?? 1), rows.count - row)
                while freeFrom.count < column + columns { freeFrom.append(0) }
                for spanned in column..<column + columns { freeFrom[spanned] = row + height }
                cells.append(
                    Placed(column: column, columns: columns, text: Self.oneLine(cell.text))
                )
                column += columns
            }
            placed.append(cells)
        }
        self.rows = placed
        columnCount = freeFrom.count
        headerRows = rows.prefix { row in !row.isEmpty && row.allSatisfy { $0.header == true } }.count
    }

    /// The texts of a row by column; a cell that spans several stands in the first.
    func texts(ofRow row: Int) -> [String] {
        var texts = [String](repeating: "", count: columnCount)
        for cell in rows[row] { texts[cell.column] = cell.text }
        return texts
    }

    private static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}

extension LawTableGrid {
    /// The space between columns, with the line that keeps them apart.
    private static let gap = " | "
    /// The narrowest column that longer text is wrapped into.
    private static let minimumWidth = 8

    /// The table as lines of text, columns aligned, cells wrapped where the table would be wider than `width`.
    func lines(width: Int) -> [String] {
        let widths = columnWidths(within: width)
        var lines: [String] = []
        for (row, cells) in rows.enumerated() {
            // A cell of several rows stands in the first one.
            let wrapped = cells.map { LineWrapping.lines($0.text, width: room(for: $0, widths)) }
            for line in 0..<(wrapped.map(\.count).max() ?? 0) {
                var text = ""
                var column = 0
                func pad(to end: Int) {
                    while column < end {
                        text += String(repeating: " ", count: widths[column]) + Self.gap
                        column += 1
                    }
                }
                for (cell, pieces) in zip(cells, wrapped) {
                    pad(to: cell.column)
                    let piece = line < pieces.count ? pieces[line] : ""
                    text += piece + String(repeating: " ", count: max(0, room(for: cell, widths) - piece.count))
                    text += Self.gap
                    column = cell.column + cell.columns
                }
                pad(to: columnCount)
                lines.append(Self.trimmed(text.dropLast(Self.gap.count)))
            }
            if row + 1 == headerRows, row + 1 < rows.count {
                lines.append(widths.map { String(repeating: "-", count: $0) }.joined(separator: "-+-"))
            }
        }
        return lines
    }

    private static func trimmed(_ line: Substring) -> String {
        var line = line
        while line.last == " " { line.removeLast() }
        return String(line)
    }

    private func room(for cell: Placed, _ widths: [Int]) -> Int {
        widths[cell.column..<cell.column + cell.columns].reduce(0, +) + (cell.columns - 1) * Self.gap.count
    }

    private func columnWidths(within width: Int) -> [Int] {
        var widths = [Int](repeating: 1, count: columnCount)
        for cell in rows.joined() where cell.columns == 1 {
            widths[cell.column] = max(widths[cell.column], cell.text.count)
        }
        // The widest columns give way first, down to one width that fits.
        let available = max(1, width - (columnCount - 1) * Self.gap.count)
        if widths.reduce(0, +) > available {
            var low = 1
            var high = widths.max() ?? 1
            while low < high {
                let middle = (low + high + 1) / 2
                if widths.reduce(0, { $0 + min($1, middle) }) <= available { low = middle } else { high = middle - 1 }
            }
            widths = widths.map { min($0, max(low, Self.minimumWidth)) }
        }
        // What spans columns is wrapped into them when they are wide enough, and widens the last one when not.
        for cell in rows.joined() where cell.columns > 1 {
            let missing = min(cell.text.count, Self.minimumWidth) - room(for: cell, widths)
            if missing > 0 { widths[cell.column + cell.columns - 1] += missing }
        }
        return widths
    }
}
