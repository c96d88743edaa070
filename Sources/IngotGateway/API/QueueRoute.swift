import Hummingbird
import IngotCore

/// How the slots are used, and what waits for one.
struct QueueState: Sendable, Encodable, Equatable {
    var slots: Int
    var running: Int
    /// Jobs that wait for a slot, those of other sources included.
    var waiting: Int
    /// Jobs whose next attempt is not due yet.
    var retrying: Int
    var sources: [SlotUse]
    var hosts: [SlotUse]
    /// The jobs that wait, in the order in which they would start; those that are tried again later come last.
    var jobs: [WaitingJob]
}

/// `GET /api/queue`: how the slots are used, and why each job waits that does.
struct QueueRoute: Sendable {
    let dispatcher: Dispatcher

    /// The most waiting jobs that are looked at.
    private static let maximum = 500

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/api/queue", for: .role(.viewer)) { request, context in
            let limit = try request.queryNumber("limit", in: 1...Self.maximum) ?? 50
            guard let caller = context.caller, caller.sources != nil else {
                return try .json(await dispatcher.queueState(limit: limit))
            }
            // Positions are those among all, but whose the others are is not told.
            var state = await dispatcher.queueState(limit: Self.maximum)
            state.jobs = Array(state.jobs.filter { caller.mayUse(source: $0.source) }.prefix(limit))
            state.sources.removeAll { !caller.mayUse(source: $0.name) }
            state.hosts = []
            return try .json(state)
        }
    }
}
