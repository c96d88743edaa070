import IngotCore

/// What a chart's values stand at, from left to right.
enum PositionAxis {
    /// Positions are seconds since some beginning.
    case elapsed
    /// Positions are seconds since 1970; shown in UTC.
    case moments
    /// Positions are whole numbers from 0: places in this list.
    case names([String])

    /// A name below the axis.
    struct Tick: Equatable {
        var position: Double
        var text: String
        /// Whether it is shown where there is little room.
        var isMain: Bool
    }

    /// The longest name that is shown whole.
    private static let longestName = 14
    private static let mostTicks = 6

    /// A position in words, whole.
    func text(_ position: Double) -> String {
        switch self {
        case .elapsed: return ChartUnit.seconds.text(position)
        case .moments: return Self.moment(position).whole
        case .names(let names):
            let index = Int(position.rounded())
            return names.indices.contains(index) ? names[index] : ""
        }
    }

    /// The lowest and highest position that is drawn.
    func range(_ positions: [Double]) -> ClosedRange<Double> {
        if case .names(let names) = self { return 0...Double(max(1, names.count - 1)) }
        let known = positions.filter(\.isFinite)
        var low = known.min() ?? 0
        var high = known.max() ?? 1
        if case .elapsed = self { low = min(low, 0) }
        if low == high { high = low + 1 }
        return low...high
    }

    func ticks(in range: ClosedRange<Double>) -> [Tick] {
        switch self {
        case .names(let names): return Self.ticks(names)
        case .elapsed:
            let step = ChartUnit.seconds.step(atLeast: (range.upperBound - range.lowerBound) / Double(Self.mostTicks))
            return Self.multiples(of: step, in: range).enumerated().map { index, position in
                Tick(position: position, text: ChartUnit.seconds.axisText(position), isMain: index.isMultiple(of: 2))
            }
        case .moments:
            let step = ChartUnit.seconds.step(atLeast: (range.upperBound - range.lowerBound) / Double(Self.mostTicks))
            return Self.multiples(of: step, in: range).enumerated().map { index, position in
                let moment = Self.moment(position)
                let text = step >= 86_400 ? moment.date : step >= 60 ? moment.minute : moment.second
                return Tick(position: position, text: text, isMain: index.isMultiple(of: 2))
            }
        }
    }

    private static func multiples(of step: Double, in range: ClosedRange<Double>) -> [Double] {
        let first = (range.lowerBound / step).rounded(.up)
        let last = (range.upperBound / step).rounded(.down)
        guard first <= last else { return [] }
        return stride(from: first, through: last, by: 1).map { $0 * step }
    }

    /// The first and the last name, and up to two between them.
    private static func ticks(_ names: [String]) -> [Tick] {
        guard let last = names.indices.last else { return [] }
        let parts = min(last, 3)
        let places = parts == 0 ? [0] : (0...parts).map { last * $0 / parts }
        return places.map { place in
            Tick(
                position: Double(place),
                text: shortened(names[place], to: longestName),
                isMain: place == 0 || place == last
            )
        }
    }

    private static func moment(_ seconds: Double) -> (whole: String, date: String, minute: String, second: String) {
        let bounded = min(max(seconds, -6e10), 2.5e11)
        let text = Timestamp(millisecondsSinceEpoch: Int64((bounded * 1000).rounded())).description
        let date = String(text.prefix(10))
        let time = text.dropFirst(11)
        return (date + " " + time.prefix(8) + " UTC", date, String(time.prefix(5)), String(time.prefix(8)))
    }
}

/// The beginning of a text that may be longer than there is room for.
func shortened(_ text: String, to limit: Int) -> String {
    text.count <= limit ? text : String(text.prefix(limit - 1)) + "…"
}
