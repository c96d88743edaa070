import Glibc
import Synchronization

/// The way to end the process that one call of the launcher watches, whether it is there yet or not.
///
/// Signals reach it only while its number is its own.
final class RunnerStop: Sendable {
    private struct State {
        var process: pid_t?
        /// A tree in a sandbox, of which not all are asked to end; `nil`: the whole process group is.
        var tree: RunnerTree?
        var isRequested = false
        var hasEnded = false
        var limit: String?
    }

    private let grace: Duration
    private let state = Mutex(State())

    /// - Parameter grace: the time between SIGTERM and SIGKILL.
    init(grace: Duration) { self.grace = grace }

    var isRequested: Bool { state.withLock { $0.isRequested } }

    /// The limit that was the first reason to end it; `nil` while it has kept to all.
    var limit: String? { state.withLock { $0.limit } }

    /// Notes that a limit is exceeded.
    func exceeded(_ limit: String) {
        state.withLock { $0.limit = $0.limit ?? limit }
    }

    func started(_ process: pid_t, tree: RunnerTree?) {
        let isRequested = state.withLock { state in
            state.process = process
            state.tree = tree
            return state.isRequested
        }
        if isRequested { end() }
    }

    /// The number is not signalled any more from now on.
    func ended() {
        state.withLock { $0.hasEnded = true }
    }

    /// Asks the runner to end as soon as it is there, and kills it when it has not after the grace period.
    func request() {
        let isThere = state.withLock { state in
            state.isRequested = true
            return state.process != nil
        }
        if isThere { end() }
    }

    /// The grace period begins when there is a runner that can be asked: one that starts slowly must not outlive it.
    private func end() {
        ask()
        // Outlives the caller on purpose, as the caller is a cancellation handler; it holds nothing but this object.
        Task {
            try? await Task.sleep(for: grace)
            kill()
        }
    }

    /// Kills the runner's process group at once.
    func kill() {
        state.withLock { state in
            if let process = state.process, !state.hasEnded { _ = Glibc.kill(-process, SIGKILL) }
        }
    }

    private func ask() {
        state.withLock { state in
            guard let process = state.process, !state.hasEnded else { return }
            for target in state.tree?.listeners ?? [-process] {
                _ = Glibc.kill(target, SIGTERM)
                // What is stopped hears nothing.
                _ = Glibc.kill(target, SIGCONT)
            }
        }
    }
}
