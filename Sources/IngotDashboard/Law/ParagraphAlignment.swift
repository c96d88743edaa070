import IngotCore

/// The paragraphs of two texts side by side, made of the pieces by which the texts differ.
///
/// The old lines together are the old text, the new ones the new text, character for character but for the line ends
/// between them.
struct ParagraphAlignment {
    enum Operation: String {
        case equal
        case inserted
        case deleted
    }

    struct Segment: Equatable {
        var operation: Operation
        var text: String
        /// The same in both lines for a piece that both have.
        var number: Int
    }

    struct Line {
        /// In its own text, from 0.
        var index: Int
        var segments: [Segment] = []
    }

    /// A paragraph with the one that it became; one of the two when there is no other.
    struct Row {
        var old: Line?
        var new: Line?

        var isSame: Bool {
            old != nil && new != nil && (old?.segments ?? []).allSatisfy { $0.operation == .equal }
                && old?.segments == new?.segments
        }

        /// Both lines as one: what is gone stands before what came for it.
        var merged: [Segment] {
            var left = (old?.segments ?? [])[...]
            var right = (new?.segments ?? [])[...]
            var merged: [Segment] = []
            while let next = left.first ?? right.first {
                if let first = left.first, first.operation == .deleted {
                    merged.append(left.removeFirst())
                } else if let first = right.first, first.operation == .inserted {
                    merged.append(right.removeFirst())
                } else if let first = left.first, let second = right.first {
                    merged.append(first.number <= second.number ? first : second)
                    if first.number <= second.number { left.removeFirst() }
                    if second.number <= first.number { right.removeFirst() }
                } else {
                    merged.append(next)
                    if left.isEmpty { right.removeFirst() } else { left.removeFirst() }
                }
            }
            return merged
        }
    }

    private(set) var rows: [Row] = []
    private var oldLines = [Line(index: 0)]
    private var newLines = [Line(index: 0)]
    private var pieces = 0
    /// How many characters lines of the stretch have in common, by their places in it, in document order.
    private var common: [(old: Int, new: Int, characters: Int)] = []

    /// - Parameter pieces: of a text as `GET /api/diff` answers them.
    init(_ pieces: [JSONValue]) {
        for piece in pieces {
            guard let operation = piece["operation"]?.stringValue.flatMap(Operation.init),
                let text = piece["text"]?.stringValue
            else { continue }
            add(operation, text)
        }
        endStretch(begins: false)
    }

    private mutating func add(_ operation: Operation, _ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            if !line.isEmpty { append(Segment(operation: operation, text: String(line), number: pieces)) }
            pieces += 1
            guard index < lines.count - 1 else { continue }
            switch operation {
            case .equal: endStretch(begins: true)
            case .deleted: oldLines.append(Line(index: oldLines[oldLines.count - 1].index + 1))
            case .inserted: newLines.append(Line(index: newLines[newLines.count - 1].index + 1))
            }
        }
    }

    private mutating func append(_ segment: Segment) {
        if segment.operation != .inserted { oldLines[oldLines.count - 1].segments.append(segment) }
        if segment.operation != .deleted { newLines[newLines.count - 1].segments.append(segment) }
        guard segment.operation == .equal else { return }
        let (old, new) = (oldLines.count - 1, newLines.count - 1)
        let characters = segment.text.utf8.count
        if let last = common.last, last.old == old, last.new == new {
            common[common.count - 1].characters += characters
        } else {
            common.append((old, new, characters))
        }
    }

    /// Puts the lines since the last common line end side by side.
    private mutating func endStretch(begins: Bool) {
        var oldNext = 0
        var newNext = 0
        func line(_ lines: [Line], _ index: Int) -> Line? { lines[index].segments.isEmpty ? nil : lines[index] }
        func addApart(_ rows: inout [Row], _ oldEnd: Int, _ newEnd: Int) {
            for index in oldNext..<max(oldNext, oldEnd) {
                if let line = line(oldLines, index) { rows.append(Row(old: line)) }
            }
            for index in newNext..<max(newNext, newEnd) {
                if let line = line(newLines, index) { rows.append(Row(new: line)) }
            }
        }
        for pair in pairs() {
            addApart(&rows, pair.old, pair.new)
            rows.append(Row(old: oldLines[pair.old], new: newLines[pair.new]))
            oldNext = pair.old + 1
            newNext = pair.new + 1
        }
        addApart(&rows, oldLines.count, newLines.count)
        common = []
        guard begins else { return }
        oldLines = [Line(index: oldLines[oldLines.count - 1].index + 1)]
        newLines = [Line(index: newLines[newLines.count - 1].index + 1)]
    }

    /// Which lines of the stretch belong together: those that have most in common, each line once.
    private func pairs() -> [(old: Int, new: Int)] {
        // One line that was rewritten from end to end is still that line.
        if common.isEmpty, oldLines.count == 1, newLines.count == 1,
            !oldLines[0].segments.isEmpty, !newLines[0].segments.isEmpty
        {
            return [(0, 0)]
        }
        var chosen: [(old: Int, new: Int, characters: Int)] = []
        for candidate in common {
            guard let last = chosen.last, candidate.old == last.old || candidate.new == last.new else {
                chosen.append(candidate)
                continue
            }
            if candidate.characters > last.characters { chosen[chosen.count - 1] = candidate }
        }
        return chosen.map { ($0.old, $0.new) }
    }
}
