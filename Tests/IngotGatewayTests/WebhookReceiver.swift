import Crypto
import FoundationEssentials
import HTTPTypes
import Hummingbird
import IngotCore
import NIOCore
import ServiceLifecycle
import Synchronization

@testable import IngotGateway

/// A program that is told how jobs end: a real HTTP server, whose answers the test decides.
final class WebhookReceiver: Sendable {
    /// One message as it came.
    struct Message: Sendable {
        var path: String
        var id: String
        var timestamp: String
        var signature: String
        var body: [UInt8]

        func json() throws -> JSONValue { try JSONValue(parsing: body) }

        /// Whether the message was signed with the secret, as a receiver looks.
        func isSigned(with secret: String) -> Bool {
            guard let key = Data(base64Encoded: String(secret.dropFirst("whsec_".count))) else { return false }
            let content = Data("\(id).\(timestamp).".utf8) + Data(body)
            let expected = HMAC<SHA256>.authenticationCode(for: content, using: SymmetricKey(data: key))
            return signature == "v1,\(Data(expected).base64EncodedString())"
        }
    }

    enum Reply: Sendable {
        case status(HTTPResponse.Status, headers: HTTPFields = [:])
        /// None, for as long as the sender waits.
        case silence
    }

    let messages: AsyncStream<Message>
    private let arrived: AsyncStream<Message>.Continuation
    private let count = Mutex(0)
    private let reply: @Sendable (_ number: Int, _ path: String) -> Reply
    private let listening = OneValue<Int>()

    private init(_ reply: @escaping @Sendable (Int, String) -> Reply) {
        self.reply = reply
        (messages, arrived) = AsyncStream.makeStream(of: Message.self)
    }

    /// How many messages have come.
    var total: Int { count.withLock { $0 } }

    func url(_ path: String = "/hook") async throws -> String { "http://127.0.0.1:\(try await listening.value)\(path)" }

    /// Runs `body` beside a receiver.
    ///
    /// - Parameter reply: what the message with this number, from 1, is answered.
    static func with(
        _ reply: @escaping @Sendable (_ number: Int, _ path: String) -> Reply = { _, _ in .status(.noContent) },
        _ body: (WebhookReceiver) async throws -> Void
    ) async throws {
        let receiver = WebhookReceiver(reply)
        let application = Application(
            responder: CallbackResponder { (request: Request, _: BasicRequestContext) in
                try await receiver.respond(to: request)
            },
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in receiver.listening.succeed(channel.localAddress?.port ?? 0) },
            logger: GatewayFixture.quiet
        )
        let group = ServiceGroup(services: [application], logger: GatewayFixture.quiet)
        let running = Task { try await group.run() }
        let result: Result<Void, any Error>
        do {
            try await body(receiver)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        running.cancel()
        _ = await running.result
        try result.get()
    }

    private func respond(to request: Request) async throws -> Response {
        let number = count.withLock { count in
            count += 1
            return count
        }
        let path = request.uri.path
        func header(_ name: String) -> String { request.headers.value(named: name) ?? "" }
        let message = Message(
            path: path,
            id: header("webhook-id"),
            timestamp: header("webhook-timestamp"),
            signature: header("webhook-signature"),
            body: Array(buffer: try await request.body.collect(upTo: 1 << 20))
        )
        arrived.yield(message)
        switch reply(number, path) {
        case .status(let status, let headers): return Response(status: status, headers: headers)
        case .silence:
            try await Task.sleep(for: .seconds(3600))
            return Response(status: .ok)
        }
    }
}
