import IngotCore

/// One attempt of a job in its table.
struct JobAttemptRow {
    var attempt: String
    var outcomeState: String
    var began: String
    var attemptTook: String
    var attemptSince: String?
    var runner: String
    var attemptPeak: String
    var attemptProcessorTime: String
    var came: String

    init(_ value: JSONValue, now: Timestamp = .now()) {
        attempt = String(value["attempt"]?.integerValue ?? 0)
        outcomeState = value["outcome"]?.stringValue ?? "running"
        began = value["started_at"]?.stringValue ?? ""
        let start = Timestamp(began)
        let end = value["finished_at"]?.stringValue.flatMap(Timestamp.init)
        attemptTook = start.map { Figures.duration(from: $0, to: end ?? now) } ?? ""
        attemptSince = end == nil ? start?.description : nil
        runner = [value["launcher"]?.stringValue, value["runner_handle"]?.stringValue].compactMap(\.self)
            .joined(separator: " ")
        let failure = value["error"].flatMap { try? JSONText.decode(JobFailure.self, from: $0.canonicalBytes) }
        let exit = value["exit"].flatMap { try? JSONText.decode(RunnerExit.self, from: $0.canonicalBytes) }
        // Attempts of an earlier version have it in their failures alone.
        let peak = value["peak_memory_bytes"]?.integerValue ?? exit?.peakMemoryBytes ?? failure?.peakMemoryBytes
        let processorTime = value["cpu_seconds"]?.doubleValue ?? exit?.cpuSeconds ?? failure?.cpuSeconds
        attemptPeak = peak.map(Figures.bytes) ?? "–"
        attemptProcessorTime = processorTime.map(ChartUnit.seconds.text) ?? "–"
        came = [failure.map { "\($0.code): \($0.message)" }, exit.map { "(\(JobFailureContent.words($0)))" }]
            .compactMap(\.self).joined(separator: " ")
    }
}
