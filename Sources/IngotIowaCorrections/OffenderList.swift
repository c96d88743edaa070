import IngotCore
import IngotFetch
import IngotRecords

/// The pages of the search, each with its offenders' details.
struct OffenderList {
    let run: RecordRun
    let search: OffenderSearch

    private static let shape = RecordShape("an offender", required: ["Name", "OffenderNumber", "Age", "Gender"])

    /// Reads one page, and the details of those on it that no earlier attempt has read.
    ///
    /// - Parameter number: from 0.
    /// - Returns: the page's counts; the records count with their own units.
    func page(_ number: Int, _ session: OffenderSession) async throws -> [String: Int64] {
        let answer = try await session.session.post(
            "/api/offender/GetOffenderListAjax",
            form: search.form(page: number, token: session.token),
            headers: [
                ("x-requested-with", "XMLHttpRequest"), ("accept", "application/json"),
                ("referer", session.session.site + OffenderSession.page),
            ]
        )
        let value = try await session.session.json(of: answer)
        guard let rows = value["data"]?.arrayValue, let total = value["recordsFiltered"]?.integerValue else {
            throw await session.session.unexpected(answer, "has no data and recordsFiltered")
        }
        let place = "page \(number + 1) of the search"
        try run.check(rows, against: Self.shape, in: place)
        let left = total - Int64(number * CorrectionsSource.rowsPerPage)
        guard total >= 0, rows.isEmpty || rows.count <= left else {
            throw await session.session.unexpected(answer, "has more rows than its recordsFiltered")
        }
        let expected = min(Int64(CorrectionsSource.rowsPerPage), left)
        guard rows.count >= expected else {
            throw JobFailure.incompleteList(place, listed: Int64(rows.count), announced: expected)
        }
        let first = number * (CorrectionsSource.rowsPerPage + 1) + 1
        guard search.readsDetails else {
            try await run.writer.write(rows.map { record($0, nil) })
            return ["rows": Int64(rows.count), "total": total]
        }
        let found = try await mapConcurrently(Array(rows.enumerated()), atOnce: run.workers) { index, row in
            let number = Self.number(row)
            guard !number.isEmpty else {
                throw JobFailure(code: "records_shape", message: "An offender of \(place) has no OffenderNumber.")
            }
            let counts = try await run.detail(of: number, position: first + index) {
                guard let detail = try await detail(of: row, session.session) else { return ["found": 0] }
                try await run.writer.write([record(row, detail)])
                return ["found": 1]
            }
            return counts["found"] ?? 0
        }.reduce(0, +)
        if found < rows.count { run.attempt.progress.log("\(place): \(Int64(rows.count) - found) without details") }
        return ["rows": found, "listed": Int64(rows.count), "total": total]
    }

    /// - Returns: `nil` when the offender is gone.
    private func detail(of row: JSONValue, _ session: SiteSession) async throws -> OffenderDetail? {
        let query = FormEncoding.text(of: [("offenderNumber", Self.number(row))])
        do {
            let answer = try await session.get("/offender/detail?\(query)", headers: [("accept", "text/html")])
            guard let detail = try OffenderDetail(page: answer.body) else {
                throw await session.unexpected(answer, "has no labels of an offender")
            }
            if detail.hasOtherCharges { try run.refuseOtherShape("the charges of an offender have other columns") }
            return detail
        } catch let failure as JobFailure where failure.isAboutMissingPage {
            return nil
        }
    }

    private static func number(_ row: JSONValue) -> String {
        row["OffenderNumber"]?.stringValue ?? row["OffenderNumber"]?.integerValue.map { String($0) } ?? ""
    }

    private func record(_ row: JSONValue, _ detail: OffenderDetail?) -> Record {
        var members = row.objectValue ?? [:]
        if let detail { members["detail"] = detail.content }
        return Record(key: Self.number(row), kind: "offender", content: .object(members))
    }
}
