/// Columns of text, as wide as their widest cell; the last one runs free.
///
/// On a terminal a row never wraps: the widest columns are shortened with an ellipsis until all fit.
struct TextTable {
    let headings: [String]
    let rows: [[String]]
    /// Columns that are shortened only when nothing else is left to shorten, such as ids that people copy.
    var wholeColumns: Set<Int> = []

    /// The table in full.
    var text: String { text(width: nil) }

    /// - Parameter width: of the terminal; `nil`: cells are never shortened.
    func text(width: Int?) -> String {
        let all = [headings] + rows
        var widths = headings.indices.map { column in
            all.map { column < $0.count ? DisplayWidth.of($0[column]) : 0 }.max() ?? 0
        }
        if let width {
            let room = max(headings.count, width - 2 * (headings.count - 1))
            Self.fit(&widths, in: room, columns: widths.indices.filter { !wholeColumns.contains($0) }, floor: 6)
            Self.fit(&widths, in: room, columns: Array(widths.indices), floor: 1)
        }
        return all.map { row in
            row.enumerated().map { column, cell in
                let cell = width == nil ? cell : DisplayWidth.shortened(cell, to: widths[column])
                return column == row.count - 1 ? cell : DisplayWidth.padded(cell, to: widths[column])
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    /// Lowers the widest of the columns until all columns together have room.
    private static func fit(_ widths: inout [Int], in room: Int, columns: [Int], floor: Int) {
        while widths.reduce(0, +) > room {
            guard let widest = columns.max(by: { widths[$0] < widths[$1] }), widths[widest] > floor else { return }
            // Down to the next widest at once, so that a cell of a million characters takes one step.
            let next = columns.filter { $0 != widest }.map { widths[$0] }.max() ?? 0
            let excess = widths.reduce(0, +) - room
            widths[widest] = max(floor, min(widths[widest] - 1, max(next, widths[widest] - excess)))
        }
    }
}
