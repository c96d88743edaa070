import IngotCore

/// What an attempt's runner used over time, as its reports told: bounded, and coarser the longer the attempt runs.
struct ResourceSamples: Sendable, Equatable {
    struct Sample: Sendable, Codable, Equatable {
        var at: Timestamp
        /// Resident memory at that moment.
        var memoryBytes: Int64?
        /// Processor time since the attempt's start, in seconds.
        var cpuSeconds: Double?

        enum CodingKeys: String, CodingKey {
            case at
            case memoryBytes = "memory_bytes"
            case cpuSeconds = "cpu_seconds"
        }
    }

    /// The most samples that are kept of one attempt.
    static let maximum = 240
    /// The shortest time between two of them, to begin with.
    static let interval: Duration = .seconds(5)

    private(set) var samples: [Sample] = []
    private var distance = interval.milliseconds
    /// When the newest sample that counts for the distance was taken; the newest of all may be closer.
    private var lastRegular: Timestamp?

    /// Takes what an event tells, unless the last sample is too near.
    mutating func add(_ event: RunnerEvent, at time: Timestamp) {
        guard event.memoryBytes != nil || event.cpuSeconds != nil else { return }
        let sample = Sample(at: time, memoryBytes: event.memoryBytes, cpuSeconds: event.cpuSeconds)
        let elapsed = lastRegular.map { time.millisecondsSinceEpoch - $0.millisecondsSinceEpoch } ?? .max
        // The clock may have been set back.
        guard elapsed >= distance || elapsed < 0 else {
            // The end of an attempt is worth a sample of its own.
            if event.kind == .finished { append(sample) }
            return
        }
        lastRegular = time
        append(sample)
    }

    private mutating func append(_ sample: Sample) {
        if samples.count == Self.maximum {
            samples = samples.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
            distance *= 2
        }
        samples.append(sample)
    }

    /// As the attempt's row keeps them; `nil` when there are none.
    var text: String? { samples.isEmpty ? nil : try? JSONText.string(samples) }
}
