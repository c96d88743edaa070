import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import IngotCore
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import Synchronization

/// Stands where runners look for the gateway and hands on what they say, so that a test learns an attempt's token, and
/// so that the network between them can be a bad one.
final class RunnerTap: Sendable {
    /// What the way to the gateway does wrong.
    struct Faults: Sendable {
        /// Every report comes twice.
        var repeatsReports = false
        /// The answer to every so manieth report is lost, although the gateway took it; 0: none.
        var losesAnswerOfEvery = 0
    }

    private struct State {
        var gateway: String?
        var tokens: [String: [Int: Secret]] = [:]
        var reports = 0
    }

    /// Where runners are to report.
    let address: String
    private let core: Core
    private let services: ServiceGroup
    private let serving: Task<Void, any Error>

    init(_ faults: Faults) async throws {
        let core = Core(faults)
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            responder: CallbackResponder<BasicRequestContext> { request, _ in try await core.respond(request) },
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in port.yield(channel.localAddress?.port ?? 0) },
            logger: Logger(label: "tap") { _ in SwiftLogNoOpLogHandler() }
        )
        let services = ServiceGroup(
            configuration: .init(
                services: [.init(service: application)],
                gracefulShutdownSignals: [],
                logger: Logger(label: "tap") { _ in SwiftLogNoOpLogHandler() }
            )
        )
        self.services = services
        serving = Task {
            defer { port.finish() }
            try await services.run()
        }
        guard let number = await ports.first(where: { _ in true }) else {
            throw GatewayTrouble("there is no port for what stands before the gateway")
        }
        self.core = core
        address = "http://127.0.0.1:\(number)"
    }

    /// Hands everything on to this gateway from now on.
    func forward(to gateway: String) { core.state.withLock { $0.gateway = gateway } }

    /// The token of an attempt whose runner has reported already.
    func token(of job: String, attempt: Int = 1) throws -> Secret {
        guard let token = core.state.withLock({ $0.tokens[job]?[attempt] }) else {
            throw GatewayTrouble("attempt \(attempt) of job \(job) has not reported")
        }
        return token
    }

    /// How many reports came.
    var reports: Int { core.state.withLock { $0.reports } }

    func close() async {
        await services.triggerGracefulShutdown()
        try? await serving.value
        try? await core.client.shutdown()
    }

    private final class Core: Sendable {
        let state = Mutex(State())
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        private let faults: Faults

        init(_ faults: Faults) { self.faults = faults }

        func respond(_ request: Request) async throws -> Response {
            guard let gateway = state.withLock({ $0.gateway }) else { return Response(status: .serviceUnavailable) }
            let path = request.head.path ?? "/"
            let body = try await request.body.collect(upTo: 8 << 20)
            var onward = HTTPClientRequest(url: gateway + path)
            onward.method = HTTPMethod(rawValue: request.method.rawValue)
            for field in request.headers where field.name != .contentLength && field.name != .transferEncoding {
                onward.headers.add(name: field.name.rawName, value: field.value)
            }
            onward.body = .bytes(body)
            guard path.hasSuffix("/progress") else { return try await send(onward) }
            let number = note(request, path, body)
            if faults.repeatsReports { _ = try await send(onward) }
            let answer = try await send(onward)
            let isLost = faults.losesAnswerOfEvery > 0 && number % faults.losesAnswerOfEvery == 0
            return isLost ? Response(status: .badGateway) : answer
        }

        /// Notes whose token it is; the number of the report.
        private func note(_ request: Request, _ path: String, _ body: ByteBuffer) -> Int {
            let parts = path.split(separator: "/")
            let token = request.headers[.authorization].map { Secret(String($0.dropFirst("Bearer ".count))) }
            let attempt = (try? JSONValue(parsing: body.readableBytesView))?["attempt"]?.integerValue
            return state.withLock { state in
                if parts.count == 5, let token, let attempt {
                    state.tokens[String(parts[3]), default: [:]][Int(attempt)] = token
                }
                state.reports += 1
                return state.reports
            }
        }

        private func send(_ request: HTTPClientRequest) async throws -> Response {
            let answer: HTTPClientResponse
            let body: ByteBuffer
            do {
                answer = try await client.execute(request, timeout: .seconds(60))
                body = try await answer.body.collect(upTo: 8 << 20)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                // As with a gateway that is not there.
                return Response(status: .badGateway)
            }
            var headers = HTTPFields()
            for (name, value) in answer.headers {
                guard let name = HTTPField.Name(name), name != .contentLength, name != .transferEncoding,
                    name != .connection
                else { continue }
                headers.append(HTTPField(name: name, value: value))
            }
            return Response(
                status: .init(code: Int(answer.status.code)),
                headers: headers,
                body: ResponseBody(byteBuffer: body)
            )
        }
    }
}
