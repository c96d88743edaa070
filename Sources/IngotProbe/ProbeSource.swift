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

    /// - Parameter stampsFile: where runs note when they start and end; `nil`: nowhere.
    public init(stampsFile: String?) {
        stamps = stampsFile.map(ProbeStamps.init(path:))
    }

    public func run(_ attempt: AttemptContext) async throws -> JSONValue {
        let parameters = try ProbeParameters(attempt.parameters)
        let key = parameters.key ?? attempt.job.rawValue
        stamps?.stamp("S", key: key)
        defer { stamps?.stamp("E", key: key) }
        let memory = filledMemory(mebibytes: parameters.memory)
        let children = ProbeChildren(count: parameters.children)
        defer { children.end() }
        for number in 0..<parameters.logLines { attempt.progress.log("probe log line \(number + 1)") }
        try await report(parameters, to: attempt.progress)
        if parameters.sleep > .zero { try await Task.sleep(for: parameters.sleep) }
        if let failure = parameters.failure { try await fail(failure, attempt.progress) }
        return [
            "events": .integer(Int64(parameters.events)),
            "attempt": .integer(Int64(attempt.attempt)),
            "memory_mib": .integer(Int64(memory.count >> 20)),
            "children": .integer(Int64(children.processes.count)),
        ]
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

    private func filledMemory(mebibytes: Int) -> [UInt8] {
        // Every byte is written, so that the memory is really there.
        [UInt8](repeating: 0xA5, count: mebibytes << 20)
    }

    private func fail(_ failure: ProbeFailure, _ progress: any ProgressReporting) async throws {
        switch failure {
        case .crash: abort()
        case .exit(let code): Glibc.exit(code)
        case .signal(let number):
            kill(getpid(), number)
            // Some signals need a moment, some are not fatal.
            try await Task.sleep(for: .seconds(60))
        case .hang:
            // A task that does not know of the cancellation.
            await Task.detached { while true { try? await Task.sleep(for: .seconds(3600)) } }.value
        case .noise:
            progress.log(String(repeating: "x", count: 10_000_000))
            let bytes: [UInt8] = [0x00, 0xFF, 0xFE, 0x80, 0xC3, 0x28, 0x0A]
            _ = write(STDERR_FILENO, bytes, bytes.count)
        case .code(let code):
            throw JobFailure(
                code: code,
                message: "The probe failed as it was told to.",
                unit: "probe",
                advice: "Leave 'fail' out of the parameters.",
                isTransient: code.hasPrefix("transient")
            )
        }
    }
}

/// What the runner does as `probe-child`: it waits until it is killed.
public func waitAsProbeChild() -> Never {
    ProbeChildren.waitForEver()
}
