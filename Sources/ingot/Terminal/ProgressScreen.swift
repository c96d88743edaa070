/// Lines at the bottom of a terminal that are drawn over again.
///
/// A frame is one write, and clears only what it does not draw, so nothing flickers.
struct ProgressScreen {
    private var drawn: [String] = []

    /// What replaces the lines that are there.
    ///
    /// - Parameters:
    ///   - lines: no line wider than the terminal.
    ///   - width: of the terminal as it is now; lines drawn when it was wider have wrapped since.
    /// - Returns: `nil` when they are there already.
    mutating func frame(_ lines: [String], width: Int) -> String? {
        guard lines != drawn else { return nil }
        let text = toTop(width: width) + lines.map { "\($0)\u{1B}[K" }.joined(separator: "\r\n") + "\u{1B}[J"
        drawn = lines
        return text
    }

    /// Takes the lines away, so that something else can be written; the next frame draws them again.
    mutating func cleared(width: Int) -> String {
        guard !drawn.isEmpty else { return "" }
        defer { drawn = [] }
        return toTop(width: width) + "\u{1B}[J"
    }

    /// To the first column of the first line.
    private func toTop(width: Int) -> String {
        let rows = drawn.reduce(0) { $0 + max(1, (DisplayWidth.of($1) + max(1, width) - 1) / max(1, width)) }
        return rows > 1 ? "\r\u{1B}[\(rows - 1)A" : "\r"
    }
}
