import Hummingbird
public import IngotCore
import Logging
import NIOCore

/// The runner as a server that takes exactly one job, for platforms that start containers and then talk to them.
public struct RunnerServer: Sendable {
    /// Where it listens unless it is told otherwise: in a container, on all of its addresses.
    public static let standardHost = "0.0.0.0"
    /// The port that it listens on unless it is told otherwise.
    public static let standardPort = 8080
    /// The largest request, in bytes.
    static let maximumBody = 1 << 20

    private let port: Int
    private let host: String
    private let settings: Settings
    private let registry: SourceRegistry
    private let logger: Logger

    /// - Parameter settings: of this process; a request adds the job, and may name the gateway and its token.
    public init(host: String, port: Int, settings: Settings, registry: SourceRegistry, logger: Logger) {
        self.host = host
        self.port = port
        self.settings = settings
        self.registry = registry
        self.logger = logger
    }

    /// Serves until its one job has ended.
    ///
    /// - Parameter listening: called with the port once it accepts.
    /// - Returns: the job's exit code; ``RunnerExitCode/stopped`` when it is stopped before one came.
    public func run(
        stop: StopSignal,
        listening: @escaping @Sendable (_ port: Int) -> Void = { _ in }
    ) async -> Int32 {
        let taken = OnceFlag()
        let (assignments, taker) = AsyncStream.makeStream(of: Assignment.self, bufferingPolicy: .bufferingOldest(1))
        stop.onRequest { taker.finish() }
        let router = Router()
        router.get("/") { _, _ in
            Self.json(.ok, ["status": .string(taken.isSet ? "busy" : "ready")])
        }
        router.post("/ingest/{source}") { request, context in
            await take(request, source: context.parameters.get("source") ?? "", taken: taken) { taker.yield($0) }
        }
        var serverLogger = logger
        serverLogger.logLevel = .warning
        let server = Task { [router, serverLogger] in
            let application = Application(
                router: router,
                configuration: ApplicationConfiguration(address: .hostname(host, port: port), serverName: nil),
                onServerRunning: { listening($0.localAddress?.port ?? port) },
                logger: serverLogger
            )
            do { try await application.run() } catch {
                if !Task.isCancelled { StandardStreams.log("the server cannot run: \(error)") }
                taker.finish()
            }
        }
        defer { server.cancel() }
        for await assignment in assignments {
            return await AttemptExecution(assignment: assignment, registry: registry, logger: logger).run(stop: stop)
        }
        return stop.isRequested ? RunnerExitCode.stopped : RunnerExitCode.usage
    }

    private func take(
        _ request: Request,
        source: String,
        taken: OnceFlag,
        _ start: @Sendable (Assignment) -> Void
    ) async -> Response {
        let assignment: Assignment
        do {
            let body = try await request.body.collect(upTo: RunnerServer.maximumBody)
            let value = body.readableBytes == 0 ? .object([:]) : try JSONValue(parsing: body.readableBytesView)
            assignment = try RunnerRequest(value).assignment(source: source, settings: settings)
            _ = try registry.source(source)
        } catch is NIOTooManyBytesError {
            return Self.problem(.contentTooLarge, "The body is too large.", "At most 1 MiB is taken.")
        } catch let failure as JobFailure {
            return Self.problem(.notFound, "There is no such source.", failure.message)
        } catch let error as SettingsError {
            return Self.problem(.unprocessableContent, "The job cannot be run as it is.", "\(error)")
        } catch let error as RunnerRequest.Malformed {
            return Self.problem(.unprocessableContent, "The request is wrong.", error.problem)
        } catch {
            return Self.problem(.badRequest, "The body is not JSON.", nil)
        }
        guard taken.set() else {
            return Self.problem(.conflict, "The runner has its job already.", "It takes exactly one and ends with it.")
        }
        start(assignment)
        return Self.json(.accepted, ["jobId": .string(assignment.job.rawValue)])
    }

    private static func json(_ status: HTTPResponse.Status, _ value: JSONValue) -> Response {
        Response(
            status: status,
            headers: [.contentType: status.code >= 400 ? "application/problem+json" : "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: value.canonicalBytes))
        )
    }

    private static func problem(_ status: HTTPResponse.Status, _ title: String, _ detail: String?) -> Response {
        var members: [String: JSONValue] = [
            "type": "about:blank", "title": .string(title), "status": .integer(Int64(status.code)),
        ]
        if let detail { members["detail"] = .string(detail) }
        return json(status, .object(members))
    }
}
