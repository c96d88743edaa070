import IngotCore

/// One unit of a job as the API shows it: one row of `ingest_job_units`.
struct JobUnit: Sendable, Encodable, Equatable {
    var unit: String
    /// The unit's place in the job's plan.
    var position: Int64
    var status: UnitStatus
    var attempt: Int64
    var counts: JSONValue?
    var error: JobFailure?
    var startedAt: Timestamp?
    var finishedAt: Timestamp?

    init(row: Row) throws {
        unit = try row.string("unit")
        position = try row.integer("position")
        guard let status = UnitStatus(rawValue: try row.string("status")) else {
            throw RowError(column: "status", expected: "a unit status", found: try row.string("status"))
        }
        self.status = status
        attempt = try row.integer("attempt")
        counts = try row.json("counts_json")
        if let text = try row.optionalString("error_json") {
            error = try? JSONText.decode(JobFailure.self, from: text.utf8)
        }
        startedAt = try row.time("started_at")
        finishedAt = try row.time("finished_at")
    }

    enum CodingKeys: String, CodingKey {
        case unit, position, status, attempt, counts, error
        case startedAt = "started_at"
        case finishedAt = "finished_at"
    }
}
