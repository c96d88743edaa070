import HTTPTypes
import Hummingbird
import HummingbirdCore
import IngotCore
import IngotS3
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// One endpoint on its port.
///
/// Hummingbird's own server opens its port itself and late. This one takes a socket that listens already, and hands
/// each connection to Hummingbird.
struct LoopbackServer<Endpoint: EmbeddedEndpoint>: Sendable {
    let listening = Gate()
    private let name: String
    private let responder: EmbeddedResponder<Endpoint>
    private let socket: ListeningSocket
    private let logger: Logger

    init(name: String, endpoint: Endpoint, faults: FaultDealer?, socket: ListeningSocket, logger: Logger) {
        self.name = name
        responder = EmbeddedResponder(endpoint: endpoint, faults: faults)
        self.socket = socket
        self.logger = logger
    }

    /// Serves until the task is cancelled, which cuts the connections, or a graceful shutdown begins, which lets the
    /// requests under way end.
    func run() async throws {
        let http = http
        let listener: NIOAsyncChannel<HTTP1Channel.Value, Never>
        do {
            listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .bind(socket.handOver()) { channel in http.setup(channel: channel, logger: logger) }
        } catch {
            listening.open(.failure(error))
            throw error
        }
        listening.open()
        let connections = OpenConnections()
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                // A cancelled task would drop connections that were accepted and not yet handled, which NIO takes for
                // an error in the program. This task is never cancelled: it ends when the socket is closed.
                await Task { await serve(listener, http, connections) }.value
            } onGracefulShutdown: {
                listener.channel.close(promise: nil)
                connections.quiesce()
            }
        } onCancel: {
            listener.channel.close(promise: nil)
            connections.cut()
        }
        try Task.checkCancellation()
    }

    private func serve(
        _ listener: NIOAsyncChannel<HTTP1Channel.Value, Never>,
        _ http: HTTP1Channel,
        _ connections: OpenConnections
    ) async {
        await withDiscardingTaskGroup { group in
            do {
                try await listener.executeThenClose { accepted in
                    for try await connection in accepted {
                        let handling = Task { await http.handle(value: connection, logger: logger) }
                        let number = connections.add(connection.channel, handling)
                        group.addTask {
                            await handling.value
                            connections.remove(number)
                        }
                    }
                }
            } catch {
                logger.error(
                    "A store accepts no more connections",
                    metadata: ["store": "\(name)", "error": "\(error)"]
                )
            }
        }
    }

    private var http: HTTP1Channel {
        HTTP1Channel { [responder, logger] request, writer, channel in
            let context = EmbeddedRequestContext(
                source: ApplicationRequestContextSource(channel: channel, logger: logger)
            )
            var response: Response
            do {
                response = try await responder.respond(to: request, context: context)
            } catch {
                response = Response(status: .internalServerError)
            }
            response.headers[.date] = HTTPDate.text(.now())
            try await writer.write(response: response.head, body: response.body)
        }
    }
}
