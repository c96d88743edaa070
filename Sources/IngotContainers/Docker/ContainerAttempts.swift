import Synchronization

/// The containers that this launcher watches, by name.
final class ContainerAttempts: Sendable {
    /// One of them.
    struct Watched: Sendable {
        var stop: ContainerStop
        var follow: LogFollow
        var following: Task<Void, Never>
    }

    private struct State {
        var watched: [String: Watched] = [:]
        /// Those that were left before they were watched.
        var left: Set<String> = []
    }

    private let state = Mutex(State())

    /// Begins to follow a container's log; nothing is read of one that was left already.
    func begin(_ name: String, _ stop: ContainerStop, _ follow: LogFollow) -> Task<Void, Never> {
        state.withLock { state in
            if state.left.remove(name) != nil {
                stop.leave()
                follow.leave()
            }
            let following = Task { await follow.run() }
            state.watched[name] = Watched(stop: stop, follow: follow, following: following)
            return following
        }
    }

    func end(_ name: String, _ stop: ContainerStop) {
        state.withLock { state in
            if state.watched[name]?.stop === stop { state.watched[name] = nil }
        }
    }

    func isWatched(_ name: String) -> Bool {
        state.withLock { state in state.watched[name].map { !$0.stop.isLeft } ?? false }
    }

    /// Whether it was left before it was watched.
    func isLeft(_ name: String) -> Bool { state.withLock { $0.left.contains(name) } }

    /// Stops following a container's log; returns when all that was read was handed on.
    func leave(_ name: String) async {
        let watched = state.withLock { state in
            if state.watched[name] == nil { state.left.insert(name) }
            return state.watched[name]
        }
        guard let watched else { return }
        watched.stop.leave()
        watched.follow.leave()
        await watched.following.value
    }
}
