public import CoreMetrics
import Synchronization

/// All metrics of a process, or of one of several gateways in a process: what is counted through swift-metrics, as
/// text for Prometheus.
///
/// Its memory is bounded: there are at most so many metrics, and of each at most so many series. What goes beyond is
/// not counted, and `ingot_metric_series_dropped_total` tells of which metric.
///
/// ```swift
/// let registry = MetricRegistry(descriptions: [
///     MetricDescription("ingot_starts_total", .counter, labels: ["source"], "Starts."),
/// ])
/// Counter(label: "ingot_starts_total", dimensions: [("source", "usc")], factory: registry).increment()
/// print(registry.exposition())
/// ```
public final class MetricRegistry: Sendable {
    /// What ``exposition()`` is.
    public static let contentType = ExpositionText.contentType
    /// Counts the series that there was no room for.
    public static let droppedSeries = "ingot_metric_series_dropped_total"
    /// Labels of one series.
    static let maximumLabels = 16

    private struct Family {
        var kind: MetricDescription.Kind
        var help: String?
        var series: [String: Entry] = [:]
    }

    private struct Entry {
        var labels: [(name: String, value: String)]
        var series: any MetricSeries
    }

    private let families: Mutex<[String: Family]>
    private let maximumFamilies: Int
    private let maximumSeries: Int

    /// - Parameters:
    ///   - descriptions: of the metrics that are known; others are taken as they come.
    ///   - maximumFamilies: how many metrics there may be.
    ///   - maximumSeries: how many sets of labels one metric may have.
    public init(descriptions: [MetricDescription] = [], maximumFamilies: Int = 500, maximumSeries: Int = 1000) {
        let dropped = MetricDescription(
            Self.droppedSeries,
            .counter,
            labels: ["metric"],
            "Series that were not counted, as their metric has as many as it may have."
        )
        var families: [String: Family] = [:]
        for description in descriptions + [dropped] {
            families[description.name] = Family(kind: description.kind, help: description.help)
        }
        self.families = Mutex(families)
        self.maximumFamilies = max(maximumFamilies, families.count)
        self.maximumSeries = maximumSeries
    }

    /// The metrics as Prometheus reads them.
    public func exposition() -> String {
        // A copy, so that nobody who counts something new waits for the text.
        let families = families.withLock { $0 }
        var text = ExpositionText()
        for (name, family) in families.sorted(by: { $0.key < $1.key }) where !family.series.isEmpty {
            text.family(name, type: family.kind.word, help: family.help)
            for (_, entry) in family.series.sorted(by: { $0.key < $1.key }) {
                entry.series.write(to: &text, name: name, labels: entry.labels)
            }
        }
        return text.text
    }

    /// By how much each counter has grown since the last call, those that have.
    ///
    /// One at a time may hand on what a registry counts.
    public func takeIncrements() -> [MetricIncrement] {
        let families = families.withLock { $0 }
        var increments: [MetricIncrement] = []
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            for (_, entry) in family.series.sorted(by: { $0.key < $1.key }) {
                guard let counter = entry.series as? CounterSeries else { continue }
                let amount = counter.takeIncrement()
                guard amount > 0 else { continue }
                let labels = Dictionary(entry.labels.map { ($0.name, $0.value) }) { first, _ in first }
                increments.append(MetricIncrement(name: name, labels: labels, amount: amount))
            }
        }
        return increments
    }

    // MARK: - Series

    /// The series of a metric with these labels, made when it is not there.
    ///
    /// - Returns: `nil` when there is no room, or the metric is of another kind.
    private func series<Series: MetricSeries>(
        _ name: String,
        _ dimensions: [(String, String)],
        as kind: MetricDescription.Kind,
        make: (MetricDescription.Kind) -> Series?
    ) -> Series? {
        let labels = Self.labels(dimensions)
        let key = labels.map { "\($0.name)=\($0.value)" }.joined(separator: "\u{0}")
        let (series, isDropped) = families.withLock { families -> (Series?, Bool) in
            if let entry = families[name]?.series[key] { return (entry.series as? Series, false) }
            if families[name] == nil {
                guard families.count < maximumFamilies else { return (nil, true) }
                families[name] = Family(kind: kind)
            }
            guard let family = families[name], let series = make(family.kind) else { return (nil, true) }
            guard family.series.count < maximumSeries else { return (nil, true) }
            families[name]?.series[key] = Entry(labels: labels, series: series)
            return (series, false)
        }
        // The names of the metrics are bounded, so this ends.
        if isDropped, name != Self.droppedSeries {
            makeCounter(label: Self.droppedSeries, dimensions: [("metric", name)]).increment(by: 1)
        }
        return series
    }

    private static func labels(_ dimensions: [(String, String)]) -> [(name: String, value: String)] {
        var labels: [(name: String, value: String)] = []
        for (name, value) in dimensions.prefix(maximumLabels) {
            let name = MetricName.label(name)
            // An empty value is the same as none.
            if !value.isEmpty, !labels.contains(where: { $0.name == name }) {
                labels.append((name, MetricName.value(value)))
            }
        }
        return labels.sorted { $0.name < $1.name }
    }

    private func forget(_ series: AnyObject) {
        families.withLock { families in
            for (name, family) in families {
                for (key, entry) in family.series where entry.series === series {
                    families[name]?.series[key] = nil
                    return
                }
            }
        }
    }
}

extension MetricRegistry: MetricsFactory {
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        counter(label, dimensions) ?? DiscardingSeries.shared
    }

    public func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        counter(label, dimensions) ?? DiscardingSeries.shared
    }

    private func counter(_ label: String, _ dimensions: [(String, String)]) -> CounterSeries? {
        let name = MetricName.name(label)
        return series(name.hasSuffix("_total") ? name : "\(name)_total", dimensions, as: .counter) { kind in
            kind == .counter ? CounterSeries() : nil
        }
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(label, dimensions) ?? DiscardingSeries.shared
    }

    private func gauge(_ label: String, _ dimensions: [(String, String)]) -> GaugeSeries? {
        series(MetricName.name(label), dimensions, as: .gauge) { kind in kind == .gauge ? GaugeSeries() : nil }
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else { return gauge(label, dimensions) ?? DiscardingSeries.shared }
        return histogram(MetricName.name(label), dimensions) ?? DiscardingSeries.shared
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        let name = MetricName.name(label)
        return histogram(name.hasSuffix("_seconds") ? name : "\(name)_seconds", dimensions) ?? DiscardingSeries.shared
    }

    private func histogram(_ name: String, _ dimensions: [(String, String)]) -> HistogramSeries? {
        series(name, dimensions, as: .seconds) { kind in
            if case .histogram(let bounds) = kind { HistogramSeries(bounds: bounds) } else { nil }
        }
    }

    // A counter that were forgotten and counted anew would seem to have started again, so it stays.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) { forget(handler) }
    public func destroyRecorder(_ handler: any RecorderHandler) { if handler is GaugeSeries { forget(handler) } }
    public func destroyTimer(_ handler: any TimerHandler) {}
}

extension MetricDescription.Kind {
    fileprivate var word: String {
        switch self {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        }
    }
}
