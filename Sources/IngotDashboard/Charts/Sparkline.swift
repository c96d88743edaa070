/// A line of a word's size that shows how a value went; what it was is said in words beside it.
struct Sparkline {
    var values: [Double]
    /// What it shows, in words.
    var title: String

    private static let width = 96.0
    private static let height = 24.0

    /// The line as markup that is escaped already; empty when there are fewer than two values.
    var html: String {
        let known = LineChart.thinned(
            values.enumerated().filter(\.element.isFinite).map { LineChart.Point(position: Double($0), value: $1) },
            to: 96
        )
        guard known.count > 1, let first = known.first?.position, let last = known.last?.position, first < last else {
            return ""
        }
        let low = known.map(\.value).min() ?? 0
        let high = known.map(\.value).max() ?? 0
        // Halves, as the difference of two large numbers may be too large for one.
        let size = high / 2 - low / 2
        let path = known.map { point in
            let x = 2 + (point.position - first) / (last - first) * (Self.width - 4)
            let share = size > 0 ? (point.value / 2 - low / 2) / size : 0.5
            return "\(ChartFigure.number(x)) \(ChartFigure.number(2 + (1 - share) * (Self.height - 4)))"
        }
        return MarkupText.element(
            "svg",
            [
                "class": "sparkline", "role": "img", "width": "96", "height": "24", "viewBox": "0 0 96 24",
            ],
            MarkupText.element("title", [:], MarkupText.escaped(title))
                + MarkupText.element("path", ["class": "line series-1", "d": "M" + path.joined(separator: " L")])
        )
    }
}
