/// A request that somebody wants to make, makes or has made.
public struct HostRequest: Sendable, Hashable {
    /// Who asks: requests of one party wait behind each other, and parties take turns.
    public var party: String
    /// The party's own name for the request, given once.
    public var id: String

    public init(party: String, id: String) {
        self.party = party
        self.id = id
    }
}

/// Says when each of many requests to one host may start; knows nothing of clocks, tasks and networks.
///
/// Starts keep their distance, no more than so many requests are under way, and nobody starts during a pause. A start
/// is granted when its time has come and not before, so a pause holds for everybody who has not begun.
public struct HostBudget: Sendable {
    public typealias Instant = ContinuousClock.Instant

    /// How long a request that is never given back counts as under way: longer than any request may take.
    public static let lifetime: Duration = .seconds(20 * 60)
    /// How long a place in the queue is kept for somebody who was told to ask again.
    public static let placeKeeping: Duration = .seconds(30)
    /// The longest distance that a host can wish for.
    public static let longestInterval: Duration = .seconds(86_400)
    /// How many ended requests are known by name, so that what is said of them twice or too late changes nothing.
    static let remembered = 512

    private struct Waiting {
        var id: String
        var minimumInterval: Duration
        /// Until when its place is kept; `nil` while somebody listens for the start.
        var keptUntil: Instant?
    }

    private struct Held {
        var began: Instant
        var until: Instant
    }

    public let limits: HostLimits
    private var held: [HostRequest: Held] = [:]
    private var lanes: [String: [Waiting]] = [:]
    /// The parties that wait, the one whose turn it is first.
    private var turns: [String] = []
    private var last: (start: Instant, interval: Duration)?
    private var pause = HostPause()
    /// The requests that ended last, oldest first.
    private var ended: [HostRequest] = []

    public init(limits: HostLimits) { self.limits = limits }

    // MARK: - Asking

    /// Puts a request into the queue.
    ///
    /// One that waits already keeps its place. One that was granted was not made, as its party asks again: the answer
    /// was lost on its way. It waits anew, first of its party, because its start was for another moment.
    ///
    /// - Returns: whether it waits; `false` when it has ended already.
    @discardableResult
    public mutating func ask(_ request: HostRequest, minimumInterval: Duration?, at now: Instant) -> Bool {
        tidy(at: now)
        guard !ended.contains(request) else { return false }
        let waiting = Waiting(
            id: request.id,
            minimumInterval: min(max(minimumInterval ?? .zero, .zero), HostBudget.longestInterval)
        )
        if lanes[request.party] == nil { turns.append(request.party) }
        var lane = lanes[request.party] ?? []
        if let index = lane.firstIndex(where: { $0.id == request.id }) {
            lane[index] = waiting
        } else if held.removeValue(forKey: request) != nil {
            lane.insert(waiting, at: 0)
        } else {
            lane.append(waiting)
        }
        lanes[request.party] = lane
        return true
    }

    /// Notes that nobody listens for a request's start now: it keeps its place for a while and is not granted.
    public mutating func leave(_ request: HostRequest, at now: Instant) {
        guard let index = lanes[request.party]?.firstIndex(where: { $0.id == request.id }) else { return }
        lanes[request.party]?[index].keptUntil = now + HostBudget.placeKeeping
    }

    /// Takes the next request that may start now; it is under way from here on.
    public mutating func next(at now: Instant) -> HostRequest? {
        tidy(at: now)
        guard held.count < limits.requests, pause.isOver(at: now), let (request, waiting) = candidate,
            earliest(waiting).map({ $0 <= now }) ?? true
        else { return nil }
        remove(request)
        // Whoever was served goes behind all others that wait.
        if let index = turns.firstIndex(of: request.party) { turns.append(turns.remove(at: index)) }
        held[request] = Held(began: now, until: now + HostBudget.lifetime)
        last = (now, max(limits.interval, waiting.minimumInterval))
        return request
    }

    /// When ``next(at:)`` may give something that it does not give now, unless something happens before.
    public func nextLook(at now: Instant) -> Instant? {
        guard let (_, waiting) = candidate else { return nil }
        if held.count >= limits.requests { return held.values.map(\.until).min() }
        return [pause.until, earliest(waiting)].compactMap { $0 }.max() ?? now
    }

    /// Takes a grant back: somebody elsewhere has asked the host a while ago, and the distance to that start holds too.
    ///
    /// The request waits anew once its party asks again.
    ///
    /// - Parameters:
    ///   - age: how long ago the other start was.
    ///   - interval: the distance that the other request keeps.
    public mutating func takeBack(
        _ request: HostRequest,
        startedElsewhere age: Duration,
        keeping interval: Duration,
        at now: Instant
    ) {
        guard let began = held[request]?.began, let own = last else { return }
        // Another request may have been granted since; then that one's start counts as well.
        let isOwn = own.start == began
        let elsewhere = (start: now - age, interval: max(limits.interval, min(interval, HostBudget.longestInterval)))
        if isOwn || own.start + own.interval < elsewhere.start + elsewhere.interval { last = elsewhere }
    }

    // MARK: - Ends

    /// Ends a request, wherever it is, with what the host said; `nil` when it was not made.
    public mutating func finish(
        _ request: HostRequest,
        _ answer: HostAnswer?,
        at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) {
        tidy(at: now)
        guard !ended.contains(request) else { return }
        let began = held.removeValue(forKey: request)?.began
        remove(request)
        remember(request)
        switch answer {
        case .throttled(let retryAfter):
            // Also when nobody knows the request any more: that the host is loaded is true all the same.
            pause.throttle(retryAfter: retryAfter, began: began, at: now, using: &generator)
        case .served:
            if let began { pause.serve(began: began) }
        case .failed, .unknown, nil: break
        }
    }

    /// Counts a request that its party makes although it is not known here: it was granted before a restart.
    public mutating func restore(_ request: HostRequest, at now: Instant) {
        guard held[request] == nil, !ended.contains(request), !isWaiting(request) else { return }
        held[request] = Held(began: now, until: now + HostBudget.lifetime)
        last = (now, max(limits.interval, last?.interval ?? .zero))
    }

    /// Ends all requests of a party.
    public mutating func end(_ party: String) {
        held = held.filter { $0.key.party != party }
        lanes[party] = nil
        turns.removeAll { $0 == party }
        ended.removeAll { $0.party == party }
    }

    // MARK: - What it is like

    public var requestsUnderWay: Int { held.count }
    public var waitingCount: Int { lanes.values.reduce(0) { $0 + $1.count } }

    /// Without those whose place was kept long enough.
    public func waitingCount(of party: String, at now: Instant) -> Int {
        lanes[party]?.count { !isForgotten($0, at: now) } ?? 0
    }

    public func isWaiting(_ request: HostRequest) -> Bool {
        lanes[request.party]?.contains { $0.id == request.id } ?? false
    }

    public func requestsUnderWay(of party: String) -> Int { held.keys.count { $0.party == party } }

    /// How long nobody may start; `nil` when there is no pause.
    public func pauseLeft(at now: Instant) -> Duration? {
        guard let until = pause.until, until > now else { return nil }
        return until - now
    }

    /// Whether nothing would be lost if the host were forgotten.
    public func isIdle(at now: Instant) -> Bool {
        let hasKeptDistance = last.map { $0.start + $0.interval <= now } ?? true
        var tidied = self
        tidied.tidy(at: now)
        return tidied.held.isEmpty && tidied.lanes.isEmpty && pause.isOver(at: now) && hasKeptDistance
    }

    // MARK: - Details

    /// Whose turn it is, of those that somebody listens for.
    private var candidate: (HostRequest, Waiting)? {
        for party in turns {
            guard let waiting = lanes[party]?.first(where: { $0.keptUntil == nil }) else { continue }
            return (HostRequest(party: party, id: waiting.id), waiting)
        }
        return nil
    }

    /// The distance holds for both requests, the one before and this one.
    private func earliest(_ waiting: Waiting) -> Instant? {
        last.map { $0.start + max($0.interval, waiting.minimumInterval) }
    }

    private mutating func remove(_ request: HostRequest) {
        guard var lane = lanes[request.party] else { return }
        lane.removeAll { $0.id == request.id }
        lanes[request.party] = lane.isEmpty ? nil : lane
        if lane.isEmpty { turns.removeAll { $0 == request.party } }
    }

    private mutating func remember(_ request: HostRequest) {
        ended.append(request)
        if ended.count > HostBudget.remembered { ended.removeFirst(ended.count - HostBudget.remembered) }
    }

    /// Lets go of requests that were never given back, and of places that were kept long enough.
    private mutating func tidy(at now: Instant) {
        for (request, holding) in held where holding.until <= now {
            held[request] = nil
            remember(request)
        }
        for (party, lane) in lanes where lane.contains(where: { isForgotten($0, at: now) }) {
            let rest = lane.filter { !isForgotten($0, at: now) }
            lanes[party] = rest.isEmpty ? nil : rest
            if rest.isEmpty { turns.removeAll { $0 == party } }
        }
    }

    private func isForgotten(_ waiting: Waiting, at now: Instant) -> Bool {
        waiting.keptUntil.map { $0 <= now } ?? false
    }
}
