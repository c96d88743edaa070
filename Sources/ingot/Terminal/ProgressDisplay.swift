import IngotCore

/// Shows a job's events as they come: a bar with rate and time left on a terminal, plain lines elsewhere, the events
/// themselves as JSON lines for machines.
struct ProgressDisplay {
    /// How progress is shown.
    enum Style {
        case bar
        case lines
        case json
        case silent
    }

    let style: Style
    private let clock = ContinuousClock()
    private let began: ContinuousClock.Instant
    private var startedFrom: Double?
    private var lastLine = ""

    init(style: Style) {
        self.style = style
        began = clock.now
    }

    /// The style that fits where standard error goes.
    static func style(json: Bool) -> Style {
        json ? .json : StandardError.isTerminal ? .bar : .lines
    }

    /// Takes one event of the stream.
    mutating func show(_ event: EventStreamParser.Event) throws {
        switch style {
        case .silent: return
        case .json: try StandardOutput.write(event.jsonLine)
        case .bar, .lines:
            switch event.name {
            case "progress", "snapshot", "reset": showProgress(event.data)
            case "log": showLog(event.data)
            default: break
            }
        }
    }

    /// Leaves the terminal's line as it should be when no more events come.
    mutating func finish() {
        if style == .bar, !lastLine.isEmpty { StandardError.write("\r\u{1B}[K") }
        lastLine = ""
    }

    private mutating func showProgress(_ data: JSONValue) {
        let job = data["job"] ?? data
        guard let percent = job["progress"]?.integerValue else { return }
        let message = job["message"]?.stringValue ?? job["status"]?.stringValue ?? ""
        let line = style == .bar ? bar(percent: Double(percent), message: message) : "\(percent)% \(message)"
        guard line != lastLine else { return }
        lastLine = line
        StandardError.write(style == .bar ? "\r\u{1B}[K" + line : line + "\n")
    }

    private mutating func showLog(_ data: JSONValue) {
        for line in data["lines"]?.arrayValue ?? [] {
            guard let text = line.stringValue else { continue }
            if style == .bar { StandardError.write("\r\u{1B}[K") }
            StandardError.line(text)
        }
        if style == .bar, !lastLine.isEmpty { StandardError.write(lastLine) }
    }

    private mutating func bar(percent: Double, message: String) -> String {
        let elapsed = (clock.now - began).seconds
        let first = startedFrom ?? percent
        startedFrom = first
        var tail = " \(Int(percent))%"
        if elapsed > 0.5, percent > first {
            let rate = (percent - first) / elapsed
            tail += " \(Self.rounded(rate))%/s, \(Self.time((100 - percent) / rate)) left"
        }
        let cells = 24
        let full = min(cells, max(0, Int(percent / 100 * Double(cells))))
        let drawn = "[" + String(repeating: "#", count: full) + String(repeating: ".", count: cells - full) + "]"
        let room = StandardError.width - drawn.count - tail.count - 3
        return drawn + tail + (room > 8 ? "  " + String(message.prefix(room)) : "")
    }

    private static func rounded(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths >= 100 ? String(tenths / 10) : "\(tenths / 10).\(tenths % 10)"
    }

    private static func time(_ seconds: Double) -> String {
        guard seconds < 360_000 else { return "long" }
        let whole = Int(seconds.rounded(.up))
        return whole < 60 ? "\(whole) s" : whole < 3600 ? "\(whole / 60) min" : "\(whole / 3600) h"
    }
}
