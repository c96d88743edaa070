import ServiceLifecycle
import Synchronization

/// Measures by how much the gateway's timers are late: what keeps them from being on time keeps everything.
final class TimerDelay: Service, CustomStringConvertible {
    private struct State {
        var longest = Duration.zero
        var lastLook = ContinuousClock.now
        /// The longest delay of the interval that is over.
        var previous = Duration.zero
    }

    /// How long a delay is remembered, so that whoever looks now and then sees it.
    static let memory: Duration = .seconds(30)

    var description: String { "TimerDelay" }
    private let interval: Duration
    private let state = Mutex(State())

    init(interval: Duration = .milliseconds(500)) {
        self.interval = interval
    }

    /// The longest delay within about the last half minute.
    var longest: Duration { state.withLock { max($0.longest, $0.previous) } }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while true {
                let start = ContinuousClock.now
                do { try await Task.sleep(for: self.interval) } catch { return }
                self.note(.now - start - self.interval, at: .now)
            }
        }
    }

    func note(_ delay: Duration, at now: ContinuousClock.Instant) {
        state.withLock { state in
            if now - state.lastLook > Self.memory {
                state.previous = state.longest
                state.longest = .zero
                state.lastLook = now
            }
            state.longest = max(state.longest, delay)
        }
    }
}
