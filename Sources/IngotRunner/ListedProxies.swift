import IngotCore
import Synchronization

/// The job's own list of proxies, taken in turn: each session gets the next one, each attempt begins at another.
final class ListedProxies: ProxyLeasing {
    /// Failures in a row after which a proxy is not taken any more in this attempt.
    private static let maximumFailures = 3
    /// The most sessions that keep a proxy; beyond that, all choose anew.
    private static let maximumSessions = 10_000

    private struct State {
        var next: Int
        var sessions: [String: Int] = [:]
        var failures: [Int: Int] = [:]
        var out: Set<Int> = []
    }

    private let proxies: [ProxyAddress]
    private let directAllowed: Bool
    private let state: Mutex<State>

    /// - Parameters:
    ///   - proxies: at least one.
    ///   - attempt: the number of the attempt, from 1.
    init(_ proxies: [ProxyAddress], attempt: Int, directAllowed: Bool) {
        self.proxies = proxies
        self.directAllowed = directAllowed
        state = Mutex(State(next: (max(attempt, 1) - 1) % max(proxies.count, 1)))
    }

    func lease(forSession session: String, toAsk host: String) async throws -> ProxyLease {
        let index = state.withLock { state -> Int? in
            if let index = state.sessions[session] { return index }
            guard state.out.count < proxies.count else { return nil }
            while state.out.contains(state.next) { state.next = (state.next + 1) % proxies.count }
            let index = state.next
            state.next = (state.next + 1) % proxies.count
            if state.sessions.count >= Self.maximumSessions { state.sessions = [:] }
            state.sessions[session] = index
            return index
        }
        if let index { return .proxy(proxies[index], id: String(index)) }
        guard directAllowed else { throw JobFailure.noProxy(toAsk: host) }
        return .direct
    }

    func report(_ outcome: ProxyOutcome, of lease: ProxyLease) async {
        guard case .proxy(_, let id) = lease, let index = Int(id) else { return }
        state.withLock { state in
            switch outcome {
            case .served: state.failures[index] = 0
            case .failed:
                state.failures[index, default: 0] += 1
                if state.failures[index, default: 0] >= Self.maximumFailures { state.out.insert(index) }
            case .lied: state.out.insert(index)
            }
            // Its sessions choose anew.
            if outcome != .served { state.sessions = state.sessions.filter { $0.value != index } }
        }
    }
}
