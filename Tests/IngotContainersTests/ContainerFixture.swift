import HTTPTypes
import Hummingbird
import IngotContainers
import IngotCore
import IngotTesting
import Logging
import NIOCore
import Synchronization
import Testing

/// A launcher on a real engine, for a gateway of the test's own name.
struct ContainerFixture: Sendable {
    let podman: PodmanService
    let image: String
    let gateway: String
    let notes: TemporaryFolder

    /// Runs `body` beside the engine's service, and looks whether anything of the gateway's is left.
    static func with(_ body: @escaping @Sendable (ContainerFixture) async throws -> Void) async throws {
        let fixture = try await ContainerFixture()
        try await fixture.podman.serve {
            try await body(fixture)
            try await fixture.expectNothingLeft()
        }
    }

    init() async throws {
        podman = try PodmanService(TemporaryFolder())
        image = try #require(await podman.image())
        gateway = JobID.make().rawValue
        notes = try TemporaryFolder()
    }

    var settings: ContainerSettings {
        ContainerSettings(
            socket: podman.socket,
            image: image,
            pullPolicy: .never,
            user: "65534:65534",
            temporaryMiB: 16,
            samplingInterval: .milliseconds(200)
        )
    }

    func launcher(_ settings: ContainerSettings? = nil, grace: Duration = .milliseconds(500)) -> ContainerLauncher {
        ContainerLauncher(
            settings: settings ?? self.settings,
            surroundings: LauncherSurroundings(gateway: gateway, notesFolder: notes.path, grace: grace),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    func assignment(_ parameters: JSONValue, gateway: String = "http://127.0.0.1:9") throws -> Assignment {
        Assignment(
            job: .make(),
            source: "probe",
            parameters: parameters,
            attempt: 1,
            token: Secret("attempt-token-of-the-test"),
            gateway: gateway,
            origin: nil,
            storage: try StorageSettings(
                accountID: "a",
                databaseID: "d",
                databaseToken: Secret("database-token-of-the-test"),
                accessKeyID: "k",
                secretAccessKey: Secret("secret-key-of-the-test"),
                bucket: "b"
            )
        )
    }

    /// Starts a runner and does something once it is there.
    func run(
        _ assignment: Assignment,
        limits: JobLimits = JobLimits(),
        output: CollectedOutput = CollectedOutput(),
        started: @escaping @Sendable (String) async throws -> Void = { _ in }
    ) async throws -> RunnerExit {
        try await launcher().run(
            assignment,
            limits: limits,
            started: { handle in
                do { try await started(handle) } catch { Issue.record(error) }
            },
            output: { output.append($0) }
        )
    }

    /// The names of the containers of this fixture's gateway, running or not.
    func containers() async throws -> [String] {
        let list = try await podman.command(
            "ps",
            "-a",
            "--filter",
            "label=ingot.gateway=\(gateway)",
            "--format",
            "{{.Names}}"
        )
        return list.output.split(separator: "\n").map(String.init)
    }

    func expectNothingLeft(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        #expect(try await containers() == [], sourceLocation: sourceLocation)
    }
}

extension Assignment {
    var container: String { "ingot-\(job)-\(attempt)" }

    func leftover(_ handle: String? = nil, limits: JobLimits = JobLimits()) -> LeftoverRunner {
        LeftoverRunner(job: job, attempt: attempt, handle: handle, limits: limits)
    }
}

extension RunnerExit {
    /// Without what was measured.
    var ending: RunnerExit { RunnerExit(code: code, signal: signal, reason: reason) }
}

/// What a runner has written.
final class CollectedOutput: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var waiting: [(text: String, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    var text: String { state.withLock { String(decoding: $0.bytes, as: UTF8.self) } }

    var bytes: [UInt8] { state.withLock { $0.bytes } }

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

/// A gateway's progress route that takes every report.
enum ReportTaker {
    static func with(_ body: @escaping @Sendable (_ address: String) async throws -> Void) async throws {
        let router = Router()
        router.post("/api/ingest/jobs/:job/progress") { request, _ in
            _ = try await request.body.collect(upTo: 1 << 20)
            let answer = try JSONText.string(ReportAnswer(accepted: .max, stop: false))
            return Response(
                status: .ok,
                headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: answer))
            )
        }
        let (ports, told) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { told.yield($0.localAddress?.port ?? 0) },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            defer { group.cancelAll() }
            try await body("http://127.0.0.1:\(port)")
        }
    }
}
