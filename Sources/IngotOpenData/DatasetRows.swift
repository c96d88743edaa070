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

    /// Writes all rows.
    ///
    /// Rows that come while the list is read push others to later pages, which are then read twice. Rows that go pull
    /// others to pages that were read already, where nobody sees them; so a list that has become shorter is read anew.
    ///
    /// - Throws: `JobFailure` `list_moved`, and as ``OpenDataSource/collect(_:)`` does.
    func collect() async throws {
        // Finished pages are not asked for again under the same names.
        var reading = 1
        while run.counts(of: "moved-\(reading)") != nil { reading += 1 }
        let prefix = reading == 1 ? "" : "reading-\(reading)-"
        let first = try await run.unit("\(prefix)count", position: 0) { ["announced": try await count()] }
        let announced = first["announced"] ?? 0
        var listed: Int64 = 0
        var number = 0
        while true {
            number += 1
            let page = number
            let counts = try await run.unit("\(prefix)page-\(page)", position: page) { try await read(page) }
            listed += counts["listed"] ?? 0
            run.attempt.progress.progress(Double(listed) / Double(max(listed, announced, 1)), "\(listed) rows")
            if listed < Int64(page * question.pageRows) { break }
            guard listed <= Self.maximumRows else { throw Self.tooMany(listed, question) }
        }
        guard listed >= announced else {
            try await run.unit("moved-\(reading)", position: number + 1) { ["announced": announced, "listed": listed] }
            throw JobFailure(
                code: "list_moved",
                message: """
                    The dataset \(question.dataset) had \(announced) rows when its reading began, and \(listed) were \
                    there to read: where rows were taken out, others may have been passed over.
                    """,
                advice: "Nothing: the list is read anew with the next attempt.",
                isTransient: true
            )
        }
        // Only here, as what an earlier reading has listed does not count.
        try await run.unit("\(prefix)list", position: number + 1) { ["rows": listed] }
    }

    /// Reads one page; a short one is the last, and is believed when the portal's number says so too.
    private func read(_ number: Int) async throws -> [String: Int64] {
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
                throw await session.unexpected(
                    answer,
                    "ends the list after \(listed) rows, and the dataset has \(announced)"
                )
            }
        }
        try await run.writer.write(records)
        return ["listed": Int64(rows.count)]
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
