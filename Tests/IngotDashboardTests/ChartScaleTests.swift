import Testing

@testable import IngotDashboard

@Suite("Axes of charts")
struct ChartScaleTests {
    @Test(
        arguments: [
            (.count, [0, 10], [0, 5, 10]),
            (.count, [3, 7], [0, 2, 4, 6, 8]),
            (.count, [1], [0, 1]),
            (.count, [-3, 5], [-4, -2, 0, 2, 4, 6]),
            (.count, [-8, -2], [-8, -6, -4, -2, 0]),
            (.count, [0.2, 0.4], [0, 1]),
            (.bytes, [3000], [0, 1024, 2048, 3072]),
            (.bytes, [100 * 1_048_576], [0, 32, 64, 96, 128].map { $0 * 1_048_576 }),
            (.seconds, [100], [0, 30, 60, 90, 120]),
            (.seconds, [0.5], [0, 0.2, 0.4, 0.6]),
            (.percent, [100], [0, 50, 100]),
        ] as [(ChartUnit, [Double], [Double])]
    )
    func ticks(unit: ChartUnit, values: [Double], ticks: [Double]) {
        let found = NumberScale(values, unit: unit).ticks
        #expect(found.count == ticks.count, "\(found)")
        for (one, other) in zip(found, ticks) { #expect(abs(one - other) < 1e-9, "\(found)") }
    }

    @Test(
        "Every number has its place on the axis, whatever the numbers are",
        arguments: [
            [], [0], [0, 0, 0], [-5], [7, 7], [.nan], [.infinity, 1], [1e300, -1e300], [5e-324], [1e-9, 2e-9], [1e15],
            [-1e15, 1e15], [0, 9_007_199_254_740_993],
        ] as [[Double]]
    )
    func degenerate(values: [Double]) {
        for unit in [ChartUnit.count, .bytes, .seconds, .percent] {
            for includesZero in [true, false] {
                let scale = NumberScale(values, unit: unit, includesZero: includesZero)
                #expect(scale.ticks.count >= 2 && scale.ticks.count <= 8, "\(unit) \(scale.ticks)")
                #expect(scale.range.lowerBound < scale.range.upperBound)
                #expect(scale.range.lowerBound.isFinite && scale.range.upperBound.isFinite)
                #expect(Set(scale.ticks.map(unit.axisText)).count == scale.ticks.count, "\(unit) \(scale.ticks)")
                for value in values { #expect((0...1).contains(scale.fraction(value))) }
                for value in values where value.isFinite && abs(value) <= 1e14 {
                    #expect(scale.range.contains(value), "\(unit) \(value) \(scale.range)")
                }
            }
        }
    }

    @Test(
        arguments: [
            (.count, 2_500_000, "2.5 M"), (.count, 1200, "1,200"), (.count, -3e9, "-3 G"), (.bytes, 512, "512 B"),
            (.bytes, 1_572_864, "1.5 MiB"), (.seconds, 0, "0"), (.seconds, 0.2, "200 ms"), (.seconds, 90, "90 s"),
            (.seconds, 300, "5 min"), (.seconds, 7200, "2 h"), (.percent, 12.5, "12.5 %"),
        ] as [(ChartUnit, Double, String)]
    )
    func names(unit: ChartUnit, value: Double, text: String) { #expect(unit.axisText(value) == text) }

    @Test
    func momentsAreNamedByWhatDiffers() {
        // 2026-03-01T00:00:00Z
        let start = 1_772_323_200.0
        func names(_ length: Double) -> [String] {
            PositionAxis.moments.ticks(in: start...start + length).map(\.text)
        }
        #expect(names(10) == ["00:00:00", "00:00:02", "00:00:04", "00:00:06", "00:00:08", "00:00:10"])
        #expect(names(3600) == ["00:00", "00:10", "00:20", "00:30", "00:40", "00:50", "01:00"])
        #expect(names(5 * 86_400).first == "2026-03-01")
        #expect(names(5 * 86_400).count == 6)
        #expect(PositionAxis.moments.text(start) == "2026-03-01 00:00:00 UTC")
    }

    @Test(arguments: [0, 1, 2, 3, 4, 5, 100, 1000])
    func ofManyNamesFewAreShown(count: Int) {
        let names = (0..<count).map { "label \($0)" }
        let axis = PositionAxis.names(names)
        let ticks = axis.ticks(in: axis.range([]))
        #expect(ticks.count == min(count, 4))
        #expect(ticks.first?.text == names.first)
        #expect(ticks.last?.text == names.last)
        #expect(Set(ticks.map(\.position)).count == ticks.count)
    }

    @Test
    func anAxisOfTimeHasFewTicks() {
        for exponent in -3..<12 {
            var length = 1.0
            for _ in 0..<abs(exponent) { length *= exponent < 0 ? 0.1 : 10 }
            let ticks = PositionAxis.elapsed.ticks(in: 0...length)
            #expect((2...8).contains(ticks.count), "\(length): \(ticks.map(\.text))")
            #expect(Set(ticks.map(\.text)).count == ticks.count, "\(length): \(ticks.map(\.text))")
        }
    }
}
