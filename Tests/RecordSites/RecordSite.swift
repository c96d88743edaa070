import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A portal or register on loopback: answers as its imitation says, keeps what it was asked, and fails when told to.
public final class RecordSite: Sendable {
    /// For example `http://127.0.0.1:41233`.
    public let address: String
    private let imitation: any SiteImitation
    private let state = Mutex(State())

    private struct State {
        var requests: [SiteRequest] = []
        var callers: Set<String> = []
        var faults: [PlannedFault] = []
        var underWay = 0
        var mostUnderWay = 0
    }

    private struct PlannedFault {
        var fault: RecordSiteFault
        var path: String
        /// How many matching requests go before it.
        var after: Int
        var times: Int
    }

    private init(host: String, port: Int, imitation: any SiteImitation) {
        address = "http://\(host):\(port)"
        self.imitation = imitation
    }

    /// Serves while the body runs.
    ///
    /// - Parameter host: an address of this machine's loopback network; sites of one address are one host to whoever
    ///   counts requests.
    @discardableResult
    public static func serving<Value>(
        _ imitation: any SiteImitation,
        host: String = "127.0.0.1",
        _ body: (RecordSite) async throws -> Value
    ) async throws -> Value {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 256)
            .childChannelOption(.autoRead, value: false)
            .bind(host: host, port: 0) { channel in channel.eventLoop.makeSucceededFuture(channel) }
        let site = RecordSite(host: host, port: server.channel.localAddress?.port ?? 0, imitation: imitation)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await site.accept(server) }
            defer { group.cancelAll() }
            return try await body(site)
        }
    }

    // MARK: - What it was asked, and how it fails

    /// The requests so far, without those for `robots.txt`.
    public var requests: [SiteRequest] { state.withLock { $0.requests } }

    /// The IP addresses that anything came from, requests for `robots.txt` as well.
    public var callers: Set<String> { state.withLock { $0.callers } }

    /// How many requests were under way at once at most.
    public var mostRequestsAtOnce: Int { state.withLock { $0.mostUnderWay } }

    /// How often a path was asked for.
    ///
    /// - Parameter method: `nil`: by any.
    public func count(_ path: String, method: String? = nil) -> Int {
        requests.count { $0.path == path && (method == nil || $0.method == method) }
    }

    public func forgetRequests() {
        state.withLock { state in
            state.requests = []
            state.callers = []
        }
    }

    /// Fails requests instead of answering them.
    ///
    /// - Parameters:
    ///   - path: what the path begins with.
    ///   - after: so many requests for it are answered before.
    ///   - times: how many fail then.
    public func fail(_ fault: RecordSiteFault, at path: String = "/", after: Int = 0, times: Int = .max) {
        state.withLock { $0.faults.append(PlannedFault(fault: fault, path: path, after: after, times: times)) }
    }

    public func stopFailing() { state.withLock { $0.faults = [] } }

    private func take(_ request: SiteRequest) -> RecordSiteFault? {
        state.withLock { state in
            state.requests.append(request)
            for index in state.faults.indices where request.path.hasPrefix(state.faults[index].path) {
                if state.faults[index].after > 0 {
                    state.faults[index].after -= 1
                    continue
                }
                guard state.faults[index].times > 0 else { continue }
                state.faults[index].times -= 1
                return state.faults[index].fault
            }
            return nil
        }
    }

    // MARK: - Connections

    private typealias Connection = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>

    private func accept(_ server: NIOAsyncChannel<any Channel, Never>) async throws {
        try await server.executeThenClose { channels in
            try await withThrowingDiscardingTaskGroup { group in
                for try await channel in channels {
                    group.addTask { await self.serve(channel) }
                }
            }
        }
    }

    /// Makes a connection of a channel only now: one that comes when the site ends, so that nobody takes it, must not
    /// have anything that has to be ended.
    ///
    /// - Returns: `nil` when whoever asks is gone already.
    private func connection(on channel: any Channel) async throws -> Connection? {
        try await channel.eventLoop.submit {
            guard channel.isActive else { return nil }
            try channel.pipeline.syncOperations.configureHTTPServerPipeline(withPipeliningAssistance: false)
            return try Connection(wrappingChannelSynchronously: channel)
        }.get()
    }

    private func serve(_ accepted: any Channel) async {
        guard let channel = try? await connection(on: accepted) else { return }
        let caller = channel.channel.remoteAddress?.ipAddress ?? ""
        state.withLock { _ = $0.callers.insert(caller) }
        // Whoever asks may go away at any time.
        try? await channel.executeThenClose { inbound, outbound in
            try await accepted.setOption(.autoRead, value: true).get()
            var head: HTTPRequestHead?
            var body: [UInt8] = []
            for try await part in inbound {
                switch part {
                case .head(let next): (head, body) = (next, [])
                case .body(let piece): body += piece.readableBytesView
                case .end:
                    guard let asked = head else { return }
                    state.withLock { state in
                        state.underWay += 1
                        state.mostUnderWay = max(state.mostUnderWay, state.underWay)
                    }
                    defer { state.withLock { $0.underWay -= 1 } }
                    let request = SiteRequest(asked, body, from: caller)
                    guard try await answer(request, channel, outbound), asked.isKeepAlive else { return }
                }
            }
        }
    }

    /// - Returns: whether the connection may be used again.
    private func answer(
        _ request: SiteRequest,
        _ channel: Connection,
        _ outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
    ) async throws -> Bool {
        if request.path == "/robots.txt" {
            try await send(ImitatedAnswer(status: 404), outbound)
            return true
        }
        switch take(request) {
        case .status(let status, let page):
            try await send(ImitatedAnswer(status: status, type: "text/html", body: Array(page.utf8)), outbound)
        case .reset:
            if let options = channel.channel as? any SocketOptionProvider {
                try await options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
            }
            return false
        case .cutBody:
            var answer = imitation.answer(request)
            answer.announcedLength = answer.body.count
            answer.body.removeLast(answer.body.count / 2)
            try await send(answer, outbound)
            return false
        case .page(let page):
            try await send(ImitatedAnswer(type: "text/html", body: Array(page.utf8)), outbound)
        case .delay(let duration):
            try await Task.sleep(for: duration)
            try await send(imitation.answer(request), outbound)
        case nil: try await send(imitation.answer(request), outbound)
        }
        return true
    }

    private func send(
        _ answer: ImitatedAnswer,
        _ outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
    ) async throws {
        var head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: answer.status))
        for (name, value) in answer.headers { head.headers.add(name: name, value: value) }
        head.headers.add(name: "content-type", value: answer.type)
        head.headers.add(name: "content-length", value: String(answer.announcedLength ?? answer.body.count))
        try await outbound.write(.head(head))
        if !answer.body.isEmpty { try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))) }
        if answer.announcedLength == nil { try await outbound.write(.end(nil)) }
    }
}

/// How a request fails.
public enum RecordSiteFault: Sendable {
    case status(Int, page: String = "<html><body>no</body></html>")
    /// A page with status 200 in the answer's place.
    case page(String)
    case reset
    /// Half of the announced body.
    case cutBody
    case delay(Duration)

    /// The page of a network before the site that wants to see a person.
    public static let challenge = """
        <html><head><title>Just a moment...</title></head><body><script src="/cdn-cgi/challenge-platform/x.js"></script>
        <div class="g-recaptcha"></div></body></html>
        """
}
