import IngotCore
import IngotRecords

/// Reads a list of a newer portal from its start to its end, part by part.
struct NewerList {
    let run: RecordRun
    let portal: NewerPortal
    /// For units and messages, for example `calls`.
    let name: String
    /// Below `/api/`, before the agency's number.
    let path: String
    /// The members of an answer that hold the rows, and how many there are in all.
    let rowsName: String
    let countName: String
    let shape: RecordShape
    let sortedBy: String
    var further: [String: JSONValue] = [:]
    /// Whether new rows only push others to later parts.
    let growsAtFront: Bool
    let take: Int

    /// More parts than any list has.
    private static let maximumParts = 1000

    /// Writes all rows; a part that an earlier attempt has finished is not asked for again.
    func collect(_ record: (JSONValue) -> Record) async throws {
        var skip = 0
        var parts: [String] = []
        for part in 0..<Self.maximumParts {
            let unit = "\(name)-skip-\(skip)"
            parts.append(unit)
            let counts = try await run.unit(unit, position: part) { try await read(skip: skip, record) }
            let rows = Int(counts["rows"] ?? 0)
            skip += rows
            // A short part ends the list only when the portal does not say how many rows there are: it may give fewer
            // than are asked for.
            if counts["total"].map({ skip >= $0 }) ?? (rows < take) {
                return try await run.endList("the list of \(name)", pages: parts, growsAtFront: growsAtFront)
            }
        }
        throw JobFailure(code: "records_shape", message: "The list of \(name) has no end.")
    }

    private func read(skip: Int, _ record: (JSONValue) -> Record) async throws -> [String: Int64] {
        let agency = try await portal.agencyNumber()
        let question = NewerPortal.question(
            skip: skip,
            take: take,
            sortedBy: sortedBy,
            isDescending: true,
            further: further
        )
        let answer = try await portal.post("/api/\(path)/\(agency)", question)
        guard let rows = answer[rowsName]?.arrayValue else {
            throw JobFailure(
                code: "records_shape",
                message: "The answer for \(name) has no \(rowsName).",
                advice: "Look at the site; if it has changed, its source must be adapted."
            )
        }
        try run.check(rows, against: shape, in: "the \(name) from \(skip)")
        // A number below that of the rows already seen says nothing: some portals have null, or 0.
        let total = answer[countName]?.integerValue.flatMap { $0 < skip + rows.count ? nil : $0 }
        if rows.isEmpty, let total, total > skip {
            throw JobFailure.incompleteList("the list of \(name)", listed: Int64(skip), announced: total)
        }
        try await run.writer.write(rows.map(record))
        var counts = ["rows": Int64(rows.count)]
        counts["total"] = total
        return counts
    }
}
