import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A web site on loopback whose answers a test gives, which remembers who asked for what.
public final class CountingSite: Sendable {
    /// A request as it came.
    public struct Request: Sendable {
        public var method: String
        /// The path, with its query.
        public var path: String
        public var headers: [String: String]
        /// The IP address that it came from.
        public var from: String
        public var at: ContinuousClock.Instant
    }

    /// What is answered.
    public struct Answer: Sendable {
        public var status: Int
        public var body: String
        public var headers: [String: String] = [:]

        public init(_ status: Int, _ body: String, _ headers: [String: String] = [:]) {
            self.status = status
            self.body = body
            self.headers = headers
        }
    }

    private let channel: any Channel
    private let state: State

    final class State: Sendable {
        let answers: Mutex<[String: Answer]>
        let requests = Mutex<[Request]>([])
        /// The paths whose answers wait, and what they wait for.
        private let held = Mutex<[String: EventLoopPromise<Void>]>([:])

        init(_ answers: [String: Answer]) { self.answers = Mutex(answers) }

        func hold(_ path: String) {
            held.withLock { held in
                guard held[path] == nil else { return }
                held[path] = MultiThreadedEventLoopGroup.singleton.any().makePromise()
            }
        }

        func release(_ path: String) { held.withLock { $0.removeValue(forKey: path) }?.succeed() }

        func releaseAll() {
            let all = held.withLock { held in
                defer { held = [:] }
                return Array(held.values)
            }
            for promise in all { promise.succeed() }
        }

        /// What an answer waits for; `nil`: nothing.
        func gate(_ path: String) -> EventLoopFuture<Void>? { held.withLock { $0[path]?.futureResult } }

        func answer(_ request: Request) -> Answer {
            requests.withLock { $0.append(request) }
            return answers.withLock { $0[request.path] } ?? Answer(404, "nothing here")
        }
    }

    /// - Parameter answers: by path; everything else is answered with 404.
    public init(_ answers: [String: Answer] = [:]) async throws {
        let state = State(answers)
        self.state = state
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelInitializer { channel in
                channel.pipeline.configureHTTPServerPipeline().flatMapThrowing {
                    try channel.pipeline.syncOperations.addHandler(CountingSiteHandler(state))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
    }

    public var port: Int { channel.localAddress?.port ?? 0 }

    public func address(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    public func set(_ path: String, _ answer: Answer) { state.answers.withLock { $0[path] = answer } }

    /// Holds back the answers of a path until ``release(_:)``; its requests are counted as they come.
    public func hold(_ path: String) { state.hold(path) }

    public func release(_ path: String) { state.release(path) }

    public var requests: [Request] { state.requests.withLock { $0 } }

    /// How often a path was asked for.
    public func count(_ path: String) -> Int { requests.count { $0.path == path } }

    public func close() async throws {
        state.releaseAll()
        try await channel.close()
    }
}

private final class CountingSiteHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let state: CountingSite.State
    private var head: HTTPRequestHead?

    init(_ state: CountingSite.State) { self.state = state }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            guard let head else { return }
            var headers: [String: String] = [:]
            for (name, value) in head.headers { headers[name.lowercased()] = value }
            let answer = state.answer(
                CountingSite.Request(
                    method: head.method.rawValue,
                    path: head.uri,
                    headers: headers,
                    from: context.remoteAddress?.ipAddress ?? "",
                    at: .now
                )
            )
            var response = HTTPResponseHead(version: .http1_1, status: .init(statusCode: answer.status))
            for (name, value) in answer.headers { response.headers.add(name: name, value: value) }
            response.headers.add(name: "content-length", value: "\(answer.body.utf8.count)")
            if head.headers.first(name: "connection")?.lowercased() == "close" {
                response.headers.add(name: "connection", value: "close")
            }
            guard let gate = state.gate(head.uri) else { return send(response, answer.body, context) }
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            gate.hop(to: context.eventLoop).whenSuccess { [response] in
                let (handler, context) = bound.value
                handler.send(response, answer.body, context)
            }
        }
    }

    private func send(_ response: HTTPResponseHead, _ body: String, _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.head(response)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
