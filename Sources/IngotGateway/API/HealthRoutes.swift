import Hummingbird
import IngotCore

/// Whether the gateway does its work (`GET /healthz`) and can take jobs (`GET /readyz`).
struct HealthRoutes: Sendable {
    let dispatcher: Dispatcher
    private let check: StoreCheck

    init(store: JobStore, dispatcher: Dispatcher) {
        self.dispatcher = dispatcher
        check = StoreCheck(store: store)
    }

    private struct Readiness: Encodable {
        var status: String
        var waiting: Int
        var running: Int
    }

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/healthz", for: .open) { _, _ in try HealthRoutes.answer(await dispatcher.health) }
        routes.on(.get, "/readyz", for: .open) { _, _ in
            guard await dispatcher.takesJobs else {
                throw Problem.unavailable("The gateway is being started or stopped.")
            }
            guard await check.answers() else { throw Problem.unavailable("The database does not answer.") }
            let health = await dispatcher.health
            guard health.unwritten == 0 else {
                throw Problem.unavailable("The database takes no changes now (\(health.storeFailure ?? "unknown")).")
            }
            return try Response.json(Readiness(status: "ready", waiting: health.waiting, running: health.running))
        }
    }

    /// - Throws: ``Problem`` 503 while the queue stands still, and for a minute after it did.
    static func answer(_ health: QueueHealth) throws -> Response {
        guard health.status != .failing else {
            throw Problem(
                "queue-stalled",
                .serviceUnavailable,
                title: "A job waited although a slot that fits it was free.",
                detail: """
                    It waits now, or did within the last minute; the log says more. When this lasts, restart the \
                    gateway: it then starts what waits.
                    """,
                extensions: [
                    "waiting": .integer(Int64(health.waiting)), "running": .integer(Int64(health.running)),
                    "slots": .integer(Int64(health.slots)), "violations": .integer(Int64(health.violations)),
                ],
                headers: [.retryAfter: "1"]
            )
        }
        return try Response.json(health)
    }
}
