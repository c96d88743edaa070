import IngotClient
import IngotCore

/// What is known of a job's progress, as lines that fit a terminal.
///
/// Units that are worked on have a line each, finished ones are summed up, and the last line is the whole job: a bar,
/// the rate, and the time that is left.
struct ProgressModel {
    private struct ActiveUnit {
        var name: String
        var nodes: Int64
        var since: ContinuousClock.Instant
    }

    /// Units that are worked on, the one that began first on top.
    private var active: [ActiveUnit] = []
    private var finished = 0
    private var failed = 0
    private var nodes: Int64 = 0
    private var percent = 0
    private var message = ""
    private var isAway = false
    private let began: ContinuousClock.Instant
    private var firstPercent: Int?

    init(at now: ContinuousClock.Instant) { began = now }

    /// Takes what a watcher learns.
    ///
    /// - Returns: whether there may be something new to show.
    mutating func take(_ update: JobUpdate, at now: ContinuousClock.Instant) -> Bool {
        switch update.content {
        case .snapshot(let job), .reset(let job), .done(let job):
            if case .reset = update.content { active = [] }
            take(percent: job.progress, message: job.message ?? job.status.rawValue)
        case .progress(let progress):
            if progress.status == .queued { active = [] }
            take(percent: progress.percent, message: progress.message ?? progress.status.rawValue)
        case .unit(let unit): take(unit, at: now)
        case .disconnected: isAway = true
        case .reconnected: isAway = false
        case .log, .other: return false
        }
        return true
    }

    private mutating func take(percent: Int, message: String) {
        self.percent = percent
        self.message = TerminalText.line(message)
        if firstPercent == nil { firstPercent = percent }
    }

    private mutating func take(_ unit: JobUnitProgress, at now: ContinuousClock.Instant) {
        let index = active.firstIndex { $0.name == unit.unit }
        let count = unit.counts?["nodes"] ?? 0
        switch unit.status {
        case .pending:
            if let index { active.remove(at: index) }
        case .running:
            if let index {
                active[index].nodes = max(active[index].nodes, count)
            } else {
                active.append(ActiveUnit(name: unit.unit, nodes: count, since: now))
            }
        case .done, .failed:
            if let index { active.remove(at: index) }
            if unit.status == .done { finished += 1 } else { failed += 1 }
            nodes += count
        }
    }

    /// The line for places that are no terminal.
    var line: String { "\(percent)% \(message)" }

    /// The lines for a terminal, each no wider than it.
    ///
    /// - Parameter rows: the most lines that there is room for, at least 1.
    func lines(width: Int, rows: Int, at now: ContinuousClock.Instant) -> [String] {
        var lines: [String] = []
        let room = max(0, rows - 2)
        // When not all fit, the last line says how many more there are.
        let shown = active.count <= room ? active.count : max(0, room - 1)
        let column = min(20, active.prefix(shown).map { DisplayWidth.of($0.name) }.max() ?? 0)
        for unit in active.prefix(shown) {
            let name = DisplayWidth.padded(DisplayWidth.shortened(unit.name, to: column), to: column)
            var line = "  \(name)  \(Self.time((now - unit.since).seconds))"
            if unit.nodes > 0 { line += ", \(unit.nodes) nodes" }
            lines.append(line)
        }
        if shown < active.count, room > 0 { lines.append("  … and \(active.count - shown) more") }
        if finished + failed > 0, rows > 1 {
            var line = "  \(finished) \(finished == 1 ? "unit" : "units") done"
            if nodes > 0 { line += ", \(nodes) nodes" }
            if failed > 0 { line += ", \(failed) failed" }
            lines.append(line)
        }
        lines.append(bar(width: width, at: now))
        return lines.map { DisplayWidth.shortened($0, to: width) }
    }

    private func bar(width: Int, at now: ContinuousClock.Instant) -> String {
        let cells = max(4, min(24, width / 3))
        let full = min(cells, max(0, percent * cells / 100))
        let drawn = "[" + String(repeating: "#", count: full) + String(repeating: ".", count: cells - full) + "]"
        var line = "\(drawn) \(percent)%"
        let elapsed = (now - began).seconds
        if isAway {
            return line + " the gateway is away; trying again"
        }
        if elapsed > 0.5, let first = firstPercent, percent > first {
            let rate = Double(percent - first) / elapsed
            line += " \(Self.rounded(rate))%/s"
            if percent < 100 { line += ", \(Self.time(Double(100 - percent) / rate)) left" }
        }
        return message.isEmpty ? line : line + "  " + message
    }

    private static func rounded(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths >= 100 ? String(tenths / 10) : "\(tenths / 10).\(tenths % 10)"
    }

    /// A length of time in the largest unit that says enough.
    static func time(_ seconds: Double) -> String {
        guard seconds < 360_000 else { return "long" }
        let whole = Int(seconds.rounded(.up))
        return whole < 60 ? "\(whole) s" : whole < 3600 ? "\(whole / 60) min" : "\(whole / 3600) h"
    }
}
