import IngotCore

/// A job in pictures: what came after what, and what its runners used.
struct JobCharts {
    /// Markup.
    var timeline: String
    /// Markup; empty when nothing is known.
    var use: [String]

    init(_ job: Job, attempts: [JSONValue], samples: [JSONValue], now: Timestamp = .now()) {
        timeline = Self.timeline(job, attempts, now: now)
        use = Self.use(job, attempts, samples)
    }

    private static func timeline(_ job: Job, _ attempts: [JSONValue], now: Timestamp) -> String {
        let start = job.createdAt
        func seconds(_ time: Timestamp) -> Double {
            Double(max(0, time.millisecondsSinceEpoch - start.millisecondsSinceEpoch)) / 1000
        }
        let end = job.finishedAt ?? now
        var waits: [TimelineStrip.Span] = []
        var rows: [TimelineStrip.Row] = []
        var free = start
        for value in attempts {
            guard let began = value["started_at"]?.stringValue.flatMap(Timestamp.init) else { continue }
            let finished = value["finished_at"]?.stringValue.flatMap(Timestamp.init)
            waits.append(.init(kind: .waiting, start: seconds(free), end: seconds(began)))
            let outcome = value["outcome"]?.stringValue ?? "running"
            let number = value["attempt"]?.integerValue ?? 0
            rows.append(
                .init(
                    name: "Attempt \(number): \(outcome)",
                    spans: [
                        .init(
                            kind: TimelineStrip.Kind(rawValue: outcome) ?? .running,
                            start: seconds(began),
                            end: seconds(finished ?? end)
                        )
                    ]
                )
            )
            free = finished ?? end
        }
        if job.status == .queued || attempts.isEmpty {
            waits.append(.init(kind: .waiting, start: seconds(free), end: seconds(end)))
        }
        return TimelineStrip(
            title: "Timeline",
            rows: [.init(name: "Waiting", spans: waits)] + rows,
            end: seconds(end)
        ).html
    }

    private static func use(_ job: Job, _ attempts: [JSONValue], _ samples: [JSONValue]) -> [String] {
        var memory: [LineChart.Series] = []
        var processor: [LineChart.Series] = []
        // Of many attempts the last ones.
        for value in samples.suffix(3) {
            let number = value["attempt"]?.integerValue
            let start = attempts.first { $0["attempt"]?.integerValue == number }?["started_at"]?.stringValue
                .flatMap(Timestamp.init)
            guard let number, let start else { continue }
            var ofMemory: [LineChart.Point] = []
            var ofProcessor: [LineChart.Point] = []
            for sample in value["samples"]?.arrayValue ?? [] {
                guard let at = sample["at"]?.stringValue.flatMap(Timestamp.init) else { continue }
                let position = Double(max(0, at.millisecondsSinceEpoch - start.millisecondsSinceEpoch)) / 1000
                if let bytes = sample["memory_bytes"]?.integerValue {
                    ofMemory.append(.init(position: position, value: Double(bytes)))
                }
                if let seconds = sample["cpu_seconds"]?.doubleValue {
                    ofProcessor.append(.init(position: position, value: seconds))
                }
            }
            memory.append(.init(name: "Attempt \(number)", points: ofMemory))
            processor.append(.init(name: "Attempt \(number)", points: ofProcessor))
        }
        memory.removeAll(where: \.points.isEmpty)
        processor.removeAll(where: \.points.isEmpty)
        var charts: [String] = []
        if !memory.isEmpty {
            charts.append(LineChart(title: "Memory", axis: .elapsed, unit: .bytes, series: memory).html)
        }
        if !processor.isEmpty {
            charts.append(LineChart(title: "Processor time", axis: .elapsed, unit: .seconds, series: processor).html)
        }
        return charts
    }
}

extension JSONValue {
    /// A number, whole or not.
    var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}
