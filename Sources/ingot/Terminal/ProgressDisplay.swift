import IngotClient
import IngotCore

/// Shows a job's events as they come: bars on a terminal, plain lines elsewhere, the events themselves as JSON lines
/// for machines.
struct ProgressDisplay {
    /// How progress is shown.
    enum Style {
        case bars
        case lines
        case json
        case silent
    }

    let style: Style
    private var model: ProgressModel
    private var screen = ProgressScreen()
    private var lastLine = ""

    init(style: Style) {
        self.style = style
        model = ProgressModel(at: .now)
    }

    /// The style that fits where standard error goes.
    static func style(json: Bool) -> Style {
        json ? .json : StandardError.isTerminal && environment("TERM") != "dumb" ? .bars : .lines
    }

    /// Takes one event of the stream.
    mutating func show(_ update: JobUpdate) throws {
        let hasNews = model.take(update, at: .now)
        switch style {
        case .silent: return
        case .json:
            // What is no event of the job is told to people.
            if let event = update.event { try StandardOutput.write(event.jsonLine) } else { tell(update) }
        case .lines:
            tell(update)
            if hasNews { showLine() }
            showLog(update)
        case .bars:
            showLog(update)
            if hasNews { draw() }
        }
    }

    /// Leaves the terminal's lines as they should be when no more events come.
    mutating func finish() {
        if style == .bars { StandardError.write(screen.cleared(width: StandardError.width)) }
    }

    private func tell(_ update: JobUpdate) {
        switch update.content {
        case .disconnected: StandardError.line("the gateway is away; trying again")
        case .reconnected: StandardError.line("the gateway is back")
        default: break
        }
    }

    private mutating func showLine() {
        let line = model.line
        guard line != lastLine else { return }
        lastLine = line
        StandardError.line(line)
    }

    private mutating func showLog(_ update: JobUpdate) {
        guard case .log(let log) = update.content, !log.lines.isEmpty else { return }
        if style == .bars { StandardError.write(screen.cleared(width: StandardError.width)) }
        for line in log.lines { StandardError.line(TerminalText.printable(line)) }
        if style == .bars { draw() }
    }

    private mutating func draw() {
        let width = StandardError.width
        let rows = max(1, min(StandardError.height - 1, 12))
        if let frame = screen.frame(model.lines(width: width, rows: rows, at: .now), width: width) {
            StandardError.write(frame)
        }
    }
}
