import Glibc
public import IngotCore

/// A source that ingests nothing: it behaves as its parameters say, for tests, measurements and demonstrations.
public struct ProbeSource: Source {
    public let description = SourceDescription(
        id: "probe",
        name: "Probe",
        jurisdiction: "none",
        region: "none",
        documentType: "none",
        parameters: ProbeParameters.schema,
        defaultOrigin: nil,
        isExclusive: false
    )
    private let stamps: ProbeStamps?
    private let settings: Settings

    /// - Parameters:
    ///   - stampsFile: where runs note when they start and end; `nil`: nowhere.
    ///   - settings: of this runner.
    public init(stampsFile: String?, settings: Settings) {
        stamps = stampsFile.map(ProbeStamps.init(path:))
        self.settings = settings
    }

    public func run(_ attempt: AttemptContext) async throws -> JSONValue {
        let parameters = try ProbeParameters(attempt.parameters)
        let key = parameters.key ?? attempt.job.rawValue
        stamps?.stamp("S", key: key)
        defer { stamps?.stamp("E", key: key) }
        let children = ProbeChildren(count: parameters.children)
        defer { children.end() }
        ProbeChildren.startDaemons(parameters.daemons)
        ProbeChildren.startDaemons(parameters.strangers, areStrangers: true)
        let memory = try filledMemory(mebibytes: parameters.memory)
        let files = try ProbeFiles(count: parameters.openFiles)
        defer { files.close() }
        try burn(parameters.processorTime)
        if let line = parameters.outputLine { print(line) }
        for number in 0..<parameters.logLines { attempt.progress.log("probe log line \(number + 1)") }
        var revealed: [String] = []
        if parameters.revealsSettings {
            let revelation = try ProbeRevelation(of: settings)
            for setting in revelation.settings { stamps?.note("\(setting.name) \(setting.value)") }
            revelation.tell(attempt.progress)
            revealed = revelation.lines
        }
        if parameters.ignoresStop {
            // A task that does not know of the cancellation.
            try await Task.detached { try await work(parameters, attempt) }.value
        } else {
            try await work(parameters, attempt)
        }
        if let failure = parameters.failure, attempt.attempt <= parameters.failingAttempts ?? .max {
            try await fail(failure, attempt.progress, revealing: revealed)
        }
        var result: [String: JSONValue] = [
            "events": .integer(Int64(parameters.events)),
            "attempt": .integer(Int64(attempt.attempt)),
            "memory_mib": .integer(Int64(memory.count)),
            "children": .integer(Int64(children.processes.count)),
        ]
        if !revealed.isEmpty { result["revealed"] = .array(revealed.map(JSONValue.string)) }
        return .object(result)
    }

    private func work(_ parameters: ProbeParameters, _ attempt: AttemptContext) async throws {
        try await report(parameters, to: attempt.progress)
        if attempt.attempt > parameters.sleepingAttempts ?? .max { return }
        try await parameters.requests?.run(attempt)
        if parameters.sleep > .zero { try await Task.sleep(for: parameters.sleep) }
    }

    private func report(_ parameters: ProbeParameters, to progress: any ProgressReporting) async throws {
        for number in 0..<parameters.events {
            if number > 0, parameters.interval > .zero { try await Task.sleep(for: parameters.interval) }
            try Task.checkCancellation()
            var message = "event \(number + 1) of \(parameters.events)"
            let missing = parameters.eventBytes - message.utf8.count
            if missing > 0 { message += String(repeating: ".", count: missing) }
            progress.progress(Double(number + 1) / Double(parameters.events), message)
        }
    }

    private func filledMemory(mebibytes: Int) throws -> [[UInt8]] {
        // Every byte is written, so that the memory is really there; in pieces, so that it can be stopped on the way.
        try (0..<mebibytes).map { _ in
            try Task.checkCancellation()
            return [UInt8](repeating: 0xA5, count: 1 << 20)
        }
    }

    private func burn(_ time: Duration) throws {
        func used() -> Duration {
            var time = timespec()
            clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
            return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
        }
        let end = used() + time
        while used() < end { try Task.checkCancellation() }
    }

    private func fail(
        _ failure: ProbeFailure,
        _ progress: any ProgressReporting,
        revealing lines: [String]
    ) async throws {
        switch failure {
        case .crash: abort()
        case .exit(let code): Glibc.exit(code)
        case .signal(let number):
            // What the language's runtime does to show a crash takes the signal for itself.
            if number != SIGTERM { Glibc.signal(number, SIG_DFL) }
            kill(getpid(), number)
            // The kernel keeps the first process of a container from signals of its own, SIGKILL too; engines tell its
            // end by a signal as this code.
            if getpid() == 1, number != SIGTERM { _exit(128 + number) }
            // Some signals need a moment, some are not fatal.
            try await Task.sleep(for: .seconds(60))
        case .hang:
            // A task that does not know of the cancellation.
            await Task.detached { while true { try? await Task.sleep(for: .seconds(3600)) } }.value
        case .forkBomb:
            ProbeChildren.startBomb()
            try await Task.sleep(for: .seconds(60))
        case .stop:
            kill(getpid(), SIGSTOP)
            try await Task.sleep(for: .seconds(60))
        case .noise:
            progress.log(String(repeating: "x", count: 10_000_000))
            let bytes: [UInt8] = [0x00, 0xFF, 0xFE, 0x80, 0xC3, 0x28, 0x0A]
            _ = write(STDERR_FILENO, bytes, bytes.count)
        case .code(let code):
            throw JobFailure(
                code: code,
                message: (["The probe failed as it was told to."] + lines).joined(separator: " "),
                unit: "probe",
                advice: "Leave 'fail' out of the parameters.",
                isTransient: code.hasPrefix("transient")
            )
        }
    }
}

/// What the runner does as `probe-child`.
///
/// - Parameter words: nothing: it waits until it is killed. `daemon`: it starts a child that leaves, and ends.
///   `bomb N`: it starts two of its kind, down to N generations.
public func runProbeChild(_ words: [String]) -> Never {
    ProbeChildren.run(words)
}
