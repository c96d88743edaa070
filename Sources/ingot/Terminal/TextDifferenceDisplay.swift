import IngotLaw

/// Shows the difference of two texts on a terminal: each paragraph that changed as it was (`-`) and as it is (`+`),
/// with the words that differ marked, and of what did not change one line beside it.
struct TextDifferenceDisplay {
    /// How words that differ are marked.
    enum Marks {
        /// `[-old-]` and `{+new+}`.
        case plain
        /// Red and green.
        case colour

        /// What fits standard output.
        static var ofStandardOutput: Marks { Colours.areOnStandardOutput ? .colour : .plain }
    }

    var marks = Marks.ofStandardOutput
    /// The most characters of an unchanged line that are shown.
    var contextWidth = 72

    /// The difference as lines; empty when there is none.
    func text(of difference: TextDifference) -> String {
        guard difference.hasChanges else { return "" }
        var lines: [String] = []
        var unchanged: [String] = []
        for stretch in Self.stretches(of: difference) {
            switch stretch {
            case .unchanged(let line): unchanged.append(line)
            case .changed(let old, let new):
                lines += context(unchanged, isFirst: lines.isEmpty, isLast: false)
                unchanged = []
                lines += old.map { "- " + render($0, .deleted) }
                lines += new.map { "+ " + render($0, .inserted) }
            }
        }
        lines += context(unchanged, isFirst: false, isLast: true)
        return lines.joined(separator: "\n")
    }

    // MARK: - Lines

    /// A line of one of the texts, in parts that are or are not in the other one.
    typealias Line = [(text: String, isChanged: Bool)]

    enum Stretch {
        case unchanged(String)
        case changed(old: [Line], new: [Line])
    }

    /// Lines that are the same, and stretches of lines that are not.
    private static func stretches(of difference: TextDifference) -> [Stretch] {
        var stretches: [Stretch] = []
        var old = LineCollector()
        var new = LineCollector()
        for piece in difference.pieces {
            let parts = piece.text.split(separator: "\n", omittingEmptySubsequences: false)
            for (index, part) in parts.enumerated() {
                let endsLine = index < parts.count - 1
                if piece.operation != .inserted { old.take(String(part), piece.operation != .equal, endsLine) }
                if piece.operation != .deleted { new.take(String(part), piece.operation != .equal, endsLine) }
                // Only where a line ends in both texts do they run side by side again.
                if endsLine, piece.operation == .equal { settle(&old, &new, &stretches) }
            }
        }
        old.finish()
        new.finish()
        settle(&old, &new, &stretches)
        return stretches
    }

    private static func settle(_ old: inout LineCollector, _ new: inout LineCollector, _ stretches: inout [Stretch]) {
        var oldLines = old.lines
        var newLines = new.lines
        old.lines = []
        new.lines = []
        // Lines at both ends that are whole in both texts did not change.
        var after: [Stretch] = []
        while let left = oldLines.last, let right = newLines.last, let line = same(left, right) {
            oldLines.removeLast()
            newLines.removeLast()
            after.insert(.unchanged(line), at: 0)
        }
        while let left = oldLines.first, let right = newLines.first, let line = same(left, right) {
            oldLines.removeFirst()
            newLines.removeFirst()
            stretches.append(.unchanged(line))
        }
        if !oldLines.isEmpty || !newLines.isEmpty { stretches.append(.changed(old: oldLines, new: newLines)) }
        stretches += after
    }

    private static func same(_ left: Line, _ right: Line) -> String? {
        guard !left.contains(where: \.isChanged), !right.contains(where: \.isChanged) else { return nil }
        let text = left.map(\.text).joined()
        return text == right.map(\.text).joined() ? text : nil
    }

    private struct LineCollector {
        var lines: [Line] = []
        private var open: Line = []

        mutating func take(_ text: String, _ isChanged: Bool, _ endsLine: Bool) {
            if !text.isEmpty { open.append((text, isChanged)) }
            if endsLine { end() }
        }

        mutating func finish() {
            if !open.isEmpty { end() }
        }

        private mutating func end() {
            lines.append(open)
            open = []
        }
    }

    // MARK: - Words

    private func render(_ line: Line, _ operation: TextDifference.Operation) -> String {
        // A line that is new or gone as a whole needs no marks but its sign.
        let isWhole = line.allSatisfy(\.isChanged)
        return line.map { part in
            part.isChanged ? marked(part.text, operation, isWhole: isWhole) : part.text
        }.joined()
    }

    private func marked(_ text: String, _ operation: TextDifference.Operation, isWhole: Bool) -> String {
        switch marks {
        case .plain where isWhole: text
        case .plain: operation == .deleted ? "[-\(text)-]" : "{+\(text)+}"
        case .colour: (operation == .deleted ? "\u{1B}[31m" : "\u{1B}[32m") + text + "\u{1B}[0m"
        }
    }

    // MARK: - Context

    /// Of unchanged lines the ones beside a change; the rest is folded away.
    private func context(_ lines: [String], isFirst: Bool, isLast: Bool) -> [String] {
        guard let first = lines.first, let last = lines.last else { return [] }
        if isFirst { return (lines.count > 1 ? ["  …"] : []) + ["  " + shortened(last)] }
        if isLast { return ["  " + shortened(first)] + (lines.count > 1 ? ["  …"] : []) }
        switch lines.count {
        case 1: return ["  " + shortened(first)]
        case 2: return ["  " + shortened(first), "  " + shortened(last)]
        default: return ["  " + shortened(first), "  …", "  " + shortened(last)]
        }
    }

    private func shortened(_ line: String) -> String {
        line.count > contextWidth ? line.prefix(contextWidth - 1) + "…" : line
    }
}
