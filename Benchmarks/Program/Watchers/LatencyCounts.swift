/// How often each latency was seen, in steps of 20 microseconds up to four seconds; longer ones count as that.
struct LatencyCounts {
    private static let step: UInt64 = 20_000
    private static let steps = 200_000

    private var counts = [UInt32](repeating: 0, count: steps)
    private(set) var total = 0

    mutating func add(nanoseconds: UInt64) {
        counts[min(Int(nanoseconds / LatencyCounts.step), LatencyCounts.steps - 1)] += 1
        total += 1
    }

    /// The milliseconds that a share of all are not above; `nil` when there are none.
    func milliseconds(share: Double) -> Double? {
        guard total > 0 else { return nil }
        let rank = max(1, Int((share * Double(total)).rounded(.up)))
        var seen = 0
        for (index, count) in counts.enumerated() {
            seen += Int(count)
            if seen >= rank { return Double(UInt64(index + 1) * LatencyCounts.step) / 1e6 }
        }
        return nil
    }
}
