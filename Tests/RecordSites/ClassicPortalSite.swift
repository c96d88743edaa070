public import IngotCore
import Synchronization

/// A strict stand-in of a classic portal: a session's cookie and view state, pages that have to be seen before their
/// grids answer, the headers of its scripts, and pages of rows.
public final class ClassicPortalSite: SiteImitation {
    /// What the portal shows.
    public struct Contents: Sendable {
        public var closedCalls: [JSONValue] = []
        public var currentCalls: [JSONValue] = []
        /// By `MM/DD/YYYY`.
        public var bulletins: [String: [JSONValue]] = [:]
        public var inmates: [ImitatedInmate] = []

        public init() {}
    }

    private struct Session {
        /// Pages that it has seen.
        var pages: Set<String> = []
        /// Counts the forms that it was given; each is good for one post.
        var forms = 0
        var bulletinDate = ""
        var hasSeenRoster = false
        /// By `navid`.
        var details: [String: Int] = [:]
    }

    private struct State {
        var contents: Contents
        var sessions: [String: Session] = [:]
        /// How many details are shown of the inmate after the one that was asked for.
        var shiftedDetails = 0
    }

    private let state: Mutex<State>

    public init(_ contents: Contents) { state = Mutex(State(contents: contents)) }

    public var contents: Contents {
        get { state.withLock { $0.contents } }
        set { state.withLock { $0.contents = newValue } }
    }

    public var sessionCount: Int { state.withLock { $0.sessions.count } }

    /// Shows another inmate's details so many times, as when the roster has moved.
    public func shiftDetails(_ times: Int) { state.withLock { $0.shiftedDetails = times } }

    public func answer(_ request: SiteRequest) -> ImitatedAnswer {
        state.withLock { state in
            let cookie = request.cookie("ASP.NET_SessionId")
            let known = cookie.flatMap { state.sessions[$0] == nil ? nil : $0 }
            let id = known ?? "session\(state.sessions.count + 1)"
            var session = state.sessions[id] ?? Session()
            var answer = Self.answer(request, isNew: known == nil, &session, &state)
            state.sessions[id] = session
            if known == nil {
                answer.headers.append(("set-cookie", "ASP.NET_SessionId=\(id); path=/; HttpOnly; SameSite=Lax"))
            }
            return answer
        }
    }

    private static func answer(
        _ request: SiteRequest,
        isNew: Bool,
        _ session: inout Session,
        _ state: inout State
    ) -> ImitatedAnswer {
        switch (request.method, request.path) {
        case ("GET", "/main.aspx"), ("GET", "/cad/callsnapshot.aspx"), ("GET", "/cad/currentcalls.aspx"):
            session.pages.insert(request.path)
            return .page("<html><body>\(request.path)</body></html>")
        case ("GET", "/dailybulletin.aspx"), ("GET", "/jailinmates.aspx"):
            session.pages.insert(request.path)
            return form(request.path, &session)
        case ("POST", _) where isNew: return .refusal(500, "no session")
        case ("POST", "/cad/cadHandler.ashx"): return grid(request, &session, state)
        case ("POST", "/jqHandler.ashx"): return grid(request, &session, state)
        case ("POST", "/dailybulletin.aspx"): return setBulletin(request, &session)
        case ("POST", "/jailinmates.aspx"): return openDetail(request, &session, state)
        case ("GET", "/InmateDetail.aspx"): return detail(request, session, &state)
        default: return .refusal(404, "no such page")
        }
    }

    // MARK: - Grids

    private static func grid(_ request: SiteRequest, _ session: inout Session, _ state: State) -> ImitatedAnswer {
        let form = request.form
        guard request.query["op"] == "s", request.headers["x-requested-with"] == "XMLHttpRequest",
            request.headers["content-type"]?.hasPrefix("application/x-www-form-urlencoded") == true,
            request.headers["origin"] != nil, let referer = request.headers["referer"],
            form["_search"] == "false", Int(form["nd"] ?? "") != nil,
            let size = Int(form["rows"] ?? ""), size > 0, size <= 10_000,
            let number = Int(form["page"] ?? ""), number > 0, ["asc", "desc"].contains(form["sord"])
        else { return .refusal(500, "not as the grid's script asks") }
        let isCalls = request.path == "/cad/cadHandler.ashx"
        let (rows, page, sort): ([JSONValue], String, String)
        switch (form["t"], isCalls) {
        case ("css", true): (rows, page, sort) = (state.contents.closedCalls, "/cad/callsnapshot.aspx", "starttime")
        case ("ccc", true): (rows, page, sort) = (state.contents.currentCalls, "/cad/currentcalls.aspx", "starttime")
        case ("db", false):
            (rows, page, sort) = (state.contents.bulletins[session.bulletinDate] ?? [], "/dailybulletin.aspx", "case")
        case ("ii", false):
            (rows, page, sort) = (
                state.contents.inmates.enumerated().map { $1.row(at: $0) }, "/jailinmates.aspx", "disp_name"
            )
            session.hasSeenRoster = true
        default: return .refusal(500, "no such grid")
        }
        guard session.pages.contains(page), referer.hasSuffix(page), form["sidx"] == sort else {
            return .refusal(500, "the page of the grid was not seen")
        }
        let start = min(rows.count, (number - 1) * size)
        let shown = rows[start..<min(rows.count, start + size)]
        let answer: JSONValue = [
            "total": .integer(Int64((rows.count + size - 1) / size)), "page": .integer(Int64(number)),
            "records": .integer(Int64(rows.count)), "rows": .array(Array(shown)),
        ]
        // As the product does it, whatever it sends.
        return ImitatedAnswer(type: "text/plain; charset=utf-8", body: answer.canonicalBytes)
    }

    // MARK: - Forms

    private static let states = [
        "__EVENTTARGET", "__EVENTARGUMENT", "__LASTFOCUS", "__VIEWSTATE", "__VIEWSTATEGENERATOR",
        "__EVENTVALIDATION",
    ]

    private static func form(_ path: String, _ session: inout Session, date: String = "") -> ImitatedAnswer {
        session.forms += 1
        let values = ["", "", "", "state/\(path)+\(session.forms)==", "4D9DE82D", "valid+\(session.forms)=="]
        let hidden = zip(states, values).map { "<input type=\"hidden\" name=\"\($0)\" id=\"\($0)\" value=\"\($1)\" />" }
        let controls =
            path == "/dailybulletin.aspx"
            ? """
            <select name="MasterPage$mainContent$ddlType2" id="mainContent_ddlType2"><option value="AL">- ALL -</option>
            </select><input name="MasterPage$mainContent$txtDate2" type="text" value="\(date)" id="mainContent_txtDate2" />
            """
            : """
            <input type="hidden" name="ctl00$MasterPage$mainContent$CenterColumnContent$hfRecordIndex" value="" />
            <input type="submit" name="ctl00$MasterPage$mainContent$CenterColumnContent$btnInmateDetail" value="" />
            """
        return .page("<html><body><form method=\"post\">\(hidden.joined())\(controls)</form></body></html>")
    }

    /// Whether a post carries the fields of the form that the session was given last.
    private static func isCurrent(_ form: [String: String], of path: String, _ session: Session) -> Bool {
        states.allSatisfy { form[$0] != nil } && form["__VIEWSTATE"] == "state/\(path)+\(session.forms)=="
            && form["__EVENTVALIDATION"] == "valid+\(session.forms)=="
    }

    private static func setBulletin(_ request: SiteRequest, _ session: inout Session) -> ImitatedAnswer {
        let form = request.form
        guard isCurrent(form, of: request.path, session),
            form["__EVENTTARGET"] == "MasterPage$mainContent$lbUpdate",
            form["MasterPage$mainContent$ddlType2"] != nil, let date = form["MasterPage$mainContent$txtDate2"]
        else { return .refusal(500, "invalid view state") }
        session.bulletinDate = date
        return self.form(request.path, &session, date: date)
    }

    private static func openDetail(_ request: SiteRequest, _ session: inout Session, _ state: State) -> ImitatedAnswer {
        let form = request.form
        let prefix = "ctl00$MasterPage$mainContent$CenterColumnContent$"
        guard isCurrent(form, of: request.path, session), session.hasSeenRoster,
            form[prefix + "btnInmateDetail"] == "", let index = Int(form[prefix + "hfRecordIndex"] ?? "")
        else { return .refusal(500, "invalid view state") }
        session.forms += 1
        let navigation = "\(session.details.count + 1)00000"
        session.details[navigation] = index
        return ImitatedAnswer(status: 302, headers: [("location", "/InmateDetail.aspx?navid=\(navigation)")])
    }

    private static func detail(_ request: SiteRequest, _ session: Session, _ state: inout State) -> ImitatedAnswer {
        guard var index = session.details[request.query["navid"] ?? ""] else { return .refusal(500, "no such detail") }
        if state.shiftedDetails > 0 {
            state.shiftedDetails -= 1
            index += 1
        }
        guard state.contents.inmates.indices.contains(index) else { return .refusal(404, "no such inmate") }
        return .page(state.contents.inmates[index].detailPage)
    }
}
