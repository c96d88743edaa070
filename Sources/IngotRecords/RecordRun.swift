public import IngotCore
public import IngotFetch
import Synchronization

/// One attempt of a job of records under way: what a source asks with, and writes through.
public final class RecordRun: Sendable {
    public let attempt: AttemptContext
    public let parameters: RecordParameters
    /// The site's address, without a trailing slash.
    public let site: String
    /// The site's host in lower case, without a port.
    public let host: String
    /// The most requests at once.
    public let workers: Int
    public let writer: RecordWriter
    /// When the job's first attempt began.
    public let begin: Timestamp
    /// Whether rows may have other members than the ones that are known.
    private let allowsOtherShapes: Bool
    private let isOperatorsOwn: Bool
    private let fetcher: Fetcher
    private let terms: HostTerms?
    private let units: RecordUnits
    private let state: Mutex<State>

    private struct State {
        /// The counts of the finished units.
        var finished: [String: [String: Int64]]
        var sessions = 0
    }

    init(
        attempt: AttemptContext,
        parameters: RecordParameters,
        site: String,
        host: String,
        isOperatorsOwn: Bool,
        fetcher: Fetcher,
        terms: HostTerms?,
        writer: RecordWriter,
        units: RecordUnits,
        beginning: RecordUnits.Beginning
    ) throws {
        self.attempt = attempt
        self.parameters = parameters
        self.site = site
        self.host = host
        self.isOperatorsOwn = isOperatorsOwn
        self.fetcher = fetcher
        self.terms = terms
        self.writer = writer
        self.units = units
        begin = beginning.at
        workers = try parameters.integer("workers", in: 1...64) ?? parameters.integer("max_workers", in: 1...64) ?? 4
        allowsOtherShapes = try parameters.flag("allow_shape")
        state = Mutex(State(finished: beginning.finished))
    }

    /// Begins a session with the site, through a proxy of its own where there are any.
    ///
    /// - Throws: `JobFailure`, as ``SiteSession/init(with:isOperatorsOwn:fetcher:terms:)`` does.
    public func session() async throws -> SiteSession {
        let number = state.withLock { state in
            state.sessions += 1
            return state.sessions
        }
        return try await SiteSession(
            with: site,
            isOperatorsOwn: isOperatorsOwn,
            fetcher: fetcher,
            terms: SiteSession.Terms(
                name: "\(attempt.job)-\(attempt.attempt)-\(number)",
                proxies: attempt.proxies,
                host: terms,
                retries: !attempt.isRetriedEndlessly
            )
        )
    }

    // MARK: - Units

    /// The counts of a unit that this attempt or an earlier one has finished; `nil` while it is not.
    public func counts(of unit: String) -> [String: Int64]? { state.withLock { $0.finished[unit] } }

    /// Does a unit's work, unless it is finished already.
    ///
    /// - Parameters:
    ///   - position: among the units, for their order.
    ///   - work: asks, writes, and gives the unit's counts; `rows` is how many records the site had, `listed` how many
    ///     rows when their details may be missing, `total` how many rows the site announces of the whole list.
    /// - Returns: the unit's counts.
    @discardableResult
    public func unit(
        _ unit: String,
        position: Int,
        _ work: () async throws -> [String: Int64]
    ) async throws -> [String: Int64] {
        if let known = counts(of: unit) { return known }
        let counts = try await work()
        try await units.finish(unit, position: position, counts: counts)
        state.withLock { $0.finished[unit] = counts }
        return counts
    }

    /// Reads the details of one record, unless they are read already.
    ///
    /// - Parameters:
    ///   - key: of the record within the job.
    ///   - position: among the units, for their order.
    ///   - work: as of ``unit(_:position:_:)``; `rows` only where no page's unit counts the same records.
    @discardableResult
    public func detail(
        of key: String,
        position: Int,
        _ work: () async throws -> [String: Int64]
    ) async throws -> [String: Int64] {
        try await unit(units.detail(key), position: position, work)
    }

    /// Forgets units that are finished, so that the next attempt does their work again.
    ///
    /// - Throws: `JobFailure` `attempt_superseded`; `DatabaseError`.
    func forget(_ names: [String]) async throws {
        try await units.forget(names)
        state.withLock { state in
            for name in names { state.finished[name] = nil }
        }
    }

    /// Records that the site had, over all attempts.
    var rows: Int64 { sum("rows") }

    /// Rows of lists whose records are counted by their details.
    var listed: Int64 { sum("listed") }

    private func sum(_ count: String) -> Int64 {
        state.withLock { $0.finished.values.reduce(0) { $0 + ($1[count] ?? 0) } }
    }

    // MARK: - Checks

    /// Looks at the rows of a list, unless the job's parameters take them as they are.
    ///
    /// - Throws: `JobFailure` `records_shape`.
    public func check(_ rows: [JSONValue], against shape: RecordShape, in place: String) throws {
        if !allowsOtherShapes { try shape.check(rows, in: place) }
    }

    /// Refuses what a page shows in another way than it is known to, and what is therefore not read, unless the job's
    /// parameters take pages as they are.
    ///
    /// - Parameter finding: for the message, for example `the charges of an inmate have other columns`.
    /// - Throws: `JobFailure` `records_shape`.
    public func refuseOtherShape(_ finding: String) throws {
        guard !allowsOtherShapes else { return }
        throw JobFailure(
            code: "records_shape",
            message: "A page has changed: \(finding).",
            advice: "Look at the site. If the rest is well all the same, start the job with \"allow_shape\": true."
        )
    }
}
