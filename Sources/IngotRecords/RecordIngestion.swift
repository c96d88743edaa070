public import IngotCore
public import IngotFetch

/// Runs one attempt of a job of records: the source collects, then what is gone is marked, and what is kept no longer
/// is deleted.
public struct RecordIngestion: Source {
    private let source: any RecordSource
    private let makeFetcher: @Sendable (_ captureFolder: String) -> Fetcher

    /// So many known records make an empty list a failure.
    static let many = 10

    /// - Parameter makeFetcher: makes the attempt's fetcher, given an existing folder.
    public init(_ source: any RecordSource, makeFetcher: @escaping @Sendable (_ captureFolder: String) -> Fetcher) {
        self.source = source
        self.makeFetcher = makeFetcher
    }

    public var description: SourceDescription { source.description }

    public func run(_ attempt: AttemptContext) async throws -> JSONValue {
        let description = source.description
        let parameters = try RecordParameters(attempt.parameters)
        let (site, isOperatorsOwn) = try site(of: attempt, parameters)
        let host = try SiteSession.host(of: site)
        let retention = try retention(description, parameters)
        let isEmptyAllowed = try parameters.flag("allow_empty")
        let scope = try source.scope(of: host, parameters)
        attempt.progress.progress(0, "asking \(host)")
        if let line = Self.unknown(parameters.names(unknownTo: description.parameters)) { attempt.progress.log(line) }
        try await RecordSchema.prepare(attempt.database)
        let writer = RecordWriter(
            database: attempt.database,
            source: description.id,
            scope: scope,
            job: attempt.job,
            attempt: attempt.attempt
        )
        let units = RecordUnits(
            database: attempt.database,
            job: attempt.job,
            attempt: attempt.attempt,
            progress: attempt.progress
        )
        let run = try RecordRun(
            attempt: attempt,
            parameters: parameters,
            site: site,
            host: host,
            isOperatorsOwn: isOperatorsOwn,
            fetcher: makeFetcher(attempt.workFolder).sharing(attempt.requestBudget, attempt.robotsCache)
                .noting { attempt.progress.log($0) },
            terms: attempt.hostTerms ?? description.terms,
            writer: writer,
            units: units,
            beginning: try await units.begin()
        )
        let known = try await writer.knownCount()
        let collection = try await source.collect(run)
        let rows = run.rows
        guard rows > 0 || known < Self.many || isEmptyAllowed || collection.mayBeEmpty else {
            throw Self.empty(known: known, host: host)
        }
        guard rows > 0 || run.listed < Self.many || isEmptyAllowed else {
            throw Self.withoutDetails(listed: run.listed, host: host)
        }
        let gone = collection.isWhole ? try await writer.markGone(notSeenSince: run.begin) : 0
        var deleted = 0
        if let retention {
            deleted = try await RecordRetention(database: attempt.database).delete(
                of: description.id,
                scope: scope,
                before: Timestamp.now().advanced(by: .zero - retention)
            )
        }
        let counts = ["gone": Int64(gone), "deleted": Int64(deleted)]
        try await units.forgetDetails()
        try await units.finish(RecordUnits.whole, position: 0, counts: counts)
        return [
            "site": .string(site), "scope": .string(scope), "rows": .integer(rows), "gone": .integer(Int64(gone)),
            "deleted": .integer(Int64(deleted)), "kept": .integer(Int64(try await writer.knownCount())),
        ]
    }

    /// Names, each with its quotation marks, so that none can pass for another line.
    ///
    /// - Returns: `nil` for no names.
    private static func unknown(_ names: [String]) -> String? {
        guard !names.isEmpty else { return nil }
        let listed = names.prefix(20).map { JSONValue.string(String($0.prefix(60))).canonicalText }
        let more = names.count > 20 ? " and \(names.count - 20) more" : ""
        return "parameters that this source does not know, and that have no effect: "
            + listed.joined(separator: ", ") + more
    }

    private static func withoutDetails(listed: Int64, host: String) -> JobFailure {
        JobFailure(
            code: "records_empty",
            message: "\(host) lists \(listed) rows, and none of them has details.",
            advice: "Look at the site; if the address of its details has changed, its source must be adapted."
        )
    }

    private static func empty(known: Int, host: String) -> JobFailure {
        JobFailure(
            code: "records_empty",
            message: "\(host) has no rows, and \(known) records of it are known.",
            advice: "Look at the site. If it is empty in truth, start the job with \"allow_empty\": true."
        )
    }

    /// - Throws: `JobFailure` `origin_missing`.
    private func site(
        of attempt: AttemptContext,
        _ parameters: RecordParameters
    ) throws -> (site: String, isOperatorsOwn: Bool) {
        let named = try parameters.text("site")
        guard var site = named ?? attempt.origin ?? source.description.defaultOrigin else {
            throw JobFailure(
                code: "origin_missing",
                message: "Nothing says which site the source '\(source.description.id)' asks.",
                advice: """
                    Start the gateway with --origin \(source.description.id)=ADDRESS, or give the job a parameter "site".
                    """
            )
        }
        while site.hasSuffix("/") { site.removeLast() }
        // What a request names may be anywhere but in the operator's own networks.
        return (site, named == nil && attempt.origin != nil || named == attempt.origin)
    }

    /// - Throws: `JobFailure` `parameters_invalid`.
    private func retention(_ description: SourceDescription, _ parameters: RecordParameters) throws -> Duration? {
        let own = try parameters.integer("retention_days", in: 1...source.longestRetentionDays)
        return (own ?? description.retentionDays).map { .seconds(86_400 * $0) }
    }
}
