import NIOCore
import Synchronization

/// A watcher of one job, as those know it who are not on its connection's event loop.
final class Watcher: Sendable {
    /// What a watcher's connection needs of whoever answers its request.
    enum Demand: Sendable {
        /// It was too slow and has lost events.
        case snapshot
        /// Nothing more can be sent, or nothing more is there to send.
        case end
    }

    private struct State {
        var demand: Demand?
        var waiter: CheckedContinuation<Demand, Never>?
    }

    private let channel: any Channel
    private let state = Mutex(State())
    /// `nil` before the connection is taken.
    private let connection: NIOLoopBoundBox<EventConnection?>

    private init(_ channel: any Channel) {
        self.channel = channel
        connection = .makeEmptyBox(eventLoop: channel.eventLoop)
    }

    /// Takes a connection, before the head of its answer is written.
    ///
    /// - Parameter standing: whether the watcher may still watch.
    static func take(
        _ channel: any Channel,
        while standing: CallerStanding,
        metrics: GatewayMetrics
    ) async throws -> Watcher {
        let watcher = Watcher(channel)
        try await channel.eventLoop.submit {
            let connection = EventConnection(standing: standing, metrics: metrics) { watcher.note($0) }
            try channel.pipeline.syncOperations.addHandler(connection, position: .first)
            watcher.connection.value = connection
        }.get()
        return watcher
    }

    var eventLoop: any EventLoop { channel.eventLoop }

    /// Its connection; on the event loop only.
    var onLoop: EventConnection? { connection.value }

    /// Waits for what the connection needs, the end being the last; one task at a time.
    func nextDemand() async -> Demand {
        await withCheckedContinuation { continuation in
            let demand = state.withLock { state -> Demand? in
                guard let demand = state.demand else {
                    state.waiter = continuation
                    return nil
                }
                if demand != .end { state.demand = nil }
                return demand
            }
            if let demand { continuation.resume(returning: demand) }
        }
    }

    /// Ends it once it has what was given to it so far.
    func finish() {
        eventLoop.execute { self.onLoop?.finish() }
    }

    /// Ends the connection after its answer, which has used it up.
    func close() {
        channel.close(mode: .output, promise: nil)
    }

    private func note(_ demand: Demand) {
        let waiter = state.withLock { state -> CheckedContinuation<Demand, Never>? in
            if let waiter = state.waiter {
                state.waiter = nil
                // The end stays for whoever asks again.
                if demand == .end { state.demand = .end }
                return waiter
            }
            if state.demand != .end { state.demand = demand }
            return nil
        }
        waiter?.resume(returning: demand)
    }
}
