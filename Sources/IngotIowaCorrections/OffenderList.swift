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
        try run.check(rows, against: Self.shape, in: "page \(number + 1) of the search")
        let first = number * (CorrectionsSource.rowsPerPage + 1) + 1
        guard search.readsDetails else {
            try await run.writer.write(rows.map { record($0, nil) })
            return ["rows": Int64(rows.count), "total": total]
        }
        _ = try await mapConcurrently(Array(rows.enumerated()), atOnce: run.workers) { index, row in
            try await run.detail(of: Self.number(row), position: first + index) {
                guard let detail = try await detail(of: row, session.session) else { return ["rows": 0] }
                try await run.writer.write([record(row, detail)])
                return ["rows": 1]
            }
        }
        return ["listed": Int64(rows.count), "total": total]
    }

    /// - Returns: `nil` when the offender is gone.
    private func detail(of row: JSONValue, _ session: SiteSession) async throws -> OffenderDetail? {
        let query = FormEncoding.text(of: [("offenderNumber", Self.number(row))])
        do {
            let answer = try await session.get("/offender/detail?\(query)", headers: [("accept", "text/html")])
            guard let detail = try OffenderDetail(page: answer.body) else {
                throw await session.unexpected(answer, "has no labels of an offender")
            }
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
