import CoreMetrics
import IngotMetrics
import Testing

@Suite("The exposition of metrics")
struct ExpositionTests {
    @Test("Counters, gauges and histograms are written with their help, type and labels")
    func writesAllKinds() {
        let registry = MetricRegistry(descriptions: [
            MetricDescription("starts_total", .counter, labels: ["source"], "Starts."),
            MetricDescription("open", .gauge, "What is open."),
            MetricDescription("wait_seconds", .histogram(bounds: [0.5, 1]), "Waits."),
        ])
        let starts = Counter(label: "starts_total", dimensions: [("source", "usc")], factory: registry)
        starts.increment()
        starts.increment(by: 2)
        Counter(label: "starts_total", dimensions: [("source", "cga")], factory: registry).increment()
        Meter(label: "open", factory: registry).set(-1.5)
        let wait = Timer(label: "wait_seconds", factory: registry)
        for milliseconds in [500, 700, 4000] as [Int64] { wait.recordNanoseconds(milliseconds * 1_000_000) }
        #expect(
            registry.exposition() == """
                # HELP open What is open.
                # TYPE open gauge
                open -1.5
                # HELP starts_total Starts.
                # TYPE starts_total counter
                starts_total{source="cga"} 1
                starts_total{source="usc"} 3
                # HELP wait_seconds Waits.
                # TYPE wait_seconds histogram
                wait_seconds_bucket{le="0.5"} 1
                wait_seconds_bucket{le="1"} 2
                wait_seconds_bucket{le="+Inf"} 3
                wait_seconds_sum 5.2
                wait_seconds_count 3

                """
        )
    }

    @Test("What means something in the format is escaped")
    func escapes() {
        let registry = MetricRegistry(descriptions: [MetricDescription("a_total", .counter, "One \\ two\nthree \"q\".")]
        )
        Counter(label: "a_total", dimensions: [("path", "a\"b\\c\nd")], factory: registry).increment()
        #expect(
            registry.exposition() == #"""
                # HELP a_total One \\ two\nthree "q".
                # TYPE a_total counter
                a_total{path="a\"b\\c\nd"} 1

                """#
        )
    }

    @Test(
        "Names become such as Prometheus takes",
        arguments: [
            ("hb.requests", "hb_requests_total"), ("9lives", "_9lives_total"), ("", "__total"),
            ("a:b_total", "a:b_total"), ("é", "___total"),
        ]
    )
    func mendsNames(given: String, expected: String) {
        let registry = MetricRegistry()
        Counter(label: given, factory: registry).increment()
        #expect(registry.exposition() == "# TYPE \(expected) counter\n\(expected) 1\n")
    }

    @Test("Labels are in one order, and those of the same name or without a value are left out")
    func ordersLabels() {
        let registry = MetricRegistry()
        let labels = [("b", "1"), ("a", "2"), ("b", "3"), ("c", ""), ("__name__", "x")]
        Counter(label: "n", dimensions: labels, factory: registry).increment()
        Counter(label: "n", dimensions: [("a", "2"), ("label__name__", "x"), ("b", "1")], factory: registry).increment()
        #expect(registry.exposition().contains(#"n_total{a="2",b="1",label__name__="x"} 2"#))
    }

    @Test("Numbers are written as Go reads them")
    func writesNumbers() {
        let registry = MetricRegistry()
        let values: [(String, Double, String)] = [
            ("a", .nan, "NaN"), ("b", .infinity, "+Inf"), ("c", -.infinity, "-Inf"), ("d", 0.1, "0.1"),
            ("e", 1e300, "1e+300"), ("f", 12, "12"), ("g", 1e-7, "1e-07"),
        ]
        for (name, value, _) in values { Meter(label: name, factory: registry).set(value) }
        let lines = registry.exposition().split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(lines.map(String.init) == values.map { "\($0.0) \($0.2)" })
    }

    @Test("A metric has at most so many series, and what is left out is counted")
    func boundsSeries() {
        let registry = MetricRegistry(maximumFamilies: 4, maximumSeries: 3)
        for number in 0..<10 {
            Counter(label: "hosts_total", dimensions: [("host", "h\(number)")], factory: registry).increment()
        }
        for number in 0..<10 { Meter(label: "gauge\(number)", factory: registry).set(1) }
        let text = registry.exposition()
        #expect(text.split(separator: "\n").count { $0.hasPrefix("hosts_total{") } == 3)
        #expect(text.contains(#"ingot_metric_series_dropped_total{metric="hosts_total"} 7"#))
        // Four metrics: the dropped ones, the hosts and two gauges; then three of the metrics that found no room.
        #expect(text.split(separator: "\n").count { $0.hasPrefix("gauge") } == 2)
        #expect(text.split(separator: "\n").count { $0.hasPrefix("ingot_metric_series_dropped_total{") } == 3)
    }

    @Test("A series that is there is found again when there is no room for more")
    func findsSeriesAgain() {
        let registry = MetricRegistry(maximumSeries: 1)
        for _ in 0..<5 { Counter(label: "a_total", dimensions: [("x", "1")], factory: registry).increment() }
        #expect(registry.exposition().contains("a_total{x=\"1\"} 5"))
        #expect(!registry.exposition().contains("dropped"))
    }

    @Test("Long values of labels are cut between characters")
    func cutsValues() throws {
        let registry = MetricRegistry()
        Counter(label: "a", dimensions: [("x", String(repeating: "é", count: 500))], factory: registry).increment()
        #expect(registry.exposition().contains("\"\(String(repeating: "é", count: 100))\""))
    }

    @Test("A metric of another kind is not mixed up with the one of its name")
    func refusesOtherKind() {
        let registry = MetricRegistry(descriptions: [MetricDescription("x_total", .counter, "X.")])
        Meter(label: "x_total", factory: registry).set(7)
        Counter(label: "x_total", factory: registry).increment()
        #expect(registry.exposition().contains("x_total 1\n"))
        #expect(registry.exposition().contains(#"dropped_total{metric="x_total"} 1"#))
    }

    @Test("Counters never fall")
    func neverFalls() {
        let registry = MetricRegistry()
        let counter = Counter(label: "a", factory: registry)
        counter.increment(by: 3)
        counter.increment(by: -5)
        counter.reset()
        let fractions = FloatingPointCounter(label: "b", factory: registry)
        fractions.increment(by: 0.25)
        fractions.increment(by: -1)
        fractions.increment(by: 0.5)
        #expect(registry.exposition().contains("a_total 3\n"))
        #expect(registry.exposition().contains("b_total 0.75\n"))
    }

    @Test("What has been handed on is not handed on again")
    func handsOnOnce() {
        let registry = MetricRegistry()
        let counter = Counter(label: "a_total", dimensions: [("k", "v")], factory: registry)
        counter.increment(by: 2)
        #expect(registry.takeIncrements() == [MetricIncrement(name: "a_total", labels: ["k": "v"], amount: 2)])
        #expect(registry.takeIncrements().isEmpty)
        counter.increment(by: 5)
        #expect(registry.takeIncrements().map(\.amount) == [5])
        #expect(registry.exposition().contains("a_total{k=\"v\"} 7"))
    }

    @Test("Many tasks count without losing any")
    func countsTogether() async {
        let registry = MetricRegistry()
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for _ in 0..<2000 {
                        Counter(label: "a", dimensions: [("t", "\(task % 2)")], factory: registry).increment()
                        Meter(label: "m", factory: registry).increment(by: 1)
                        Timer(label: "t", factory: registry).recordNanoseconds(1_000_000)
                    }
                }
            }
        }
        let text = registry.exposition()
        #expect(text.contains("a_total{t=\"0\"} 8000\n") && text.contains("a_total{t=\"1\"} 8000\n"))
        #expect(text.contains("m 16000\n") && text.contains("t_seconds_count 16000\n"))
    }

    @Test("Labels of a factory are on all that is counted through it")
    func addsLabels() {
        let registry = MetricRegistry()
        let factory = LabellingFactory(registry, labels: [("component", "gateway")])
        Counter(label: "a", dimensions: [("x", "1")], factory: factory).increment()
        Timer(label: "t", factory: factory).recordNanoseconds(1)
        #expect(registry.exposition().contains(#"a_total{component="gateway",x="1"} 1"#))
        #expect(registry.exposition().contains(#"t_seconds_count{component="gateway"} 1"#))
    }
}
