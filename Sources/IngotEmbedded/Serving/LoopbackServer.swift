import Hummingbird
import Logging

/// One endpoint on its port.
struct LoopbackServer<Endpoint: EmbeddedEndpoint>: Sendable {
    private static var backlog: Int { 1024 }

    let listening = Gate()
    private let name: String
    private let responder: EmbeddedResponder<Endpoint>
    private let reservation: PortReservation
    private let logger: Logger

    init(name: String, endpoint: Endpoint, faults: FaultDealer?, reservation: PortReservation, logger: Logger) {
        self.name = name
        responder = EmbeddedResponder(endpoint: endpoint, faults: faults)
        self.reservation = reservation
        self.logger = logger
    }

    func run() async throws {
        var logger = logger
        // The server announces itself at this level; the gateway has its own words for that.
        if logger.logLevel == .info { logger.logLevel = .notice }
        let application = Application(
            responder: responder,
            server: .http1(configuration: .init(idleTimeout: .seconds(75))),
            configuration: ApplicationConfiguration(
                address: .hostname("127.0.0.1", port: reservation.port),
                serverName: nil,
                backlog: Self.backlog
            ),
            onServerRunning: { _ in listening.open() },
            logger: logger
        )
        do {
            try await application.run()
            listening.open(.failure(CancellationError()))
        } catch {
            listening.open(.failure(error))
            throw error
        }
    }
}
