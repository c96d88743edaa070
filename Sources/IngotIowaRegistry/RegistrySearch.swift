import IngotCore
import IngotRecords

/// What is searched for.
struct RegistrySearch {
    let county: String
    let updated: String?
    let readsDetails: Bool

    init(_ parameters: RecordParameters) throws {
        county = try parameters.text("county") ?? "Dubuque"
        let isUpdate = try parameters.flag("update")
        updated = try parameters.text("updated", allowed: ["yesterday"]) ?? (isUpdate ? "yesterday" : nil)
        readsDetails = try parameters.flag("details", otherwise: true)
    }

    /// The query for a page, counted from 1.
    func query(page number: Int) -> [(String, String)] {
        var query = [
            ("countyname", county), ("per_page", String(RegistrySource.rowsPerPage)), ("page", String(number)),
        ]
        if let updated { query.append(("updated", updated)) }
        return query
    }
}
