import IngotCore
import IngotFetch
import IngotRecords

/// The inmates of a classic portal: the roster, and each one's details by the place in it.
struct ClassicInmates {
    let run: RecordRun

    private static let shape = RecordShape(
        "an inmate of the roster",
        required: [
            "invid", "my_num", "book_id", "disp_name", "firstname", "lastname", "middlename", "age", "dob", "sex",
            "race", "disp_arrest_date", "date_arr", "agency", "disp_agency", "chrgdesc", "disp_charge", "link_text",
        ]
    )

    private static let control = "ctl00$MasterPage$mainContent$CenterColumnContent$"

    func collect() async throws {
        let portal = ClassicPortal(session: try await run.session())
        _ = try await portal.form(at: ClassicPortal.Grid.inmates.page)
        let seenAt = Timestamp.now()
        let roster = try await portal.page(1, of: .inmates, rows: ClassicPortal.allRows)
        try run.check(roster.rows, against: Self.shape, in: "the roster")
        guard roster.rows.count >= roster.records else {
            throw JobFailure.incompleteList(
                "the roster",
                listed: Int64(roster.rows.count),
                announced: Int64(roster.records)
            )
        }
        guard roster.rows.count == roster.records else {
            throw JobFailure(
                code: "records_shape",
                message: "The roster has \(roster.records) inmates and shows \(roster.rows.count).",
                advice: "Look at the site; if it has changed, its source must be adapted."
            )
        }
        // One after the other: the place in the roster is a property of the session.
        for (index, row) in roster.rows.enumerated() {
            let book = row["book_id"]?.stringValue ?? ""
            try await run.detail(of: book, position: index + 1) {
                guard let record = try await record(of: row, book, from: portal) else { return ["rows": 0] }
                try await run.writer.write([record])
                return ["rows": 1]
            }
            run.attempt.progress.progress(Double(index + 1) / Double(roster.rows.count), "inmate \(index + 1)")
        }
        // Also those whose details an earlier attempt has read.
        try await run.writer.touch(roster.rows.map { key($0["book_id"]?.stringValue ?? "") }, seenAt: seenAt)
    }

    private func key(_ book: String) -> String { "\(book)@\(run.host)" }

    /// - Returns: `nil` when the details are gone.
    private func record(of row: JSONValue, _ book: String, from portal: ClassicPortal) async throws -> Record? {
        guard !book.isEmpty, let position = row["my_num"]?.stringValue ?? row["my_num"]?.integerValue.map({ "\($0)" })
        else {
            throw JobFailure(code: "records_shape", message: "An inmate of the roster has no book_id or my_num.")
        }
        let page = ClassicPortal.Grid.inmates.page
        // Read anew before each post, as each form is good for one.
        let form = try await portal.form(at: page)
        let answer: SessionAnswer
        do {
            answer = try await portal.session.post(
                page,
                form: form.fields(setting: [
                    (Self.control + "hfRecordIndex", position), (Self.control + "btnInmateDetail", ""),
                ]),
                headers: [("accept", "text/html"), ("referer", portal.session.site + page)]
            )
        } catch let failure as JobFailure where failure.code == "upstream_not_found" {
            return nil
        }
        guard let detail = InmateDetail(try await portal.form(in: answer)) else {
            throw await portal.session.unexpected(answer, "names no inmate")
        }
        guard detail.isOf(row["disp_name"]?.stringValue ?? "") else {
            throw JobFailure(
                code: "roster_moved",
                message: "The details at place \(position) of the roster are of somebody else.",
                advice: "Nothing: the roster is read anew with the next attempt.",
                isTransient: true
            )
        }
        if detail.hasOtherCharges { try run.refuseOtherShape("the charges of an inmate have other columns") }
        var members = row.objectValue ?? [:]
        members["detail"] = detail.content
        return Record(
            key: key(book),
            kind: "inmate",
            content: .object(members),
            positions: ["invid", "my_num", "link_text"],
            eventTime: row["date_arr"]?.stringValue.flatMap { PortalTime.iso($0) }
        )
    }
}
