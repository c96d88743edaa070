import Hummingbird
import IngotCore

/// `GET /api/hosts`: the hosts that jobs ask now, and how each one's budget is used.
struct HostRoute: Sendable {
    let budgets: HostBudgets

    private struct Page: Encodable {
        var hosts: [Host]
    }

    private struct Host: Encodable {
        var host: String
        var rate: Double
        var requests: Int
        var inFlight: Int
        var waiting: Int
        var pausedUntil: Timestamp?

        init(_ state: HostBudgets.HostState, at now: Timestamp) {
            host = state.host
            rate = state.limits.rate
            requests = state.limits.requests
            inFlight = state.underWay
            waiting = state.waiting
            pausedUntil = state.pauseLeft.map(now.advanced)
        }

        enum CodingKeys: String, CodingKey {
            case host, rate, requests, waiting
            case inFlight = "in_flight"
            case pausedUntil = "paused_until"
        }
    }

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/api/hosts", for: .role(.viewer)) { _, _ in
            let now = Timestamp.now()
            return try .json(Page(hosts: budgets.states.map { Host($0, at: now) }))
        }
    }
}
