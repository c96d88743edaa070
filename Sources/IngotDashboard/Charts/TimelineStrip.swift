import IngotCore

/// What came after what and for how long: a row of bars for each thing that took its time, on one axis.
///
/// ```swift
/// TimelineStrip(title: "Timeline", rows: [.init(name: "Waited", spans: [.init(kind: .waiting, start: 0, end: 2)])]).html
/// ```
struct TimelineStrip {
    /// What a bar's colour says; the row's name says it as well.
    enum Kind: String {
        case waiting, running, succeeded, failed, cancelled
    }

    struct Span {
        var kind: Kind
        /// In seconds from the beginning of the strip.
        var start: Double
        var end: Double
        /// What happened, where the name of the row does not say it.
        var name: String?
    }

    struct Row {
        /// Short, as it stands above its bars: about 40 characters fit a phone.
        var name: String
        var spans: [Span]
    }

    var title: String
    var rows: [Row]
    /// Where the strip ends, in seconds; `nil`: with its last span.
    var end: Double?
    var empty = "Nothing has happened yet."

    private static let rowHeight = 36
    private static let longestName = 44

    /// The strip as markup that is escaped already.
    var html: String {
        let known = rows.map { row in
            Row(name: row.name, spans: row.spans.filter { $0.start.isFinite && $0.end.isFinite })
        }
        let spans = known.flatMap(\.spans)
        guard !spans.isEmpty else {
            return "<figure class=\"chart\">" + MarkupText.element("figcaption", [:], MarkupText.escaped(title))
                + MarkupText.element("p", ["class": "empty"], MarkupText.escaped(empty)) + "</figure>"
        }
        let axis = PositionAxis.elapsed
        let range = axis.range(spans.flatMap { [$0.start, $0.end] } + (end.map { [$0] } ?? []))
        func across(_ position: Double) -> Double {
            (position - range.lowerBound) / (range.upperBound - range.lowerBound)
        }
        let drawn = known.enumerated().map { draw($1, at: $0, across) }
        return ChartFigure(
            title: title,
            summary: known.map { row in
                row.name + ": " + row.spans.map(Self.words).joined(separator: ", ") + "."
            }.joined(separator: " "),
            ticks: axis.ticks(in: range).map { tick in
                ChartFigure.PlacedTick(fraction: across(tick.position), text: tick.text, isMain: tick.isMain)
            },
            plot: drawn.joined(),
            plotHeight: known.count * Self.rowHeight,
            table: ChartTable(
                columns: ["What", "Begins after", "Takes"],
                rows: known.flatMap { row in
                    row.spans.map { span in
                        let name = span.name.map { "\(row.name): \($0)" } ?? row.name
                        return [name, ChartUnit.seconds.text(span.start), Self.length(span)]
                    }
                }
            )
        ).html
    }

    private func draw(_ row: Row, at index: Int, _ across: (Double) -> Double) -> String {
        let top = ChartFigure.top + index * Self.rowHeight
        let name = MarkupText.element(
            "text",
            ["class": "row-name", "x": "0", "y": String(top + 10)],
            MarkupText.escaped(shortened(row.name, to: Self.longestName))
        )
        let ground = MarkupText.element(
            "rect",
            ["class": "bar-ground", "x": "0", "width": "100%", "y": String(top + 16), "height": "12", "rx": "2"]
        )
        let bars = row.spans.map { span in
            let start = across(min(span.start, span.end))
            let length = across(max(span.start, span.end)) - start
            let x = ChartFigure.percent(start)
            let text = (span.name ?? row.name) + ": " + Self.words(span)
            return MarkupText.element(
                "g",
                ["class": "span \(span.kind.rawValue)"],
                MarkupText.element("title", [:], MarkupText.escaped(text))
                    + MarkupText.element(
                        "rect",
                        ["x": x, "width": ChartFigure.percent(length), "y": String(top + 16), "height": "12"]
                    )
                    // What took no time to speak of still has a beginning that is to be seen.
                    + MarkupText.element(
                        "line",
                        ["x1": x, "x2": x, "y1": String(top + 15), "y2": String(top + 29)]
                    )
            )
        }
        return name + ground + bars.joined()
    }

    private static func length(_ span: Span) -> String { ChartUnit.seconds.text(max(0, span.end - span.start)) }

    private static func words(_ span: Span) -> String {
        "\(length(span)) from \(ChartUnit.seconds.text(span.start)) on"
    }
}
