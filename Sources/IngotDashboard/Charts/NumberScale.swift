/// Which numbers an axis goes through, and where its ticks are.
struct NumberScale: Equatable {
    /// The lowest and the highest number, which are ticks.
    let range: ClosedRange<Double>
    /// From the lowest to the highest.
    let ticks: [Double]

    /// What is larger than this would be drawn without its digits.
    private static let largest = 1e14

    /// - Parameters:
    ///   - values: those that are not finite are left out.
    ///   - includesZero: whether zero is in it although no value is.
    ///   - intervals: how many steps there are at most, or one more where the values are not at ticks.
    init(_ values: [Double], unit: ChartUnit, includesZero: Bool = true, intervals: Int = 4) {
        let known = values.filter(\.isFinite).map { min(max($0, -Self.largest), Self.largest) }
        var low = known.min() ?? 0
        var high = known.max() ?? 0
        if includesZero || low == high {
            low = min(low, 0)
            high = max(high, 0)
        }
        if low == high { high = unit.step(atLeast: 1) }
        let step = unit.step(atLeast: (high - low) / Double(max(1, intervals)))
        let first = (low / step).rounded(.down)
        let last = (high / step).rounded(.up)
        ticks = stride(from: first, through: last, by: 1).map { $0 * step }
        range = first * step...last * step
    }

    /// How far along the axis a number is: 0 at its lowest, 1 at its highest.
    func fraction(_ value: Double) -> Double {
        guard value.isFinite else { return 0 }
        let size = range.upperBound - range.lowerBound
        return min(1, max(0, (value - range.lowerBound) / size))
    }
}
