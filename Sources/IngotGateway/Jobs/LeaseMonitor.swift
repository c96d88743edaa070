import ServiceLifecycle
import Synchronization

/// Looks every moment whether a runner has been silent for too long.
///
/// A gateway that was itself frozen must not blame its runners: when a look comes late, all leases last that much
/// longer, because in that time no report could be taken.
final class LeaseMonitor: Service {
    private struct Watched {
        var lease: AttemptLease
        var expired: @Sendable () async -> Void
    }

    private struct State {
        var watched: [ObjectIdentifier: Watched] = [:]
        var lastLook: ContinuousClock.Instant?
    }

    /// A look that comes this much late was held up by more than a busy machine.
    static let tolerance: Duration = .seconds(1)

    private let interval: Duration
    private let state = Mutex(State())

    /// - Parameter interval: the time between two looks.
    init(interval: Duration = .seconds(1)) {
        self.interval = interval
    }

    /// Watches a lease until it is no longer held, and calls `expired` once when it has run out.
    func watch(_ lease: AttemptLease, expired: @escaping @Sendable () async -> Void) {
        state.withLock { $0.watched[ObjectIdentifier(lease)] = Watched(lease: lease, expired: expired) }
    }

    func stopWatching(_ lease: AttemptLease) {
        state.withLock { state in _ = state.watched.removeValue(forKey: ObjectIdentifier(lease)) }
    }

    /// Looks at all leases.
    ///
    /// - Returns: what to call for those that have run out; each is watched no longer.
    func look(at now: ContinuousClock.Instant) -> [@Sendable () async -> Void] {
        state.withLock { state in
            let lateness = state.lastLook.map { now - $0 - interval } ?? .zero
            state.lastLook = now
            if lateness > LeaseMonitor.tolerance {
                for watched in state.watched.values { watched.lease.extend(by: lateness) }
            }
            let expired = state.watched.filter { $0.value.lease.hasExpired(at: now) }
            for key in expired.keys { state.watched[key] = nil }
            return expired.values.map(\.expired)
        }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { await self.watchContinuously() }
    }

    private func watchContinuously() async {
        // The first look may come late as well.
        state.withLock { $0.lastLook = .now }
        await withDiscardingTaskGroup { group in
            while true {
                do { try await Task.sleep(for: interval) } catch { return }
                // Killing one frozen runner must not delay the look at the others.
                for expired in look(at: .now) { group.addTask { await expired() } }
            }
        }
    }
}
