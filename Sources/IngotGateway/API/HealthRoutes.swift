import Hummingbird
import IngotCore

/// Whether the process answers (`GET /healthz`) and can take jobs (`GET /readyz`).
struct HealthRoutes: Sendable {
    let store: JobStore
    let dispatcher: Dispatcher

    private struct Readiness: Encodable {
        var status: String
        var waiting: Int
        var running: Int
    }

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/healthz", for: .open) { _, _ in try Response.json(["status": "ok"]) }
        routes.on(.get, "/readyz", for: .open) { _, _ in
            guard await dispatcher.takesJobs else {
                throw Problem.unavailable("The gateway is being started or stopped.")
            }
            do { try await store.check() } catch {
                throw Problem.unavailable("The database does not answer.")
            }
            let load = await dispatcher.load
            return try Response.json(Readiness(status: "ready", waiting: load.waiting, running: load.running))
        }
    }
}
