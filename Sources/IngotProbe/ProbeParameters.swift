import IngotCore

/// What a probe job does.
struct ProbeParameters: Sendable {
    /// How many progress events it reports.
    var events = 0
    /// The time between two events.
    var interval = Duration.zero
    /// The length of each event's message, in bytes.
    var eventBytes = 0
    /// How long it sleeps after the events.
    var sleep = Duration.zero
    /// How many attempts sleep, counted from the first; `nil`: all of them.
    var sleepingAttempts: Int?
    /// Memory that it fills while it runs, in MiB.
    var memory = 0
    /// Processes that it starts and ends.
    var children = 0
    /// Processes that it starts and that leave it: they have another parent and a session of their own.
    var daemons = 0
    /// Daemons that have forgotten their environment and folder as well, and hold nothing but the output.
    var strangers = 0
    /// Processor time that it burns.
    var processorTime = Duration.zero
    /// Files that it opens and keeps open.
    var openFiles = 0
    /// Goes on when it is asked to stop.
    var ignoresStop = false
    var logLines = 0
    /// A line for the standard output; what else the runner says goes to the standard error.
    var outputLine: String?
    /// Says aloud what the runner was told in confidence.
    var revealsSettings = false
    /// Requests that it makes.
    var requests: ProbeRequests?
    /// How it fails; `nil`: not at all.
    var failure: ProbeFailure?
    /// How many attempts fail, counted from the first; `nil`: all of them.
    var failingAttempts: Int?
    /// The name on its stamps.
    var key: String?

    init(_ parameters: JSONValue) throws {
        func number(_ name: String) -> Int { Int(parameters[name]?.integerValue ?? 0) }
        events = number("events")
        interval = .milliseconds(number("interval_ms"))
        eventBytes = number("event_bytes")
        sleep = .milliseconds(number("sleep_ms"))
        sleepingAttempts = parameters["sleep_attempts"]?.integerValue.map { Int($0) }
        memory = number("memory_mib")
        children = number("children")
        daemons = number("daemons")
        strangers = number("strangers")
        processorTime = .milliseconds(number("cpu_ms"))
        openFiles = number("open_files")
        ignoresStop = parameters["ignore_stop"]?.boolValue ?? false
        logLines = number("log_lines")
        outputLine = parameters["output_line"]?.stringValue
        revealsSettings = parameters["reveal_settings"]?.boolValue ?? false
        requests = parameters["ask_url"]?.stringValue.map { ProbeRequests(url: $0, count: max(1, number("ask_times"))) }
        failure = parameters["fail"]?.stringValue.map(ProbeFailure.init)
        failingAttempts = parameters["fail_attempts"]?.integerValue.map { Int($0) }
        key = parameters["key"]?.stringValue
    }

    /// A JSON Schema for the parameters.
    static let schema: JSONValue = [
        "type": "object",
        "additionalProperties": false,
        "properties": .object(ownProperties.merging(ProxyParameters.schemaProperties) { own, _ in own }),
    ]

    private static let ownProperties: [String: JSONValue] = [
        "events": count("How many progress events to report.", maximum: 1_000_000),
        "interval_ms": count("Milliseconds between two events.", maximum: 3_600_000),
        "event_bytes": count("Length of each event's message in bytes.", maximum: 60_000),
        "sleep_ms": count("Milliseconds to sleep after the events.", maximum: 86_400_000),
        "sleep_attempts": count("How many attempts sleep, from the first; all unless given.", maximum: 1000),
        "memory_mib": count("MiB of memory to fill while running.", maximum: 65_536),
        "fail_attempts": count("How many attempts fail, from the first; all unless given.", maximum: 1_000_000),
        "children": count("Processes to start.", maximum: 1000),
        "daemons": count("Processes to start that leave the runner's session.", maximum: 100),
        "strangers": count("Daemons to start that show nothing of the runner in their settings.", maximum: 100),
        "cpu_ms": count("Milliseconds of processor time to use.", maximum: 3_600_000),
        "open_files": count("Files to open.", maximum: 100_000),
        "ignore_stop": [
            "type": "boolean", "description": "Go on when asked to stop.",
        ],
        "log_lines": count("Lines to write to the log.", maximum: 10_000_000),
        "output_line": [
            "type": "string", "maxLength": 2000, "description": "A line to write to the standard output, as it is.",
        ],
        "reveal_settings": [
            "type": "boolean",
            "description": "Say what the runner was told in confidence wherever a runner can say something.",
        ],
        "fail": [
            "type": "string",
            "maxLength": 64,
            "pattern": "^[a-z][a-z0-9_]*(:[0-9]{1,3})?$",
            "description": .string(ProbeFailure.help),
        ],
        "key": [
            "type": "string", "maxLength": 200, "pattern": "^[^ \\n\\r\\t]+$", "description": "Name on the stamps.",
        ],
        "ask_url": [
            "type": "string", "maxLength": 500, "pattern": "^https?://[^ ]+$",
            "description": "An address to ask for, each time in a session of its own.",
        ],
        "ask_times": count("How often to ask for it; once unless given.", maximum: 1000),
    ]

    private static func count(_ description: String, maximum: Int64) -> JSONValue {
        [
            "type": "integer", "minimum": 0, "maximum": .integer(maximum), "description": .string(description),
        ]
    }
}

/// The ways in which a probe can fail.
enum ProbeFailure: Sendable, Equatable {
    /// The process aborts.
    case crash
    /// It never ends, and does not listen when it is asked to.
    case hang
    /// The process kills itself with a signal.
    case signal(Int32)
    /// The process ends with an exit code and no report.
    case exit(Int32)
    /// It starts processes that start processes, and so on.
    case forkBomb
    /// The process stops itself (SIGSTOP) and can neither go on nor end by itself.
    case stop
    /// It writes one line of 10,000,000 bytes and some that are not UTF-8, and then succeeds.
    case noise
    /// It fails as a source should, with this code.
    case code(String)

    static let help = """
        How to fail: 'crash' aborts, 'hang' never ends and ignores being asked to, 'kill' or 'signal:N' ends by a \
        signal, 'stop' stops like SIGSTOP, 'exit:N' ends without a report, 'fork_bomb' starts more and more \
        processes, 'noise' writes a huge line and binary bytes and succeeds; any other \
        word is the code of an ordinary failure.
        """

    init(_ text: String) {
        let parts = text.split(separator: ":").map(String.init)
        switch (parts.first, parts.count == 2 ? Int32(parts[1]) : nil) {
        case ("crash", nil): self = .crash
        case ("hang", nil): self = .hang
        case ("kill", nil): self = .signal(9)
        case ("fork_bomb", nil): self = .forkBomb
        case ("stop", nil): self = .stop
        case ("noise", nil): self = .noise
        case ("signal", let number?): self = .signal(number)
        case ("exit", let code?): self = .exit(code)
        default: self = .code(text)
        }
    }
}
