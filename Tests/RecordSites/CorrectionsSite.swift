public import IngotCore
import Synchronization

/// A strict stand-in of the corrections search: a token in its page, requests of DataTables, pages of 25, details.
public final class CorrectionsSite: SiteImitation {
    private struct State {
        var offenders: [JSONValue]
        var gone: Set<String> = []
    }

    private let state: Mutex<State>
    private static let token = "made-up-token+/="

    public init(_ offenders: [JSONValue]) { state = Mutex(State(offenders: offenders)) }

    public var offenders: [JSONValue] {
        get { state.withLock { $0.offenders } }
        set { state.withLock { $0.offenders = newValue } }
    }

    /// Lets the details of offenders be gone.
    public func removeDetails(of numbers: Set<String>) { state.withLock { $0.gone = numbers } }

    public func answer(_ request: SiteRequest) -> ImitatedAnswer {
        switch (request.method, request.path) {
        case ("GET", "/Offender/Search"):
            return .page(
                """
                <html><body><form action="/Offender/Search" method="post"><input name="__RequestVerificationToken" \
                type="hidden" value="\(Self.token)" /></form></body></html>
                """,
                headers: [("set-cookie", ".AspNetCore.Antiforgery=cookie; path=/; HttpOnly")]
            )
        case ("POST", "/api/offender/GetOffenderListAjax"): return list(request)
        case ("GET", "/offender/detail"): return detail(request)
        default: return .refusal(404, "no such path")
        }
    }

    private func list(_ request: SiteRequest) -> ImitatedAnswer {
        let form = request.form
        let fields = [
            "draw", "order[0][column]", "order[0][dir]", "search[value]", "searchModel.FirsName",
            "searchModel.MiddleName", "searchModel.LastName", "searchModel.OffenderNumber", "searchModel.Gender",
            "searchModel.Location", "searchModel.Offense",
        ]
        guard request.cookie(".AspNetCore.Antiforgery") == "cookie", form["__RequestVerificationToken"] == Self.token,
            fields.allSatisfy({ form[$0] != nil }), form["searchModel.SearchType"] == "SW",
            form["searchModel.County"] == "31",
            (0..<4).allSatisfy({ form["columns[\($0)][data]"] != nil && form["columns[\($0)][searchable]"] != nil }),
            form["length"] == "25", let start = Int(form["start"] ?? ""), start % 25 == 0
        else { return .refusal(400, "not as the search asks") }
        let rows = offenders
        let count = JSONValue.integer(Int64(rows.count))
        let answer: JSONValue = [
            "draw": .integer(Int64(form["draw"] ?? "") ?? 0), "recordsTotal": count, "recordsFiltered": count,
            "data": .array(Array(rows.dropFirst(start).prefix(25))),
        ]
        return .json(answer.canonicalBytes)
    }

    private func detail(_ request: SiteRequest) -> ImitatedAnswer {
        let number = request.query["offenderNumber"] ?? ""
        let isThere = state.withLock { state in
            !state.gone.contains(number) && state.offenders.contains { $0["OffenderNumber"]?.stringValue == number }
        }
        guard isThere else { return .page("<html>not found</html>", status: 404) }
        let pairs = [
            ("Location:", "Sample Facility"), ("Offense:", "SAMPLE OFFENSE"), ("TDD/SDD *:", "01/15/2028"),
            ("Mandatory Minimum (if applicable):", ""), ("Decision Date:", "06/01/2025"),
        ].map { "<div class=\"row\"><div class=\"label\">\($0)</div><div class=\"d-inline-flex\">\($1)</div></div>" }
        return .page(
            """
            <html><body>\(pairs.joined())<table id="charges"><thead><tr><th></th><th>Supervision Status</th></tr></thead>
            <tbody><tr><td></td><td>Prison</td><td>C Felony</td><td>Sample</td><td data-sort="20280115">1/15/2028</td></tr>
            </tbody></table></body></html>
            """
        )
    }
}
