/// Columns of text, as wide as their widest cell; the last one runs free.
struct TextTable {
    let headings: [String]
    let rows: [[String]]

    var text: String {
        let widths = headings.indices.map { column in
            ([headings] + rows).map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return ([headings] + rows).map { row in
            row.enumerated().map { column, cell in
                column == row.count - 1
                    ? cell : cell + String(repeating: " ", count: max(0, widths[column] - cell.count))
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
