import FoundationEssentials
import Glibc
import IngotCore
import Synchronization
import SystemPackage
import Testing

@testable import IngotGateway

/// A launcher in a folder of its own, with runners that have no gateway to report to.
struct LauncherFixture: Sendable {
    let launcher: ProcessLauncher
    let workRoot: FilePath

    /// Runs `body`, and then looks whether anything of any runner is left.
    static func with(
        usesControlGroups: Bool = true,
        sandbox: Bool = false,
        grace: Duration = .milliseconds(500),
        _ body: (LauncherFixture) async throws -> Void
    ) async throws {
        try await ScratchFolder.with { folder in
            let environment = GatewayFixture.configuration(folder).runnerEnvironment
            let workRoot = folder.appending("data/work")
            try WorkFolder.make(workRoot)
            let fixture = LauncherFixture(
                launcher: ProcessLauncher(
                    executable: BuiltProducts.runner,
                    workRoot: workRoot,
                    environment: environment,
                    grace: grace,
                    sandbox: sandbox
                        ? try Sandbox(
                            environment: environment,
                            dataFolder: folder.appending("data"),
                            runner: BuiltProducts.runner
                        ) : nil,
                    usesControlGroups: usesControlGroups,
                    logger: GatewayFixture.quiet
                ),
                workRoot: workRoot
            )
            try await body(fixture)
            fixture.expectNothingLeft()
        }
    }

    /// Processes that carry one of this fixture's work folders.
    var processes: [pid_t] {
        ProcessTree.processes().filter { process in
            ProcessTree.setting(Assignment.Name.workFolder, of: process)?.hasPrefix(workRoot.string) == true
        }
    }

    func expectNothingLeft(sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(processes.isEmpty, sourceLocation: sourceLocation)
        #expect(FolderNames.of(workRoot).isEmpty, sourceLocation: sourceLocation)
        // The folders of control groups go with the last group in them, so finding them again makes them empty.
        if let place = ControlGroupPlace.find(for: workRoot) {
            for folder in place.folders {
                #expect(access(folder.string, F_OK) != 0, "\(folder)", sourceLocation: sourceLocation)
            }
        }
    }

    func assignment(_ parameters: JSONValue) throws -> Assignment { try .probe(parameters) }

    /// Runs one runner to its end.
    func run(
        _ parameters: JSONValue,
        limits: JobLimits = JobLimits(),
        output: CollectedOutput = CollectedOutput(),
        started: @escaping @Sendable (ProcessHandle) async -> Void = { _ in }
    ) async throws -> RunnerExit {
        try await launcher.run(
            try assignment(parameters),
            limits: limits,
            started: { text in
                if let handle = ProcessHandle(text) { await started(handle) }
            },
            output: { output.append($0) }
        )
    }

    /// Starts a runner and stops it once it has written a line; `inspect` sees it before that.
    func runUntilStopped(
        _ parameters: JSONValue,
        limits: JobLimits = JobLimits(),
        inspect: @escaping @Sendable (ProcessHandle) async throws -> Void = { _ in }
    ) async throws -> RunnerExit {
        let output = CollectedOutput()
        let handles = AsyncStream.makeStream(of: ProcessHandle.self)
        let running = Task {
            try await run(parameters, limits: limits, output: output) { handles.continuation.yield($0) }
        }
        var iterator = handles.stream.makeAsyncIterator()
        let handle = try #require(await iterator.next())
        await output.wait(for: "probe log line")
        do { try await inspect(handle) } catch { Issue.record(error) }
        running.cancel()
        return try await running.value
    }
}

/// What a runner has written.
final class CollectedOutput: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var waiting: [(text: String, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    var text: String { state.withLock { String(decoding: $0.bytes, as: UTF8.self) } }

    func append(_ bytes: [UInt8]) {
        let ready = state.withLock { state in
            state.bytes += bytes
            guard !state.waiting.isEmpty else { return [CheckedContinuation<Void, Never>]() }
            let text = String(decoding: state.bytes, as: UTF8.self)
            let ready = state.waiting.filter { text.contains($0.text) }.map(\.continuation)
            state.waiting.removeAll { text.contains($0.text) }
            return ready
        }
        for continuation in ready { continuation.resume() }
    }

    /// Returns once the text was written.
    func wait(for text: String) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if String(decoding: state.bytes, as: UTF8.self).contains(text) { return true }
                state.waiting.append((text, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }
}

/// What this machine can do.
enum MachineAbilities {
    /// Whether the kernel keeps limits here.
    static let controlGroups: Bool = {
        let place = ControlGroupPlace.find(for: FilePath("/nonexistent/ingot-ability-\(getpid())"))
        defer { place?.removeEmpty() }
        return place?.limitsMemory == true && place?.limitsProcesses == true
    }()

    /// The ways in which limits can be kept here.
    static let limitKeepers: [Bool] = controlGroups ? [true, false] : [false]

    /// Whether bubblewrap is there and the system allows what it does.
    static let hasBubblewrap: Bool = {
        let words = ["bwrap", "--unshare-pid", "--ro-bind", "/", "/", "--proc", "/proc", "true"]
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var (process, status): (pid_t, Int32) = (0, -1)
        guard posix_spawnp(&process, "bwrap", nil, nil, &arguments, environ) == 0 else { return false }
        return waitpid(process, &status, 0) == process && status == 0
    }()

    /// Without a sandbox, and with one where that can be.
    static let sandboxes: [Bool] = hasBubblewrap ? [false, true] : [false]
}
