import IngotCore
import IngotFetch
import IngotRecords

/// Reads the rows page by page, and holds them against the number that the portal gives.
struct DatasetRows {
    let run: RecordRun
    let question: DatasetQuestion
    let session: SiteSession

    private static let maximumRows: Int64 = 5_000_000
    /// Of one row as JSON.
    private static let maximumRowBytes = 1 << 20
    private static let maximumIdentifierBytes = 100

    private var name: String { "the dataset \(question.dataset)" }

    /// Writes all rows.
    ///
    /// Rows that come while the list is read push others to later pages, which are then read twice. Rows that go pull
    /// others to pages that were read already, where nobody sees them; so the number of rows is asked for before the
    /// first page and after the last, and a list that has become shorter is read anew.
    ///
    /// - Throws: `JobFailure` `records_incomplete`, and as ``OpenDataSource/collect(_:)`` does.
    func collect() async throws {
        var units: [String] = []
        var rows: Int64 = 0
        repeat {
            let page = units.count + 1
            units.append("page-\(page)")
            let counts = try await run.unit(units[page - 1], position: page) { try await read(page) }
            rows += counts["rows"] ?? 0
            run.attempt.progress.progress(Double(rows) / Double(max(rows, counts["total"] ?? 0, 1)), "\(rows) rows")
            guard rows <= Self.maximumRows else { throw Self.tooMany(rows, question) }
        } while rows == units.count * question.pageRows
        try await run.endList(name, pages: units, growsAtFront: true)
    }

    /// Reads one page; a short one is the last, and is believed when the portal's number says so too.
    private func read(_ number: Int) async throws -> [String: Int64] {
        var total = number == 1 ? try await count() : nil
        let answer = try await get(question.page(number))
        guard let rows = try await session.json(of: answer).arrayValue else {
            throw await session.unexpected(answer, "is no list of rows")
        }
        guard rows.count <= question.pageRows else {
            throw await session.unexpected(answer, "has \(rows.count) rows of \(question.pageRows) that were asked for")
        }
        let records = try rows.enumerated().map { try record($1, row: $0 + 1, page: number) }
        if rows.count < question.pageRows {
            let listed = Int64((number - 1) * question.pageRows + rows.count)
            let announced = try await count()
            guard listed >= announced else {
                throw JobFailure.incompleteList(name, listed: listed, announced: announced)
            }
            total = announced
        }
        try await run.writer.write(records)
        var counts = ["rows": Int64(rows.count)]
        counts["total"] = total
        return counts
    }

    /// How many rows there are now.
    private func count() async throws -> Int64 {
        let answer = try await get(question.count)
        let rows = try await session.json(of: answer).arrayValue ?? []
        let value = rows.count == 1 ? rows[0]["count"] : nil
        guard let count = value?.integerValue ?? value?.stringValue.flatMap({ Int64($0) }), count >= 0 else {
            throw await session.unexpected(answer, "is not the number of the rows")
        }
        guard count <= Self.maximumRows else { throw Self.tooMany(count, question) }
        return count
    }

    /// - Throws: `JobFailure` `upstream_not_found` for a dataset that the portal does not have; what a session throws.
    private func get(_ path: String) async throws -> SessionAnswer {
        do { return try await session.get(path, headers: [("accept", "application/json")]) } catch let failure
            as JobFailure where failure.isAboutMissingPage
        {
            throw JobFailure(
                code: failure.code,
                message: "\(run.host) has no dataset \(question.dataset), or does not show it to everybody.",
                advice: "Look for the dataset in the portal; its identifier is at the end of its page's address."
            )
        }
    }

    private static func tooMany(_ count: Int64, _ question: DatasetQuestion) -> JobFailure {
        JobFailure(
            code: "upstream_too_large",
            message: "The dataset \(question.dataset) has \(count) rows, more than \(maximumRows).",
            advice: "Ask for a part of it with \"where\"."
        )
    }

    /// - Throws: `JobFailure` `records_shape` for what has no `:id`; `upstream_too_large`.
    private func record(_ row: JSONValue, row index: Int, page: Int) throws -> Record {
        let identifier = row[":id"]?.stringValue ?? ""
        guard (1...Self.maximumIdentifierBytes).contains(identifier.utf8.count) else {
            throw JobFailure(
                code: "records_shape",
                message: "Row \(index) of page \(page) has no “:id” of 1 to \(Self.maximumIdentifierBytes) bytes.",
                unit: "page-\(page)",
                advice: "Look at the dataset; what is no table of rows, such as a map or a file, cannot be collected."
            )
        }
        let bytes = row.canonicalBytes.count
        guard bytes <= Self.maximumRowBytes else {
            throw JobFailure(
                code: "upstream_too_large",
                message: "Row \(index) of page \(page) has \(bytes) bytes, more than \(Self.maximumRowBytes).",
                unit: "page-\(page)",
                advice: "Leave it out with \"where\"."
            )
        }
        return Record(
            key: "\(question.dataset):\(identifier)@\(run.host)",
            kind: "row",
            content: row,
            // A dataset that is published anew as a whole changes it in each row, and nothing else.
            positions: [":updated_at"]
        )
    }
}
