import IngotCore
import IngotFetch
import IngotRecords

/// The pages of the search, each with its registrants' details.
struct RegistrantList {
    let run: RecordRun
    let search: RegistrySearch
    let session: SiteSession

    private static let shape = RecordShape(
        "a registrant",
        required: [
            "registrant", "oci", "last_name", "first_name", "middle_name", "gender", "tier", "race", "hair_color",
            "eye_color", "height_inches", "weight_pounds", "line_1", "line_2", "city", "state", "postal_code", "county",
            "lat", "lon", "birthdate", "victim_minors", "victim_adults", "victim_unknown", "registrant_cluster",
            "photo", "last_changed",
        ],
        optional: ["distance", "convictions", "aliases", "skin_markings"]
    )

    /// What the registry's terms do not allow to be stored, and what is computed from it.
    private static let forbidden = ["lat", "lon", "latitude", "longitude", "distance"]

    /// Reads one page, and the details of those on it that no earlier attempt has read.
    ///
    /// - Parameter number: from 1.
    /// - Returns: the page's counts; the records count with their own units.
    func page(_ number: Int) async throws -> [String: Int64] {
        let query = FormEncoding.text(of: search.query(page: number))
        let answer = try await session.get(
            "/api/search/results.json?\(query)",
            headers: [("accept", "application/json")]
        )
        let value = try await session.json(of: answer)
        guard let rows = value["records"]?.arrayValue, let pages = value["pages"]?.integerValue else {
            throw await session.unexpected(answer, "has no records and pages")
        }
        guard value["page"]?.integerValue.map({ $0 == number }) ?? true else {
            throw await session.unexpected(answer, "is not page \(number)")
        }
        let place = "page \(number) of the search"
        try run.check(rows, against: Self.shape, in: place)
        let expected = max(value["onpage"]?.integerValue ?? 0, number < pages ? 1 : 0)
        guard rows.count >= expected else {
            throw JobFailure.incompleteList(place, listed: Int64(rows.count), announced: expected)
        }
        var counts = ["rows": Int64(rows.count), "pages": pages]
        counts["total"] = value["results"]?.integerValue
        guard search.readsDetails else {
            try await run.writer.write(rows.map(record))
            return counts
        }
        let first = number * (RegistrySource.rowsPerPage + 1) + 1
        let found = try await mapConcurrently(Array(rows.enumerated()), atOnce: run.workers) { index, row in
            let registrant = try Self.number(row)
            let counts = try await run.detail(of: registrant, position: first + index) {
                guard let detail = try await detail(of: registrant) else { return ["found": 0] }
                let merged = (row.objectValue ?? [:]).merging(detail.objectValue ?? [:]) { $1 }
                try await run.writer.write([record(.object(merged))])
                return ["found": 1]
            }
            return counts["found"] ?? 0
        }.reduce(0, +)
        if found < rows.count { run.attempt.progress.log("\(place): \(Int64(rows.count) - found) without details") }
        counts["listed"] = Int64(rows.count)
        counts["rows"] = found
        return counts
    }

    /// An object, or a list of one.
    ///
    /// - Returns: `nil` when the registrant is gone.
    private func detail(of registrant: String) async throws -> JSONValue? {
        do {
            let answer = try await session.get(
                "/api/registrant/\(registrant).json",
                headers: [("accept", "application/json")]
            )
            let value = try await session.json(of: answer)
            let found = value.arrayValue.map { $0.count == 1 ? $0[0] : .null } ?? value
            guard found.objectValue != nil, try Self.number(found) == registrant else {
                throw await session.unexpected(answer, "is not of registrant \(registrant)")
            }
            return found
        } catch let failure as JobFailure where failure.isAboutMissingPage {
            return nil
        }
    }

    /// - Throws: `JobFailure` `records_shape` for what is no number: it becomes part of a path.
    private static func number(_ row: JSONValue) throws -> String {
        let text = row["registrant"]?.stringValue ?? row["registrant"]?.integerValue.map { String($0) } ?? ""
        guard (1...20).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw JobFailure(code: "records_shape", message: "A registrant of the search has no number.")
        }
        return text
    }

    private func record(_ row: JSONValue) -> Record {
        let members = (row.objectValue ?? [:]).filter { !Self.forbidden.contains($0.key) }
        return Record(
            key: row["registrant"]?.stringValue ?? row["registrant"]?.integerValue.map { String($0) } ?? "",
            kind: "registrant",
            content: .object(members)
        )
    }
}
