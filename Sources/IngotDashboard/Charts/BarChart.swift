/// Values of a few kinds at each of some names, as bars on each other; what is below zero hangs down from it.
///
/// ```swift
/// BarChart(title: "Jobs a day", names: days, series: [.init(name: "succeeded", values: counts, color: .good)]).html
/// ```
struct BarChart {
    /// What a kind's colour says; the legend says it as well.
    enum Color: String {
        case first = "series-1"
        case second = "series-2"
        case third = "series-3"
        case good, bad, warn
    }

    struct Series {
        var name: String
        /// One for each name; a missing one is none.
        var values: [Double]
        var color: Color
    }

    var title: String
    /// What the names are, for the table's head.
    var namesTitle: String
    /// From left to right.
    var names: [String]
    var unit = ChartUnit.count
    var series: [Series]
    /// What is said where all values are zero.
    var empty = "There are no values yet."

    /// The chart as markup that is escaped already.
    var html: String {
        let stacks = names.indices.map { index in
            series.map { $0.values.indices.contains(index) && $0.values[index].isFinite ? $0.values[index] : 0 }
        }
        guard stacks.contains(where: { $0.contains { $0 != 0 } }) else {
            return "<figure class=\"chart\">" + MarkupText.element("figcaption", [:], MarkupText.escaped(title))
                + MarkupText.element("p", ["class": "empty"], MarkupText.escaped(empty)) + "</figure>"
        }
        let ends = stacks.flatMap { stack in
            [stack.filter { $0 > 0 }.reduce(0, +), stack.filter { $0 < 0 }.reduce(0, +)]
        }
        let vertical = NumberScale(ends, unit: unit)
        let bars = stacks.enumerated().map { draw($1, at: $0, vertical) }
        return figure(bars.joined(), stacks, vertical)
    }

    private func draw(_ stack: [Double], at index: Int, _ vertical: NumberScale) -> String {
        let height = ChartFigure.standardHeight
        let share = 1 / Double(names.count)
        // A gap of a quarter of a bar's room, but hardly any where there are many.
        let gap = names.count > 60 ? 0.05 : 0.25
        let x = ChartFigure.percent((Double(index) + gap / 2) * share)
        let width = ChartFigure.percent(share * (1 - gap))
        var above = 0.0
        var below = 0.0
        var drawn = ""
        for (kind, value) in zip(series, stack) where value != 0 {
            let start = value > 0 ? above : below
            if value > 0 { above += value } else { below += value }
            let top = ChartFigure.place(vertical.fraction(max(start, start + value)), height: height)
            let bottom = ChartFigure.place(vertical.fraction(min(start, start + value)), height: height)
            drawn += MarkupText.element(
                "rect",
                [
                    "class": "bar \(kind.color.rawValue)", "x": x, "width": width, "y": ChartFigure.number(top),
                    // So that one in a million is still to be seen.
                    "height": ChartFigure.number(max(1, bottom - top)),
                ]
            )
        }
        let words = zip(series, stack).filter { $1 != 0 }.map { "\(unit.text($1)) \($0.name)" }
        let text = names[index] + ": " + (words.isEmpty ? "none" : words.joined(separator: ", "))
        // The whole column can be pointed at.
        let column = MarkupText.element(
            "rect",
            [
                "class": "column", "x": ChartFigure.percent(Double(index) * share), "y": String(ChartFigure.top),
                "width": ChartFigure.percent(share), "height": String(height),
            ]
        )
        return MarkupText.element(
            "g",
            [:],
            MarkupText.element("title", [:], MarkupText.escaped(text)) + column + drawn
        )
    }

    private func figure(_ plot: String, _ stacks: [[Double]], _ vertical: NumberScale) -> String {
        let share = 1 / Double(names.count)
        let sums = series.enumerated().map { index, kind in
            "\(unit.text(stacks.map { $0[index] }.reduce(0, +))) \(kind.name)"
        }
        var figure = ChartFigure(
            title: title,
            summary: "\(names.first ?? "") to \(names.last ?? ""): \(sums.joined(separator: ", ")) in all.",
            vertical: vertical,
            verticalUnit: unit,
            ticks: PositionAxis.names(names).ticks(in: 0...1).map { tick in
                ChartFigure.PlacedTick(
                    fraction: (tick.position + 0.5) * share,
                    text: tick.text,
                    isMain: tick.isMain
                )
            },
            plot: plot,
            table: ChartTable(
                columns: [namesTitle] + series.map(\.name),
                rows: zip(names, stacks).map { name, stack in [name] + stack.map(unit.text) }
            )
        )
        figure.legend = series.map { ChartFigure.LegendItem(name: $0.name, color: $0.color.rawValue) }
        return figure.html
    }
}
