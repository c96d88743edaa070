public import IngotCore

/// Removes what no reader will see again: rows of dead revisions, and packs that no row refers to.
///
/// It may run beside jobs, readers and other sweeps of the source. Rows are safe, because dead is final
/// (`DeadRevisions`). A pack is removed when no row refers to it and it was stored before a bound:
///
/// - The bound is the object store's own time at the start of the sweep, read off a marker object, as clocks differ. A
///   job that starts later stores its packs later.
/// - While a job runs, its fresh packs have no rows yet. So only packs go that were there well before it started, by
///   `clockMargin`; they are older than anything that it stored.
/// - A job that meets a pack of the same bytes, which a sweep may be about to remove, does not rely on it: see
///   `PackName`.
///
/// References are looked up after a page was listed and before it is deleted. What remains is a pack that one sweep
/// removes, a job stores anew, and another sweep then removes on its older knowledge: run one sweep of a source at a
/// time, as the gateway does.
public struct CorpusSweeper: Sendable {
    private let database: any Database
    private let objects: any ObjectStore

    public init(database: any Database, objects: any ObjectStore) {
        self.database = database
        self.objects = objects
    }

    /// How far the clock of a job's start may be ahead of the object store's.
    private static let clockMargin = Duration.seconds(15 * 60)

    /// Sweeps one source; a source that nothing is known of has nothing to sweep.
    ///
    /// Cancelling it leaves the rest to the next sweep.
    public func sweep(_ source: String) async throws -> SweepReport {
        let start = try await storeTime(source)
        // Jobs are asked for after the marker was written: one that is missing here either ended before, and its rows
        // tell, or stores its packs after the marker.
        let running = try await runningSince(source)
        try await abandonDeserted(source)
        let dead = try await DeadRevisions(database: database, source: source).takeBackAll()
        var report = SweepReport(source: source, revisions: dead.revisions, rows: dead.rows)
        let bound = running.map { min(start, $0.advanced(by: .zero - Self.clockMargin)) } ?? start
        var token: String?
        repeat {
            try Task.checkCancellation()
            let page = try await objects.list(prefix: PackName.prefix(source: source), after: token)
            try await sweep(page.objects, of: source, before: bound, start: start, into: &report)
            token = page.next
        } while token != nil
        return report
    }

    private func sweep(
        _ page: [ObjectInfo],
        of source: String,
        before bound: Timestamp,
        start: Timestamp,
        into report: inout SweepReport
    ) async throws {
        let candidates = page.filter { object in
            guard let modified = object.lastModified else { return false }
            return modified < start && PackName.isPack(object.key, source: source)
        }
        let garbage = try await unreferenced(candidates, source: source)
        let removable = garbage.filter { ($0.lastModified ?? start) < bound }
        report.packsLeft += garbage.count - removable.count
        guard !removable.isEmpty else { return }
        try await objects.delete(removable.map(\.key))
        report.packs += removable.count
        report.bytes += removable.reduce(0) { $0 + $1.size }
    }

    /// The packs that no row refers to, whatever its revision.
    private func unreferenced(_ packs: [ObjectInfo], source: String) async throws -> [ObjectInfo] {
        var referenced: Set<String> = []
        for chunk in try JSONRows.chunks(packs.map { [.text($0.key)] }) {
            let rows = try await database.rows(
                """
                SELECT DISTINCT pack FROM nodes
                WHERE source_id = ?1 AND pack IN (SELECT json_extract(value, '$[0]') FROM json_each(?2))
                """,
                [.text(source), .text(chunk)]
            )
            for row in rows { referenced.insert(try row.string("pack")) }
        }
        return packs.filter { !referenced.contains($0.key) }
    }

    /// The object store's time.
    ///
    /// The marker `sweeps/SOURCE` stays, and the next sweep writes it again.
    private func storeTime(_ source: String) async throws -> Timestamp {
        let key = "sweeps/\(source)"
        let text = Array("The time of this object is that of the last sweep's start.\n".utf8)
        let body = ObjectBody(bytes: text, sha256: ContentHash(of: text).hexadecimal)
        try await objects.put(key, body, contentType: "text/plain", onlyIfAbsent: false)
        // As a listing has it, because the times of packs come from listings.
        let listed = try await objects.list(prefix: key, after: nil).objects.first { $0.key == key }
        guard let time = listed?.lastModified else {
            throw ObjectStoreError(kind: .corrupted, key: key, message: "the listing does not say when it was stored")
        }
        return time
    }

    /// When the first of the source's running jobs started; `nil` when none runs.
    private func runningSince(_ source: String) async throws -> Timestamp? {
        let text = try await database.rows(
            """
            SELECT MIN(COALESCE(started_at, created_at)) AS since FROM ingest_jobs
            WHERE source = ?1 AND status IN ('queued', 'running') AND status = 'running'
            """,
            [.text(source)]
        ).first?.optionalString("since")
        return try text.map { text in
            guard let time = Timestamp(text) else {
                throw RowError(column: "started_at", expected: "a time", found: text)
            }
            return time
        }
    }

    /// Gives up the open revisions whose job has ended, so that no later attempt goes on with them.
    ///
    /// A job that waits for its next attempt keeps its revision; what is done of it has rows, and they keep its packs.
    private func abandonDeserted(_ source: String) async throws {
        try await database.run(
            Statement(
                """
                UPDATE revisions SET status = 'abandoned' WHERE source_id = ?1 AND status = 'open' AND NOT EXISTS (
                    SELECT 1 FROM ingest_jobs j WHERE j.id = revisions.job_id AND j.status IN ('queued', 'running'))
                """,
                [.text(source)]
            )
        )
    }
}

/// What a sweep removed.
public struct SweepReport: Sendable, Codable, Equatable {
    public var source: String
    /// Dead revisions that were taken back.
    public var revisions = 0
    /// Rows of `nodes`.
    public var rows = 0
    public var packs = 0
    /// Of the removed packs.
    public var bytes: Int64 = 0
    /// Packs that no row refers to yet, left because a job runs whose packs they may be.
    public var packsLeft = 0

    enum CodingKeys: String, CodingKey {
        case source
        case revisions = "revisions_swept"
        case rows = "rows_removed"
        case packs = "packs_removed"
        case bytes = "bytes_freed"
        case packsLeft = "packs_left"
    }
}
