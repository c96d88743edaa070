import Hummingbird
import IngotCore

/// Whether the gateway does its work (`GET /healthz`) and can take jobs (`GET /readyz`).
struct HealthRoutes: Sendable {
    let dispatcher: Dispatcher
    let vitals: Vitals

    private struct Readiness: Encodable {
        var status: String
        var waiting: Int
        var running: Int
    }

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/healthz", for: .open) { _, _ in
            try HealthRoutes.answer(GatewayHealth(queue: await dispatcher.health, vitals: await vitals.known))
        }
        routes.on(.get, "/readyz", for: .open) { _, _ in
            guard await dispatcher.takesJobs else {
                throw Problem.unavailable("The gateway is being started or stopped.")
            }
            guard await vitals.store.answers() else { throw Problem.unavailable("The database does not answer.") }
            guard vitals.disk()?.isReserveReached != true else {
                throw Problem.unavailable("The disk is full but for what jobs leave to the gateway.")
            }
            // Anybody may ask, so what exactly is wrong with the launcher is for the log.
            guard await vitals.launcher.answer() == .none else {
                throw Problem.unavailable("No runner can be started now; the gateway's log says why.")
            }
            let health = await dispatcher.health
            guard health.unwritten == 0 else {
                throw Problem.unavailable("The database takes no changes now (\(health.storeFailure ?? "unknown")).")
            }
            return try Response.json(Readiness(status: "ready", waiting: health.waiting, running: health.running))
        }
    }

    /// - Throws: ``Problem`` 503 while the queue stands still, and for a minute after it did.
    static func answer(_ whole: GatewayHealth) throws -> Response {
        let health = whole.queue
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
        return try Response.json(whole)
    }
}
