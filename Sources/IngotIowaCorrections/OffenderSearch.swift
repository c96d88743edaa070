import IngotCore
import IngotRecords

/// What is searched for, as the search's form sends it: a request of DataTables
/// (<https://datatables.net/manual/server-side>) with the fields of the search.
struct OffenderSearch {
    let county: String
    let lastName: String
    let readsDetails: Bool

    private static let columns = ["Name", "OffenderNumber", "Age", "Gender"]

    init(_ parameters: RecordParameters) throws {
        county = try CorrectionsSource.county(parameters)
        lastName = try parameters.text("last_name") ?? ""
        readsDetails = try parameters.flag("details", otherwise: true)
    }

    /// The fields of a request for a page.
    ///
    /// - Parameters:
    ///   - number: from 0.
    ///   - token: that the search's page has given.
    func form(page number: Int, token: String) -> [(String, String)] {
        let size = CorrectionsSource.rowsPerPage
        var form = [
            ("draw", String(number + 1)), ("start", String(number * size)), ("length", String(size)),
            ("order[0][column]", "0"), ("order[0][dir]", "asc"), ("search[value]", ""), ("search[regex]", "false"),
        ]
        for (index, name) in Self.columns.enumerated() {
            form += [
                ("columns[\(index)][data]", name), ("columns[\(index)][name]", name),
                ("columns[\(index)][searchable]", "true"), ("columns[\(index)][orderable]", "true"),
            ]
        }
        // “FirsName” is how the search spells it.
        form += [
            ("searchModel.FirsName", ""), ("searchModel.MiddleName", ""), ("searchModel.LastName", lastName),
            ("searchModel.OffenderNumber", ""), ("searchModel.Gender", ""), ("searchModel.County", county),
            ("searchModel.Location", ""), ("searchModel.Offense", ""), ("searchModel.SearchType", "SW"),
            ("__RequestVerificationToken", token),
        ]
        return form
    }
}
