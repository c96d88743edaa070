/// A bar that shows how a whole is shared out; the numbers stand in words beside it.
struct ProportionBar {
    struct Part {
        var name: String
        var value: Double
        var color: BarChart.Color
    }

    var parts: [Part]
    /// What the whole bar stands for; `nil`: all parts together.
    var whole: Double?

    /// The bar as markup that is escaped already.
    var html: String {
        let known = parts.filter { $0.value.isFinite && $0.value > 0 }
        let sum = known.map(\.value).reduce(0, +)
        let all = max(sum, whole.flatMap { $0.isFinite ? $0 : nil } ?? sum)
        var start = 0.0
        var drawn = MarkupText.element("rect", ["class": "bar-ground", "width": "100%", "height": "10", "rx": "3"])
        for part in known {
            drawn += MarkupText.element(
                "rect",
                [
                    "class": "bar \(part.color.rawValue)", "x": ChartFigure.percent(start / all),
                    "width": ChartFigure.percent(part.value / all), "height": "10", "rx": "3",
                ]
            )
            start += part.value
        }
        return MarkupText.element(
            "svg",
            ["class": "proportion", "width": "100%", "height": "10", "aria-hidden": "true"],
            drawn
        )
    }
}
