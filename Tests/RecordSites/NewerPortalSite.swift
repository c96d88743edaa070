public import IngotCore
import Synchronization

/// A strict stand-in of a newer portal: a cookie with a token, the token in a header, parts of at most 200 rows.
public final class NewerPortalSite: SiteImitation {
    public static let agency: Int64 = 417

    private struct State {
        var calls: [JSONValue]
        var inmates: [JSONValue]
        let announcesInmates: Bool
        let mostRows: Int
        var tokens = 0
        /// After so many posts the tokens given so far are stale, once.
        var postsBeforeStale: Int?
    }

    private let state: Mutex<State>

    /// - Parameters:
    ///   - announcesInmates: whether it says how many there are.
    ///   - mostRows: that an answer has, whatever is asked for.
    public init(
        calls: [JSONValue] = [],
        inmates: [JSONValue] = [],
        announcesInmates: Bool = false,
        mostRows: Int = 200,
        staleAfterPosts: Int? = nil
    ) {
        state = Mutex(
            State(
                calls: calls,
                inmates: inmates,
                announcesInmates: announcesInmates,
                mostRows: mostRows,
                postsBeforeStale: staleAfterPosts
            )
        )
    }

    public var inmates: [JSONValue] {
        get { state.withLock { $0.inmates } }
        set { state.withLock { $0.inmates = newValue } }
    }

    /// How many sessions were begun.
    public var sessions: Int { state.withLock { $0.tokens } }

    public func answer(_ request: SiteRequest) -> ImitatedAnswer {
        state.withLock { Self.answer(request, &$0) }
    }

    private static func answer(_ request: SiteRequest, _ state: inout State) -> ImitatedAnswer {
        switch (request.method, request.path) {
        case ("GET", "/"), ("GET", "/cadcalls"), ("GET", "/Inmates/Catalog"):
            state.tokens += 1
            let token = "token-\(state.tokens)"
            return .page(
                "<html><app-root></app-root></html>",
                headers: [
                    ("set-cookie", "XSRF-TOKEN=\(token); path=/; secure"), ("set-cookie", "session=\(token); HttpOnly"),
                ]
            )
        case ("GET", "/api/Agency/InitialSettings"):
            guard request.cookie("session") != nil else { return .refusal(401, "no session") }
            return .json(
                JSONValue.object(["AgencyId": .integer(agency), "Name": "Sample", "IsDeleted": false]).canonicalBytes
            )
        case ("GET", "/api/CADCalls/ADSSettings/\(agency)"):
            return .json(JSONValue.object(["OpenCallsEnabled": true, "ClosedCallsEnabled": true]).canonicalBytes)
        case ("POST", "/api/CADCalls/\(agency)"): return part(request, &state, areCalls: true)
        case ("POST", "/api/Inmates/\(agency)"): return part(request, &state, areCalls: false)
        default: return .refusal(404, "no such path")
        }
    }

    private static func part(_ request: SiteRequest, _ state: inout State, areCalls: Bool) -> ImitatedAnswer {
        let current = "token-\(state.tokens)"
        if let left = state.postsBeforeStale {
            if left == 0 {
                state.postsBeforeStale = nil
                // As the product does it: the application's page in the place of data.
                return .page("<html><app-root></app-root></html>")
            }
            state.postsBeforeStale = left - 1
        }
        guard request.headers["x-xsrf-token"] == current, request.cookie("XSRF-TOKEN") == current,
            request.cookie("session") == current
        else { return .refusal(400, "the antiforgery token is missing or stale") }
        guard request.headers["content-type"] == "application/json",
            let body = try? JSONValue(parsing: request.body), let paging = body["PagingOptions"],
            let take = paging["Take"]?.integerValue, (1...200).contains(take),
            let skip = paging["Skip"]?.integerValue, skip >= 0,
            let sort = paging["SortOptions"]?.arrayValue?.first, sort["Name"] != nil,
            ["Ascending", "Descending"].contains(sort["SortDirection"]?.stringValue), sort["Sequence"] == 1,
            body["FilterOptionsParameters"]?["IntersectionSearch"] == true, body["IncludeCount"] == true,
            (body["IncludeOpenCalls"] != nil) == areCalls, (body["IncludeClosedCalls"] != nil) == areCalls
        else { return .refusal(400, "not as the application asks") }
        let rows = areCalls ? state.calls : state.inmates
        let shown = Array(rows.dropFirst(Int(skip)).prefix(min(Int(take), state.mostRows)))
        let answer: JSONValue =
            areCalls
            ? ["Total": .integer(Int64(rows.count)), "CADCalls": .array(shown)]
            : ["TotalCount": state.announcesInmates ? .integer(Int64(rows.count)) : .null, "Inmates": .array(shown)]
        return .json(answer.canonicalBytes)
    }
}
