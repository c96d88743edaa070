/// Values over time or along a list of names, as lines; a single one has its area filled.
///
/// ```swift
/// LineChart(title: "Memory", axis: .elapsed, unit: .bytes, series: [.init(name: "Memory", points: points)]).html
/// ```
struct LineChart {
    struct Point: Equatable {
        /// As the axis says: seconds, or a place in its list.
        var position: Double
        var value: Double
    }

    struct Series {
        var name: String
        /// In the order of their positions.
        var points: [Point]
    }

    var title: String
    var axis: PositionAxis
    var unit = ChartUnit.count
    var series: [Series]
    /// A value that is marked by a line of its own, such as a limit, and what it is called.
    var limit: (name: String, value: Double)?
    var includesZero = true
    /// What is said where there are no values.
    var empty = "There are no values yet."

    /// More points than a wide screen has room for are drawn by their lowest and highest.
    static let mostPoints = 600
    /// Up to so many points each have a mark that can be pointed at.
    private static let mostMarks = 120

    /// The chart as markup that is escaped already.
    var html: String {
        let known = series.map { line in
            Series(name: line.name, points: line.points.filter { $0.position.isFinite && $0.value.isFinite })
        }
        let all = known.flatMap(\.points)
        guard !all.isEmpty else {
            return "<figure class=\"chart\">" + MarkupText.element("figcaption", [:], MarkupText.escaped(title))
                + MarkupText.element("p", ["class": "empty"], MarkupText.escaped(empty)) + "</figure>"
        }
        let range = axis.range(all.map(\.position))
        let vertical = NumberScale(
            all.map(\.value) + (limit.map { [$0.value] } ?? []),
            unit: unit,
            includesZero: includesZero
        )
        func across(_ position: Double) -> Double {
            (position - range.lowerBound) / (range.upperBound - range.lowerBound)
        }
        let lines = known.enumerated().map { index, line in
            draw(line.points, number: index + 1, isFilled: known.count == 1, vertical, across)
        }
        return ChartFigure(
            title: title,
            summary: summary(known),
            legend: known.count > 1
                ? known.enumerated().map { .init(name: $1.name, color: "series-\($0 + 1)") } : [],
            vertical: vertical,
            verticalUnit: unit,
            ticks: axis.ticks(in: range).map { tick in
                ChartFigure.PlacedTick(fraction: across(tick.position), text: tick.text, isMain: tick.isMain)
            },
            plot: lines.joined() + limitLine(vertical),
            table: table(known)
        ).html
    }

    private func draw(
        _ points: [Point],
        number: Int,
        isFilled: Bool,
        _ vertical: NumberScale,
        _ across: (Double) -> Double
    ) -> String {
        let height = ChartFigure.standardHeight
        let places = Self.thinned(points, to: Self.mostPoints).map { point in
            (x: across(point.position), y: ChartFigure.place(vertical.fraction(point.value), height: height))
        }
        guard let first = places.first, let last = places.last else { return "" }
        let path = places.map { "\(ChartFigure.number($0.x * 1000)) \(ChartFigure.number($0.y))" }
            .joined(separator: " L")
        var drawn = ""
        if isFilled {
            let base = ChartFigure.number(ChartFigure.place(vertical.fraction(0), height: height))
            let left = ChartFigure.number(first.x * 1000)
            let right = ChartFigure.number(last.x * 1000)
            drawn = MarkupText.element(
                "path",
                ["class": "area series-\(number)", "d": "M\(left) \(base) L\(path) L\(right) \(base) Z"]
            )
        }
        drawn += MarkupText.element("path", ["class": "line series-\(number)", "d": "M\(path)"])
        // Stretched to the width that there is, while the line stays as thick as it is.
        let stretched = MarkupText.element(
            "svg",
            [
                "x": "0", "y": "0", "width": "100%", "height": String(height + ChartFigure.top),
                "viewBox": "0 0 1000 \(height + ChartFigure.top)", "preserveAspectRatio": "none",
                "overflow": "visible",
            ],
            drawn
        )
        guard points.count <= Self.mostMarks else { return stretched }
        let marks = zip(points, places).map { point, place in
            MarkupText.element(
                "circle",
                [
                    "class": "mark series-\(number)", "cx": ChartFigure.percent(place.x),
                    "cy": ChartFigure.number(place.y), "r": points.count <= 30 ? "3" : "2",
                ],
                MarkupText.element(
                    "title",
                    [:],
                    MarkupText.escaped("\(axis.text(point.position)): \(unit.text(point.value))")
                )
            )
        }
        return stretched + marks.joined()
    }

    private func limitLine(_ vertical: NumberScale) -> String {
        guard let limit, limit.value.isFinite else { return "" }
        let y = ChartFigure.place(vertical.fraction(limit.value), height: ChartFigure.standardHeight)
        let place = ChartFigure.number(y)
        let text = MarkupText.element(
            "text",
            // Below its line, as above it may be the end of the picture.
            ["class": "limit-name", "x": "100%", "y": ChartFigure.number(y + 13), "text-anchor": "end"],
            MarkupText.escaped("\(limit.name) \(unit.text(limit.value))")
        )
        return MarkupText.element("line", ["class": "limit", "x1": "0", "x2": "100%", "y1": place, "y2": place]) + text
    }

    private func summary(_ known: [Series]) -> String {
        let parts = known.compactMap { line -> String? in
            guard let first = line.points.first, let last = line.points.last else { return nil }
            let values = line.points.map(\.value)
            let low = unit.text(values.min() ?? 0)
            let high = unit.text(values.max() ?? 0)
            if line.points.count == 1 { return "\(line.name): \(high) at \(axis.text(first.position))." }
            return "\(line.name): from \(unit.text(first.value)) at \(axis.text(first.position)) to "
                + "\(unit.text(last.value)) at \(axis.text(last.position)), lowest \(low), highest \(high)."
        }
        return parts.joined(separator: " ")
    }

    private func table(_ known: [Series]) -> ChartTable {
        let positions = Set(known.flatMap { $0.points.map(\.position) }).sorted()
        let columns = known.map { line in
            Dictionary(line.points.map { ($0.position, $0.value) }, uniquingKeysWith: { _, last in last })
        }
        let heads: String =
            switch axis {
            case .elapsed: "After"
            case .moments: "Time"
            case .names: "State"
            }
        return ChartTable(
            columns: [heads] + known.map(\.name),
            rows: positions.map { position in
                [axis.text(position)] + columns.map { values in values[position].map(unit.text) ?? "–" }
            }
        )
    }

    /// At most about `most` points that show the same line: of each stretch its lowest and its highest.
    static func thinned(_ points: [Point], to most: Int) -> [Point] {
        guard points.count > most, most >= 4 else { return points }
        let stretches = most / 2
        return (0..<stretches).flatMap { index in
            let stretch = points[points.count * index / stretches..<points.count * (index + 1) / stretches]
            guard let low = stretch.indices.min(by: { stretch[$0].value < stretch[$1].value }),
                let high = stretch.indices.max(by: { stretch[$0].value < stretch[$1].value })
            else { return [Point]() }
            return low == high ? [stretch[low]] : [stretch[min(low, high)], stretch[max(low, high)]]
        }
    }
}
