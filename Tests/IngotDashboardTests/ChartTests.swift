import IngotCore
import Testing

@testable import IngotDashboard

@Suite("Charts")
struct ChartTests {
    static let hostile = "<script>alert(\"1\")</script>&'\u{0}"

    @Test("A text from elsewhere is text in every place of every chart")
    func escaping() throws {
        let text = Self.hostile
        let charts = [
            LineChart(
                title: text,
                axis: .names([text, text]),
                series: [
                    .init(name: text, points: [.init(position: 0, value: 1), .init(position: 1, value: 2)]),
                    .init(name: text, points: [.init(position: 0, value: 1)]),
                ],
                limit: (text, 3)
            ).html,
            LineChart(title: text, axis: .elapsed, series: [], empty: text).html,
            BarChart(
                title: text,
                namesTitle: text,
                names: [text],
                series: [.init(name: text, values: [1], color: .good)]
            ).html,
            BarChart(title: text, namesTitle: text, names: [], series: [], empty: text).html,
            TimelineStrip(
                title: text,
                rows: [.init(name: text, spans: [.init(kind: .failed, start: 0, end: 1, name: text)])]
            ).html,
            TimelineStrip(title: text, rows: [], empty: text).html,
            Sparkline(values: [1, 2], title: text).html,
        ]
        for chart in charts {
            #expect(!chart.contains("<script"))
            #expect(!chart.contains("\u{0}"))
            #expect(!chart.contains(" style="))
            #expect(try MarkupElements(chart).texts.contains { $0.contains("<script>alert(\"1\")</script>&'\u{FFFD}") })
        }
    }

    @Test("A line chart says in words and in a table what it shows")
    func line() throws {
        let chart = LineChart(
            title: "Memory",
            axis: .elapsed,
            unit: .bytes,
            series: [
                .init(
                    name: "Memory",
                    points: [.init(position: 0, value: 1024), .init(position: 5, value: 4096)]
                )
            ],
            limit: ("Limit", 8192)
        ).html
        let read = try MarkupElements(chart)
        #expect(read.all("figure").count == 1)
        #expect(read.texts.contains("Memory: from 1 KiB at 0 ms to 4 KiB at 5 s, lowest 1 KiB, highest 4 KiB."))
        #expect(read.texts.contains("Limit 8 KiB"))
        #expect(read.rows == [["After", "Memory"], ["0 ms", "1 KiB"], ["5 s", "4 KiB"]])
        #expect(read.attributes("circle", "cx") == ["0%", "100%"])
        #expect(read.attributes("circle", "cy") == ["148", "88"])
        #expect(read.attributes("path", "d") == ["M0 168 L0 148 L1000 88 L1000 168 Z", "M0 148 L1000 88"])
    }

    @Test("Values that cannot be drawn are left out, and none at all are said to be none")
    func noValues() throws {
        let empty = LineChart(
            title: "Memory",
            axis: .moments,
            series: [.init(name: "a", points: [.init(position: .nan, value: 1), .init(position: 1, value: .infinity)])]
        ).html
        #expect(empty.contains("There are no values yet."))
        #expect(!empty.contains("<svg"))
        let zeros = BarChart(
            title: "Jobs",
            namesTitle: "Day",
            names: ["a", "b"],
            series: [.init(name: "jobs", values: [0, .nan], color: .first)]
        ).html
        #expect(zeros.contains("There are no values yet."))
        #expect(Sparkline(values: [], title: "a").html.isEmpty)
        #expect(Sparkline(values: [5], title: "a").html.isEmpty)
        #expect(Sparkline(values: [.nan, 5, .infinity], title: "a").html.isEmpty)
    }

    @Test(
        "Whatever the values are, the picture stays within its bounds",
        arguments: [
            [1], [5, 5, 5], [0, 0], [-1, -7], [-3, 3], [1e300, -1e300], [1e-12, 1], Array(repeating: 1, count: 5000),
            (0..<5000).map { Double($0 % 97) - 40 },
        ] as [[Double]]
    )
    func bounds(values: [Double]) throws {
        let points = values.enumerated().map { LineChart.Point(position: Double($0), value: $1) }
        let names = values.indices.map { "n\($0)" }
        for axis in [PositionAxis.elapsed, .moments, .names(names)] {
            let chart = LineChart(title: "t", axis: axis, series: [.init(name: "s", points: points)]).html
            let read = try MarkupElements(chart)
            for path in read.attributes("path", "d") {
                let numbers = path.split { " MLZ".contains($0) }.compactMap { Double($0) }
                #expect(numbers.count >= 2)
                for (index, number) in numbers.enumerated() {
                    #expect((0...(index.isMultiple(of: 2) ? 1000 : 168)).contains(number), "\(path.prefix(80))")
                }
            }
        }
        let bars = try MarkupElements(
            BarChart(
                title: "t",
                namesTitle: "n",
                names: names,
                series: [.init(name: "s", values: values, color: .first)]
            ).html
        )
        for height in bars.attributes("rect", "height") {
            #expect(Double(height).map { (0...169).contains($0) } == true, "\(height)")
        }
        _ = try MarkupElements(Sparkline(values: values, title: "t").html)
    }

    @Test("Thinning keeps the ends of the range and the order")
    func thinning() {
        let points = (0..<10_000).map { LineChart.Point(position: Double($0), value: Double(($0 * 7919) % 10_007)) }
        let thin = LineChart.thinned(points, to: 600)
        #expect(thin.count <= 600)
        #expect(thin.map(\.position) == thin.map(\.position).sorted())
        #expect(thin.map(\.value).max() == points.map(\.value).max())
        #expect(thin.map(\.value).min() == points.map(\.value).min())
        #expect(LineChart.thinned(Array(points.prefix(600)), to: 600).count == 600)
    }

    @Test("A long table shows every second row and says so")
    func longTable() throws {
        let table = ChartTable(columns: ["n", "v"], rows: (0..<400).map { ["\($0)", "1"] }).html(title: "T")
        let read = try MarkupElements(table)
        #expect(read.rows.count == 201)
        #expect(read.texts.contains("T (one row of 2)"))
    }

    @Test("Bars stand on each other above zero and hang below it")
    func stacks() throws {
        let read = try MarkupElements(
            BarChart(
                title: "Changes",
                namesTitle: "Label",
                names: ["a", "b"],
                series: [
                    .init(name: "added", values: [3, 0], color: .good),
                    .init(name: "changed", values: [1, 0], color: .warn),
                    .init(name: "removed", values: [-4, -2], color: .bad),
                ]
            ).html
        )
        let bars = read.all("rect").filter { $0["class"]?.hasPrefix("bar ") == true && $0["y"] != nil }
        // The axis goes from -4 to 4, so one is 20 high and zero is at 88.
        #expect(bars.map { $0["y"] } == ["28", "8", "88", "88"])
        #expect(bars.map { $0["height"] } == ["60", "20", "80", "40"])
        #expect(read.texts.contains("a: 3 added, 1 changed, -4 removed"))
        #expect(
            read.rows == [["Label", "added", "changed", "removed"], ["a", "3", "1", "-4"], ["b", "0", "0", "-2"]]
        )
    }

    @Test("A strip shows what took no time")
    func strip() throws {
        let read = try MarkupElements(
            TimelineStrip(
                title: "Timeline",
                rows: [
                    .init(name: "Waited 2 s", spans: [.init(kind: .waiting, start: 0, end: 2)]),
                    .init(name: "Attempt 1", spans: [.init(kind: .failed, start: 2, end: 2)]),
                ],
                end: 4
            ).html
        )
        #expect(read.all("g").map { $0["class"] } == ["span waiting", "span failed"])
        #expect(read.all("line").compactMap { $0["x1"] } == ["0%", "50%"])
        #expect(
            read.rows == [
                ["What", "Begins after", "Takes"], ["Waited 2 s", "0 ms", "2 s"], ["Attempt 1", "2 s", "0 ms"],
            ]
        )
    }

    @Test("A bar of shares is full at most")
    func proportion() throws {
        let bar = ProportionBar(
            parts: [.init(name: "used", value: 3, color: .first), .init(name: "odd", value: .nan, color: .bad)],
            whole: 4
        ).html
        #expect(try MarkupElements(bar).attributes("rect", "width") == ["100%", "75%"])
        let over = ProportionBar(parts: [.init(name: "used", value: 6, color: .first)], whole: 4).html
        #expect(try MarkupElements(over).attributes("rect", "width") == ["100%", "100%"])
        #expect(try MarkupElements(ProportionBar(parts: [], whole: 0).html).attributes("rect", "width") == ["100%"])
    }
}
