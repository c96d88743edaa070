import CLinux
import Glibc
import IngotCore
import Synchronization

/// Tells the running attempt that it has to stop.
public final class StopSignal: Sendable {
    private struct State {
        var isRequested = false
        var actions: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    public init() {}

    public var isRequested: Bool { state.withLock { $0.isRequested } }

    /// Asks for the stop; only the first call does something.
    public func request() {
        let actions = state.withLock { state in
            state.isRequested = true
            defer { state.actions = [] }
            return state.actions
        }
        for action in actions { action() }
    }

    /// Calls `action` once when the stop is asked for, at once if it was before.
    public func onRequest(_ action: @escaping @Sendable () -> Void) {
        let isRequested = state.withLock { state in
            if !state.isRequested { state.actions.append(action) }
            return state.isRequested
        }
        if isRequested { action() }
    }
}

/// The process around an attempt.
public enum RunnerProcess {
    /// Runs `body` and ends the process with the exit code that it returns.
    ///
    /// The main thread parks and waits for signals. It must neither be an async `main`, which costs a static program
    /// tens of milliseconds when the runtime unwinds the main thread, nor use the default dispositions, which the
    /// kernel does not apply to process 1 of a container.
    public static func run(_ body: @escaping @Sendable (StopSignal) async -> Int32) -> Never {
        // Nothing that a runner starts may gain rights that it has not.
        _ = linux_forbid_new_privileges()
        // A peer that goes away must be an error, not an end.
        signal(SIGPIPE, SIG_IGN)
        var stopSignals = sigset_t()
        sigemptyset(&stopSignals)
        sigaddset(&stopSignals, SIGTERM)
        sigaddset(&stopSignals, SIGINT)
        // Inherited by all threads that start later, so that only this one takes them.
        pthread_sigmask(SIG_BLOCK, &stopSignals, nil)
        let stop = StopSignal()
        Task.detached { exit(await body(stop)) }
        while true {
            var number: Int32 = 0
            if sigwait(&stopSignals, &number) == 0 { stop.request() }
        }
    }
}
