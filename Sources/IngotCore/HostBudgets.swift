import Synchronization

/// Why a request is not even waited for.
public enum HostBudgetRefusal: Error, Sendable, Equatable {
    /// It has ended already, or was taken for one that is never given back.
    case requestEnded
    /// The party's requests have ended, all at once.
    case partyEnded
    /// Somebody else listens for the start of the same request now.
    case askedAgain
    case tooManyWaiting(limit: Int)
    case tooManyHosts(limit: Int)
}

/// The budgets of all hosts, for tasks that wait for their turn.
///
/// Nothing polls: each host has one alarm, set for the moment when its next request may start.
public final class HostBudgets: Sendable {
    /// What there may be at most.
    public struct Bounds: Sendable {
        /// Hosts that are waited for, asked or paused.
        public var hosts = Int.max
        /// Waiting requests of one party.
        public var waiting = Int.max
        /// Requests of one party to one host that it says it makes.
        public var restored = 256

        public init() {}
    }

    /// Hosts that are remembered before idle ones are forgotten.
    private static let idleHosts = 1000

    private typealias Listener = CheckedContinuation<Void, any Error>

    private struct Host {
        var budget: HostBudget
        var listeners: [HostRequest: (number: Int, listener: Listener)] = [:]
        var alarm: (moment: HostBudget.Instant, task: Task<Void, Never>)?
        /// Whether something has come of it.
        var isKept = false
    }

    private struct State {
        var hosts: [String: Host] = [:]
        var lastNumber = 0
        var generator = SystemRandomNumberGenerator()
    }

    private let limits: HostLimitTable
    private let bounds: Bounds
    private let state = Mutex(State())

    public init(limits: HostLimitTable = HostLimitTable(), bounds: Bounds = Bounds()) {
        self.limits = limits
        self.bounds = bounds
    }

    deinit {
        for host in state.withLock({ $0.hosts }).values { host.alarm?.task.cancel() }
    }

    /// Returns when the request may be made; it counts as under way then, until it is given back.
    ///
    /// - Parameter keepsPlace: whether the request stays in the queue for a while when the task is cancelled, so that
    ///   it can be asked for again.
    /// - Throws: `CancellationError`; ``HostBudgetRefusal``.
    public func wait(
        toMake request: HostRequest,
        to host: String,
        minimumInterval: Duration?,
        keepsPlace: Bool = false
    ) async throws {
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (listener: Listener) in
                do {
                    try change(host) { host, state, now in
                        // Cancelled before it waits: the handler has run already and found nobody.
                        if Task.isCancelled { throw CancellationError() }
                        let elsewhere = state.hosts.values.reduce(0) {
                            $0 + $1.budget.waitingCount(of: request.party, at: now)
                        }
                        let waiting = elsewhere + host.budget.waitingCount(of: request.party, at: now)
                        guard waiting < bounds.waiting || host.budget.isWaiting(request) else {
                            throw HostBudgetRefusal.tooManyWaiting(limit: bounds.waiting)
                        }
                        guard host.budget.ask(request, minimumInterval: minimumInterval, at: now) else {
                            throw HostBudgetRefusal.requestEnded
                        }
                        let earlier = host.listeners.updateValue((number, listener), forKey: request)
                        return earlier.map { [($0.listener, .failure(HostBudgetRefusal.askedAgain))] } ?? []
                    }
                } catch {
                    listener.resume(throwing: error)
                }
            }
        } onCancel: {
            stopListening(number, request, host, keepsPlace: keepsPlace)
        }
    }

    /// Gives a request back, with what the host said; `nil` when it was not made, be it that it still waits.
    public func finish(_ request: HostRequest, to host: String, _ answer: HostAnswer?) {
        // Beyond the bound of hosts nobody has asked for it.
        try? change(host) { host, state, now in
            host.budget.finish(request, answer, at: now, using: &state.generator)
            return host.listeners.removeValue(forKey: request)
                .map { [($0.listener, .failure(HostBudgetRefusal.requestEnded))] } ?? []
        }
    }

    /// Takes a grant back, as ``HostBudget/takeBack(_:startedElsewhere:keeping:at:)`` does; the request is to be waited
    /// for again.
    public func takeBack(
        _ request: HostRequest,
        to host: String,
        startedElsewhere age: Duration,
        keeping interval: Duration
    ) {
        try? change(host, ifKnown: true) { host, _, now in
            host.budget.takeBack(request, startedElsewhere: age, keeping: interval, at: now)
            return []
        }
    }

    /// Counts a request that its party makes, although it may not be known here any more.
    public func restore(_ request: HostRequest, to host: String) {
        try? change(host) { [bounds] host, _, now in
            if host.budget.requestsUnderWay(of: request.party) < bounds.restored {
                host.budget.restore(request, at: now)
            }
            return []
        }
    }

    /// Ends all that a party waits for and makes.
    public func end(_ party: String) {
        for name in state.withLock({ Array($0.hosts.keys) }) {
            try? change(name, ifKnown: true) { host, _, _ in
                host.budget.end(party)
                let left = host.listeners.filter { $0.key.party == party }
                for request in left.keys { host.listeners[request] = nil }
                return left.values.map { ($0.listener, .failure(HostBudgetRefusal.partyEnded)) }
            }
        }
    }

    /// How a host is now.
    public struct HostState: Sendable, Equatable {
        public var host: String
        public var limits: HostLimits
        public var underWay: Int
        public var waiting: Int
        /// How long nobody may start; `nil` when there is no pause.
        public var pauseLeft: Duration?
    }

    /// The hosts that are known, by name.
    public var states: [HostState] {
        let now = ContinuousClock.now
        return state.withLock { $0.hosts }.map { name, host in
            HostState(
                host: name,
                limits: host.budget.limits,
                underWay: host.budget.requestsUnderWay,
                waiting: host.budget.waitingCount,
                pauseLeft: host.budget.pauseLeft(at: now)
            )
        }.sorted { $0.host < $1.host }
    }

    // MARK: - Details

    private typealias Resumption = (Listener, Result<Void, any Error>)

    /// Changes a host's state, then starts what may start and sets the alarm for what may start next.
    ///
    /// - Parameter ifKnown: whether nothing is done about a host that is not known.
    private func change(
        _ name: String,
        ifKnown: Bool = false,
        _ body: (inout Host, inout State, HostBudget.Instant) throws -> [Resumption]
    ) throws {
        let resumptions = try state.withLock { state -> [Resumption] in
            let now = ContinuousClock.now
            let known = state.hosts[name]
            if known == nil {
                if ifKnown { return [] }
                try makeRoom(in: &state, at: now)
            }
            // Out of the table while it is changed: what is thrown leaves the table as it was.
            var host = known ?? Host(budget: HostBudget(limits: limits.limits(of: name)))
            state.hosts[name] = nil
            defer { if host.isKept || known != nil { state.hosts[name] = host } }
            var resumptions = try body(&host, &state, now)
            host.isKept = true
            while let request = host.budget.next(at: now) {
                if let entry = host.listeners.removeValue(forKey: request) {
                    resumptions.append((entry.listener, .success(())))
                }
            }
            setAlarm(of: &host, name, at: now)
            return resumptions
        }
        for (listener, result) in resumptions { listener.resume(with: result) }
    }

    private func makeRoom(in state: inout State, at now: HostBudget.Instant) throws {
        guard state.hosts.count >= min(bounds.hosts, HostBudgets.idleHosts) else { return }
        state.hosts = state.hosts.filter { !$0.value.budget.isIdle(at: now) }
        guard state.hosts.count < bounds.hosts else { throw HostBudgetRefusal.tooManyHosts(limit: bounds.hosts) }
    }

    private func setAlarm(of host: inout Host, _ name: String, at now: HostBudget.Instant) {
        let moment = host.budget.nextLook(at: now)
        guard moment != host.alarm?.moment else { return }
        host.alarm?.task.cancel()
        host.alarm = moment.map { moment in
            let task = Task { [weak self] in
                do { try await Task.sleep(until: moment, clock: .continuous) } catch { return }
                try? self?.change(name, ifKnown: true) { host, _, _ in
                    // So that the next alarm is set, be it for the same moment.
                    if host.alarm?.moment == moment { host.alarm = nil }
                    return []
                }
            }
            return (moment, task)
        }
    }

    private func stopListening(_ number: Int, _ request: HostRequest, _ host: String, keepsPlace: Bool) {
        try? change(host, ifKnown: true) { host, state, now in
            guard host.listeners[request]?.number == number else { return [] }
            let listener = host.listeners.removeValue(forKey: request)?.listener
            if keepsPlace {
                host.budget.leave(request, at: now)
            } else {
                host.budget.finish(request, nil, at: now, using: &state.generator)
            }
            return listener.map { [($0, .failure(CancellationError()))] } ?? []
        }
    }
}
