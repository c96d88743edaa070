import Synchronization

/// One request that a site was asked.
public struct SiteRequest: Sendable {
    public let method: String
    /// Without the query.
    public let path: String
    /// When its head had come.
    public let start: ContinuousClock.Instant
    /// When the last of its answer was handed to the connection, or its connection was given up.
    public internal(set) var end: ContinuousClock.Instant?
    /// Of the answer; `nil` when there was none.
    public internal(set) var status: Int?
    /// What went wrong on purpose.
    public internal(set) var fault: SiteFault?
    /// Whether it asks for the file only if it has changed.
    public let isConditional: Bool
    /// The fields of its head, with names in lower case; of several with one name the last.
    public let fields: [String: String]
}

/// What a site was asked, and how much of it at once.
public final class SiteLog: Sendable {
    private struct State {
        var requests: [Int: SiteRequest] = [:]
        var counts: [String: Int] = [:]
        var nextNumber = 0
        var current = 0
        var mostAtOnce = 0
        var watchers: [Int: AsyncStream<SiteRequest>.Continuation] = [:]
    }

    private let state = Mutex(State())

    /// All requests since the start or the last reset, in the order in which they came.
    public var requests: [SiteRequest] {
        state.withLock { state in state.requests.sorted { $0.key < $1.key }.map(\.value) }
    }

    /// The most requests that were under way at once, each from its head until just before the last bytes of its
    /// answer are sent.
    ///
    /// So a client that begins the next request when it has the whole of an answer is never counted twice. One that
    /// gives up an answer before its end is counted until the site sees that.
    public var mostAtOnce: Int { state.withLock { $0.mostAtOnce } }

    /// How many requests began in the busiest stretch of this length, by default a second.
    public func mostStarts(within stretch: Duration = .seconds(1)) -> Int {
        let starts = requests.map(\.start)
        var most = 0
        var first = 0
        for (index, start) in starts.enumerated() {
            while starts[first].duration(to: start) >= stretch { first += 1 }
            most = max(most, index - first + 1)
        }
        return most
    }

    /// How often each path was asked for.
    public var countsByPath: [String: Int] {
        state.withLock { state in state.requests.values.reduce(into: [:]) { $0[$1.path, default: 0] += 1 } }
    }

    /// Forgets what has ended, and measures anew.
    ///
    /// The faults go on counting: the third request for a path stays the third.
    public func reset() {
        state.withLock { state in
            state.requests = state.requests.filter { $0.value.end == nil }
            state.mostAtOnce = state.current
        }
    }

    /// Waits until a request meets the condition, at its start or at its end.
    ///
    /// - Returns: the first one that does; `nil` when the task is cancelled.
    public func first(where condition: @Sendable (SiteRequest) -> Bool) async -> SiteRequest? {
        let (stream, continuation) = AsyncStream.makeStream(of: SiteRequest.self)
        let (number, past) = state.withLock { state in
            state.nextNumber += 1
            state.watchers[state.nextNumber] = continuation
            return (state.nextNumber, state.requests.sorted { $0.key < $1.key }.map(\.value))
        }
        defer { state.withLock { _ = $0.watchers.removeValue(forKey: number) } }
        if let found = past.first(where: condition) { return found }
        return await stream.first(where: condition)
    }

    // MARK: - Writing

    /// - Returns: the request's number, and which request for its path it is, from 1.
    func begin(_ request: SiteRequest) -> (number: Int, repetition: Int) {
        state.withLock { state in
            state.nextNumber += 1
            state.requests[state.nextNumber] = request
            state.counts[request.path.lowercased(), default: 0] += 1
            state.current += 1
            state.mostAtOnce = max(state.mostAtOnce, state.current)
            for watcher in state.watchers.values { watcher.yield(request) }
            return (state.nextNumber, state.counts[request.path.lowercased(), default: 0])
        }
    }

    func note(_ number: Int, status: Int?, fault: SiteFault?) {
        state.withLock { state in
            state.requests[number]?.status = status
            state.requests[number]?.fault = fault
        }
    }

    func end(_ number: Int) {
        let now = ContinuousClock.now
        state.withLock { state in
            guard var request = state.requests[number], request.end == nil else { return }
            request.end = now
            state.requests[number] = request
            state.current -= 1
            for watcher in state.watchers.values { watcher.yield(request) }
        }
    }
}
