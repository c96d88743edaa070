/// What the numbers of a chart are: how they are written, and which steps of an axis are sensible.
enum ChartUnit {
    case count
    case bytes
    case seconds
    case percent

    /// The smallest sensible step that is not smaller than `least`.
    func step(atLeast least: Double) -> Double {
        guard least > 0, least.isFinite else { return 1 }
        switch self {
        case .count: return max(1, Self.decimalStep(atLeast: least))
        case .percent: return max(0.01, Self.decimalStep(atLeast: least))
        case .bytes:
            var step = 1.0
            while step < least { step *= 2 }
            return step
        case .seconds:
            if least <= 1 { return max(0.001, Self.decimalStep(atLeast: least)) }
            return Self.spans.first { $0 >= least } ?? Self.decimalStep(atLeast: least / Self.day) * Self.day
        }
    }

    /// A value in words, such as `12,480`, `1.5 MiB` or `2 min 30 s`.
    func text(_ value: Double) -> String {
        guard value.isFinite, abs(value) < Self.largest else { return Figures.number(value) }
        return switch self {
        case .count: Figures.number(value)
        case .percent: Figures.number(value) + " %"
        case .bytes: Figures.bytes(Int64(value.rounded()))
        case .seconds: Figures.duration(milliseconds: Int64((value * 1000).rounded()))
        }
    }

    /// A tick in words, which are short: `2.5 M`, `512 B`, `5 min`.
    func axisText(_ value: Double) -> String {
        switch self {
        case .count:
            if abs(value) >= 1e9 { return Figures.number(value / 1e9) + " G" }
            return abs(value) >= 1e6 ? Figures.number(value / 1e6) + " M" : Figures.number(value, digits: 2)
        case .percent: return Figures.number(value, digits: 2) + " %"
        case .bytes: return abs(value) < 1024 ? Figures.number(value) + " B" : text(value)
        case .seconds:
            if value == 0 { return "0" }
            let units = [(Self.day, "d"), (3600, "h"), (60, "min"), (1, "s")]
            let unit = units.first { abs(value) >= $0.0 && (value / $0.0) == (value / $0.0).rounded() }
            return unit.map { Figures.number(value / $0.0) + " " + $0.1 } ?? text(value)
        }
    }

    // MARK: - Details

    private static let largest = 1e15
    private static let day = 86_400.0
    private static let spans: [Double] = [
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400,
    ]

    /// 1, 2 or 5 times a power of ten.
    private static func decimalStep(atLeast least: Double) -> Double {
        var power = 1.0
        while power >= least { power /= 10 }
        while power * 10 < least { power *= 10 }
        // Now power < least <= 10 * power.
        return [1, 2, 5, 10].lazy.map { $0 * power }.first { $0 >= least * (1 - 1e-9) } ?? power * 10
    }
}
