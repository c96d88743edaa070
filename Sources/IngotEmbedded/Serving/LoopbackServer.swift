import CoreMetrics
import Hummingbird
import Logging
import ServiceLifecycle

/// One endpoint on its port.
struct LoopbackServer<Endpoint: EmbeddedEndpoint>: Sendable {
    private static var backlog: Int { 1024 }

    let listening = Gate()
    private let name: String
    private let responder: EmbeddedResponder<Endpoint>
    private let reservation: PortReservation
    private let logger: Logger

    init(
        name: String,
        endpoint: Endpoint,
        faults: FaultDealer?,
        reservation: PortReservation,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance,
        logger: Logger
    ) {
        self.name = name
        responder = EmbeddedResponder(endpoint: endpoint, faults: faults) { status in
            Counter(
                label: "ingot_embedded_requests_total",
                dimensions: [("store", name), ("status", String(status))],
                factory: metrics
            ).increment()
        }
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
            try await LoopbackServer.serve(application, logger)
            listening.open(.failure(CancellationError()))
        } catch {
            listening.open(.failure(error))
            throw error
        }
    }

    /// Serves until the task is cancelled or a graceful shutdown begins.
    ///
    /// A connection that comes in while a server's own task is cancelled ends the whole process (swift-nio, issue
    /// 2637). So a cancelled server closes its port first, and what it is doing is cancelled a moment later.
    private static func serve(_ application: some Service, _ logger: Logger) async throws {
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: application, successTerminationBehavior: .gracefullyShutdownGroup)],
                logger: logger
            )
        )
        let serving = Task { try await group.run() }
        try await withTaskCancellationHandler {
            try await withGracefulShutdownHandler {
                try await serving.value
            } onGracefulShutdown: {
                Task { await group.triggerGracefulShutdown() }
            }
        } onCancel: {
            Task {
                await group.triggerGracefulShutdown()
                try? await Task.sleep(for: .seconds(1))
                serving.cancel()
            }
        }
    }
}
