import IngotCore

/// What all charts have around them: a caption, a legend, two axes, and the same numbers as a table.
///
/// The plot is as wide as its place and its text as large as other text: horizontal places are shares of the width, so
/// nothing is scaled but the lines.
struct ChartFigure {
    var title: String
    /// What the chart shows, in a sentence, for those who do not see it.
    var summary: String
    var legend: [LegendItem] = []
    var vertical: NumberScale?
    var verticalUnit = ChartUnit.count
    var ticks: [PlacedTick] = []
    /// What is drawn between the axes, ``plotHeight`` high.
    var plot: String
    var plotHeight = ChartFigure.standardHeight
    var table: ChartTable

    struct LegendItem {
        var name: String
        /// The class that its sign has in the style sheet.
        var color: String
    }

    /// A name below the plot.
    struct PlacedTick {
        /// From 0 to 1.
        var fraction: Double
        var text: String
        var isMain: Bool
    }

    static let standardHeight = 160
    /// Room above the plot for half a line of the highest tick's text.
    static let top = 8
    private static let below = 22

    var html: String {
        let items = legend.map { item in
            let sign = MarkupText.element(
                "svg",
                ["class": "legend-sign", "width": "14", "height": "10", "aria-hidden": "true"],
                MarkupText.element("rect", ["class": "bar \(item.color)", "width": "14", "height": "10", "rx": "2"])
            )
            return MarkupText.element("li", [:], sign + " " + MarkupText.escaped(item.name))
        }
        return "<figure class=\"chart\">" + MarkupText.element("figcaption", [:], MarkupText.escaped(title))
            + (items.isEmpty ? "" : MarkupText.element("ul", ["class": "legend"], items.joined()))
            + MarkupText.element("div", ["class": "chart-body"], scale + picture) + table.html(title: title)
            + "</figure>"
    }

    private var height: Int { Self.top + plotHeight + (ticks.isEmpty ? 4 : Self.below) }

    /// The texts at the vertical axis, in a picture of their own width.
    private var scale: String {
        guard let vertical else { return "" }
        let texts = vertical.ticks.map(verticalUnit.axisText)
        let width = (texts.map(\.count).max() ?? 0) * 7 + 8
        let drawn = zip(vertical.ticks, texts).map { tick, text in
            MarkupText.element(
                "text",
                [
                    "x": String(width - 6), "y": Self.number(place(vertical.fraction(tick)) + 4),
                    "text-anchor": "end",
                ],
                MarkupText.escaped(text)
            )
        }
        return MarkupText.element(
            "svg",
            ["class": "chart-scale", "width": String(width), "height": String(height), "aria-hidden": "true"],
            drawn.joined()
        )
    }

    private var picture: String {
        let lines = (vertical?.ticks ?? []).map { tick in
            let y = Self.number(place(vertical?.fraction(tick) ?? 0))
            return MarkupText.element(
                "line",
                ["class": tick == 0 ? "zero" : "grid", "x1": "0", "x2": "100%", "y1": y, "y2": y]
            )
        }
        let names = ticks.map { tick in
            let anchor = tick.fraction < 0.08 ? "start" : tick.fraction > 0.92 ? "end" : "middle"
            return MarkupText.element(
                "text",
                [
                    "class": tick.isMain ? "tick" : "tick minor", "x": Self.percent(tick.fraction),
                    "y": String(Self.top + plotHeight + 17), "text-anchor": anchor,
                ],
                MarkupText.escaped(tick.text)
            )
        }
        return MarkupText.element(
            "svg",
            ["class": "chart-plot", "role": "img", "width": "100%", "height": String(height)],
            MarkupText.element("title", [:], MarkupText.escaped(title))
                + MarkupText.element("desc", [:], MarkupText.escaped(summary)) + lines.joined() + plot + names.joined()
        )
    }

    /// Where a share of the vertical axis is, from the top of the picture.
    private func place(_ fraction: Double) -> Double { Self.place(fraction, height: plotHeight) }

    static func place(_ fraction: Double, height: Int) -> Double {
        Double(top) + Double(height) * (1 - fraction)
    }

    /// A number of a picture: two decimals are less than anybody sees.
    static func number(_ value: Double) -> String {
        let hundredths = Int64((value * 100).rounded())
        let rest = abs(hundredths % 100)
        let sign = hundredths < 0 ? "-" : ""
        let whole = abs(hundredths / 100)
        if rest == 0 { return sign + String(whole) }
        return sign + "\(whole)." + (rest < 10 ? "0\(rest)" : rest.isMultiple(of: 10) ? "\(rest / 10)" : "\(rest)")
    }

    static func percent(_ fraction: Double) -> String { number(fraction * 100) + "%" }
}

/// The numbers of a chart for those who would rather read them.
struct ChartTable {
    /// The head of each column; the first one names the rows.
    var columns: [String]
    var rows: [[String]]

    /// More rows than this are nobody's reading; of longer tables every second, third, … row is shown.
    private static let mostRows = 200

    func html(title: String) -> String {
        let every = max(1, (rows.count + Self.mostRows - 1) / Self.mostRows)
        let heads = columns.enumerated().map { index, name in
            index == 0
                ? MarkupText.element("th", ["scope": "col"], MarkupText.escaped(name))
                : MarkupText.element("th", ["scope": "col", "class": "number"], MarkupText.escaped(name))
        }
        let lines = stride(from: 0, to: rows.count, by: every).map { place in
            let cells = rows[place].enumerated().map { index, text in
                index == 0
                    ? MarkupText.element("th", ["scope": "row"], MarkupText.escaped(text))
                    : MarkupText.element("td", ["class": "number"], MarkupText.escaped(text))
            }
            return MarkupText.element("tr", [:], cells.joined())
        }
        let caption = every == 1 ? title : "\(title) (one row of \(every))"
        let table = MarkupText.element(
            "table",
            [:],
            MarkupText.element("caption", [:], MarkupText.escaped(caption))
                + MarkupText.element("thead", [:], MarkupText.element("tr", [:], heads.joined()))
                + MarkupText.element("tbody", [:], lines.joined())
        )
        let box = MarkupText.element(
            "div",
            ["class": "scroll", "role": "region", "tabindex": "0", "aria-label": "\(title), as a table"],
            table
        )
        return MarkupText.element(
            "details",
            ["class": "chart-table"],
            MarkupText.element("summary", [:], "As a table") + box
        )
    }
}
