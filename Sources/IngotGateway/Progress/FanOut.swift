import NIOCore
import Synchronization

/// The watchers of one job whose connections are on one event loop.
///
/// The job's actor says what happens, in its order, and never waits. The loop then gives each connection the same
/// bytes, encoded and framed once; what has come meanwhile goes out together.
final class FanOut: Sendable {
    private struct State {
        var steps = FanOutSteps<Watcher>()
        var isScheduled = false
    }

    private let eventLoop: any EventLoop
    private let state = Mutex(State())
    private let connections: NIOLoopBoundBox<[ObjectIdentifier: EventConnection]?>

    init(on eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        connections = .makeEmptyBox(eventLoop: eventLoop)
    }

    /// Gives all watchers an event.
    func offer(_ event: ByteBuffer) {
        schedule { $0.add(event: event, at: .now) }
    }

    func add(_ step: FanOutSteps<Watcher>.Step) {
        schedule { $0.add(step) }
    }

    private func schedule(_ add: (inout FanOutSteps<Watcher>) -> Void) {
        let isFirst = state.withLock { state in
            add(&state.steps)
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        if isFirst { eventLoop.execute { self.perform() } }
    }

    private func perform() {
        let steps = state.withLock { state in
            state.isScheduled = false
            return state.steps.take()
        }
        // Taken out, so that what changes is not copied first.
        var connections = self.connections.value ?? [:]
        self.connections.value = nil
        defer { self.connections.value = connections }
        for step in steps {
            switch step {
            case .events(let events, let since):
                let bytes = EventFrame.chunk(events)
                for connection in connections.values { connection.give(bytes, since: since) }
            case .overflow:
                for connection in connections.values { connection.lose() }
            case .start(let watcher, let bytes):
                guard let connection = watcher.onLoop else { continue }
                connections[ObjectIdentifier(watcher)] = connection
                connection.give(EventFrame.chunk(bytes), since: .now)
            case .restart(let watcher, let bytes):
                watcher.onLoop?.restart(with: EventFrame.chunk(bytes))
            case .leave(let watcher):
                connections[ObjectIdentifier(watcher)] = nil
            case .finish(let watcher):
                connections[ObjectIdentifier(watcher)] = nil
                watcher.onLoop?.finish()
            case .finishAll:
                for connection in connections.values { connection.finish() }
                connections = [:]
            case .beat(let beat):
                let bytes = EventFrame.chunk(beat)
                for connection in connections.values { connection.giveIfIdle(bytes) }
            }
        }
    }
}
