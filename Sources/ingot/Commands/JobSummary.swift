import IngotCore

/// A job in words, with why it failed.
struct JobSummary {
    let job: Job

    init(_ job: Job) { self.job = job }

    var text: String {
        var lines = ["job \(job.id) of \(job.source): \(job.status.rawValue)"]
        if let message = job.message { lines.append("  message   \(message)") }
        if let earlier = job.retryOf { lines.append("  retry of  \(earlier)") }
        if let started = job.startedAt, let finished = job.finishedAt {
            let milliseconds = finished.millisecondsSinceEpoch - started.millisecondsSinceEpoch
            lines.append("  took      \(milliseconds / 1000).\(milliseconds % 1000 / 100) s, attempt \(job.attempt)")
        }
        if let label = job.result?["label"]?.stringValue {
            let revision = job.result?["revision"]?.integerValue ?? 0
            lines.append("  label     \(label), revision \(revision)")
        }
        if let counts = job.result?["counts"]?.objectValue {
            let shown = ["nodes", "sections", "added", "changed", "moved", "removed", "unchanged", "rows_written"]
            let words = shown.compactMap { name in
                counts[name]?.integerValue.map { "\($0) \(name.replacing("_", with: " "))" }
            }
            lines.append("  counts    " + words.joined(separator: ", "))
            if let fields = job.result?["changes"]?["fields"]?.objectValue, !fields.isEmpty {
                let words = fields.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.integerValue ?? 0)" }
                lines.append("  fields    " + words.joined(separator: ", "))
            }
            let kept = (job.result?["units_kept"]?.arrayValue ?? []).compactMap(\.stringValue)
            if !kept.isEmpty { lines.append("  as before " + kept.joined(separator: ", ") + " (not in this job)") }
        } else if let result = job.result {
            lines.append("  result    \(result.canonicalText)")
        }
        if let error = job.error { lines += describe(error) }
        return TerminalText.printable(lines.joined(separator: "\n"))
    }

    private func describe(_ error: JobFailure) -> [String] {
        var lines = ["  error     \(error.code): \(error.message)"]
        if let unit = error.unit { lines.append("  unit      \(unit)") }
        if let attempts = error.attempts, attempts > 1 { lines.append("  attempts  \(attempts)") }
        if let place = error.place { lines.append("  place     \(place)") }
        if let signal = error.exit?.signal { lines.append("  ended by  signal \(signal)") }
        if let code = error.exit?.code { lines.append("  ended by  exit code \(code)") }
        for detail in (error.details ?? []).prefix(10) { lines.append("  finding   \(detail.canonicalText)") }
        if let advice = error.advice { lines.append("  advice    \(advice)") }
        for line in (error.logTail ?? []).suffix(5) { lines.append("  log       \(line)") }
        return lines
    }
}
