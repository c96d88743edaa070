import NIOCore
import Synchronization

/// The connections of a server, so that they end when it does.
final class OpenConnections: Sendable {
    private enum Ending {
        case quiescing
        case cut
    }

    private struct State {
        var open: [Int: (channel: any Channel, handling: Task<Void, Never>)] = [:]
        var next = 0
        var ending: Ending?
    }

    private let state = Mutex(State())

    /// Notes a connection; one that comes when the server ends already is ended as well.
    func add(_ channel: any Channel, _ handling: Task<Void, Never>) -> Int {
        let (number, ending) = state.withLock { state in
            state.next += 1
            state.open[state.next] = (channel, handling)
            return (state.next, state.ending)
        }
        switch ending {
        case .quiescing: channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        case .cut: cut(channel, handling)
        case nil: break
        }
        return number
    }

    func remove(_ number: Int) { state.withLock { $0.open[number] = nil } }

    /// Closes each connection after the request that it is at, if any.
    func quiesce() {
        for (channel, _) in end(.quiescing) {
            channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
    }

    /// Closes each connection now and cancels its request.
    func cut() {
        for (channel, handling) in end(.cut) { cut(channel, handling) }
    }

    private func cut(_ channel: any Channel, _ handling: Task<Void, Never>) {
        handling.cancel()
        channel.close(promise: nil)
    }

    private func end(_ ending: Ending) -> [(channel: any Channel, handling: Task<Void, Never>)] {
        state.withLock { state in
            state.ending = ending
            return Array(state.open.values)
        }
    }
}
