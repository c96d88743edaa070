public import IngotCore

/// Sends the readers of a source back to the revision before the live one.
///
/// The switch is one statement, and the same transaction keeps the record of it. Rows stay as they are: no reader
/// sees what begins later than the live revision, and `DeadRevisions` takes it away before the next job writes.
public struct CorpusReverter: Sendable {
    private let database: any Database

    public init(database: any Database) { self.database = database }

    /// The longest reason that is kept, in characters.
    public static let maximumReasonLength = 1000

    /// Makes the promoted revision before the live one the live one; the one that was live is `reverted` from then on.
    ///
    /// - Throws: ``LawReversionError`` when nothing was changed.
    @discardableResult
    public func revert(_ source: String, reason: String? = nil, now: Timestamp = .now()) async throws -> LawReversion {
        let rows = try await database.rows(
            """
            SELECT r.number, r.label, s.live FROM sources s
            LEFT JOIN revisions r ON r.source_id = s.id AND r.status = 'promoted' AND r.number <= s.live
            WHERE s.id = ?1 ORDER BY r.number DESC LIMIT 2
            """,
            [.text(source)]
        )
        guard let newest = rows.first, let live = try newest.optionalInteger("number") else {
            throw LawReversionError.nothingIngested(source)
        }
        let liveLabel = try newest.string("label")
        guard rows.count == 2, let before = rows.last else { throw LawReversionError.nothingBefore(label: liveLabel) }
        let reversion = LawReversion(
            source: source,
            from: LawReversion.State(revision: live, label: liveLabel),
            to: LawReversion.State(revision: try before.integer("number"), label: try before.string("label")),
            reason: reason,
            revertedAt: now.description
        )
        try await perform(reversion)
        return reversion
    }

    private func perform(_ reversion: LawReversion) async throws {
        let which: [SQLValue] = [
            .text(reversion.source), .integer(reversion.from.revision), .integer(reversion.to.revision),
        ]
        // What a running job writes rests on the live revision; what waits will begin with the one that is live then.
        let running = """
            SELECT id FROM ingest_jobs
            WHERE source = ?1 AND status IN ('queued', 'running') AND status = 'running' ORDER BY id LIMIT 1
            """
        let isSwitched = "EXISTS (SELECT 1 FROM sources WHERE id = ?1 AND live = CAST(?3 AS INTEGER))"
        let results = try await database.batch(
            [
                Statement(
                    """
                    UPDATE sources SET live = CAST(?3 AS INTEGER)
                    WHERE id = ?1 AND live = CAST(?2 AS INTEGER) AND NOT EXISTS (\(running)) AND EXISTS (
                        SELECT 1 FROM revisions
                        WHERE source_id = ?1 AND number = CAST(?3 AS INTEGER) AND status = 'promoted')
                    """,
                    which
                ),
                Statement(
                    """
                    UPDATE revisions SET status = 'reverted', reverted_at = ?4, reverted_to = CAST(?3 AS INTEGER),
                        reverted_reason = ?5
                    WHERE source_id = ?1 AND number = CAST(?2 AS INTEGER) AND status = 'promoted' AND \(isSwitched)
                    """,
                    which + [.text(reversion.revertedAt), SQLValue(reversion.reason)]
                ),
                // An open revision of a job that has ended was compared with rows that are no longer live.
                Statement(
                    """
                    UPDATE revisions SET status = 'abandoned'
                    WHERE source_id = ?1 AND status = 'open' AND NOT EXISTS (\(running)) AND \(isSwitched)
                    """,
                    which
                ),
                // The batch may have been sent twice, so the state tells whether it took.
                Statement(
                    """
                    SELECT status, reverted_at, (\(running)) AS running FROM revisions
                    WHERE source_id = ?1 AND number = CAST(?2 AS INTEGER)
                    """,
                    Array(which.prefix(2))
                ),
            ],
            isIdempotent: true
        )
        guard let state = results.last?.named.first else { throw LawReversionError.changedMeanwhile(reversion.source) }
        if try state.string("status") == "reverted" {
            guard try state.optionalString("reverted_at") == reversion.revertedAt else {
                throw LawReversionError.changedMeanwhile(reversion.source)
            }
            return
        }
        if let job = try state.optionalString("running") { throw LawReversionError.jobRunning(job) }
        throw LawReversionError.changedMeanwhile(reversion.source)
    }
}

/// What a revert did.
public struct LawReversion: Sendable, Codable, Equatable {
    /// A revision with upstream's name for it.
    public struct State: Sendable, Codable, Equatable {
        public var revision: Int64
        public var label: String
    }

    public var source: String
    /// What was live.
    public var from: State
    /// What is live now.
    public var to: State
    public var reason: String?
    public var revertedAt: String

    enum CodingKeys: String, CodingKey {
        case source, from, to, reason
        case revertedAt = "reverted_at"
    }
}

/// Why a revert changed nothing.
public enum LawReversionError: Error, Sendable, Equatable, CustomStringConvertible {
    /// No job of the source has ever succeeded.
    case nothingIngested(String)
    /// The live revision is the first one that can still be read.
    case nothingBefore(label: String)
    /// A job of the source runs: what it makes visible would rest on what was taken away.
    case jobRunning(String)
    /// Another revert or a job changed what is live at the same time.
    case changedMeanwhile(String)

    public var description: String {
        switch self {
        case .nothingIngested(let source): "nothing of the source '\(source)' has been ingested"
        case .nothingBefore(let label): "\(label) is the first revision; there is none before it to go back to"
        case .jobRunning(let job): "job \(job) of this source is running; wait for its end, or cancel it first"
        case .changedMeanwhile(let source):
            "what is live of '\(source)' changed at the same moment; look at its revisions and ask again"
        }
    }
}
