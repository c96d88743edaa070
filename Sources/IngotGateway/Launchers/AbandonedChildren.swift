import CLinux
import Glibc
import Synchronization

/// Children of this process that have ended and that nobody waits for: daemons of runners that led their own session.
///
/// A runner of this gateway leads one as well, and its launcher waits for it. So those are noted, and what has only
/// just ended is left for a while, as a runner is noted a moment after its start.
final class AbandonedChildren: Sendable {
    /// Of this process, which has one table of children.
    static let ofThisProcess = AbandonedChildren()

    /// How long an ended child is left to whoever may have started it.
    static let patience: Duration = .seconds(10)

    private struct Seen {
        var startTime: UInt64
        var since: ContinuousClock.Instant
    }

    private struct State {
        var awaited: [pid_t: Int] = [:]
        var seen: [pid_t: Seen] = [:]
        var isLookingAgain = false
    }

    private let state = Mutex(State())

    /// Notes that somebody waits for this child until ``release(_:)``.
    func noteAwaited(_ child: pid_t) { state.withLock { $0.awaited[child, default: 0] += 1 } }

    /// Notes that the child was waited for.
    func release(_ child: pid_t) {
        state.withLock { state in
            guard let count = state.awaited[child] else { return }
            state.awaited[child] = count > 1 ? count - 1 : nil
        }
    }

    /// Reaps a child that has ended, unless somebody here waits for it, who will.
    ///
    /// - Returns: whether there is nothing left of it to reap here.
    @discardableResult
    func reap(_ child: pid_t) -> Bool {
        state.withLock { $0.awaited[child] != nil || linux_reap_child(child) != 0 }
    }

    /// Looks for ended children once more when their patience is over, as no other runner may end by then.
    func lookAgain(after patience: Duration) {
        let isFirst = state.withLock { state in
            defer { state.isLookingAgain = true }
            return !state.isLookingAgain
        }
        guard isFirst else { return }
        Task {
            try? await Task.sleep(for: patience + .seconds(1))
            state.withLock { $0.isLookingAgain = false }
            await ProcessTree.reapOrphans(leader: -1, seen: [], group: nil, patience: patience)
        }
    }

    /// Reaps those of the ended children that have waited for longer than the patience.
    ///
    /// - Parameter ended: all children that have ended and lead a session.
    func reap(_ ended: [(process: pid_t, startTime: UInt64)], patience: Duration = AbandonedChildren.patience) {
        let now = ContinuousClock.now
        state.withLock { state in
            var seen: [pid_t: Seen] = [:]
            for child in ended where state.awaited[child.process] == nil {
                var entry = Seen(startTime: child.startTime, since: now)
                if let before = state.seen[child.process], before.startTime == child.startTime { entry = before }
                if now - entry.since >= patience, linux_reap_child(child.process) == 1 { continue }
                seen[child.process] = entry
            }
            state.seen = seen
        }
    }
}
