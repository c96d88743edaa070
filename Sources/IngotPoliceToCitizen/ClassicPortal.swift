import IngotCore
import IngotFetch
import IngotMarkup
import IngotRecords

/// The classic portal: pages of ASP.NET whose lists are grids (jqGrid) with handlers of their own.
struct ClassicPortal: Sendable {
    let session: SiteSession

    /// A grid: which handler answers for it, from which page, in which order.
    struct Grid: Sendable {
        var handler: String
        /// The parameter `t`.
        var type: String
        /// The page that has it; a session has to have seen it.
        var page: String
        var sortedBy: String
        var isDescending: Bool

        static let closedCalls = Grid(
            handler: "/cad/cadHandler.ashx",
            type: "css",
            page: "/cad/callsnapshot.aspx",
            sortedBy: "starttime",
            isDescending: true
        )
        static let currentCalls = Grid(
            handler: "/cad/cadHandler.ashx",
            type: "ccc",
            page: "/cad/currentcalls.aspx",
            sortedBy: "starttime",
            isDescending: true
        )
        static let bulletin = Grid(
            handler: "/jqHandler.ashx",
            type: "db",
            page: "/dailybulletin.aspx",
            sortedBy: "case",
            isDescending: false
        )
        static let inmates = Grid(
            handler: "/jqHandler.ashx",
            type: "ii",
            page: "/jailinmates.aspx",
            sortedBy: "disp_name",
            isDescending: false
        )
    }

    /// One page of a grid.
    struct GridPage: Sendable {
        var rows: [JSONValue]
        /// How many pages there are.
        var pages: Int
        /// How many rows all pages have.
        var records: Int
    }

    /// The number of rows with which a grid's page holds all.
    static let allRows = 10_000

    /// Asks for a page of a grid.
    ///
    /// - Parameters:
    ///   - number: from 1.
    ///   - rows: that a page holds.
    ///   - date: of a bulletin, `MM/DD/YYYY`.
    /// - Throws: `CancellationError`; `JobFailure`.
    func page(_ number: Int, of grid: Grid, rows: Int, date: String? = nil) async throws -> GridPage {
        var form = [
            ("t", grid.type), ("_search", "false"), ("nd", String(Timestamp.now().millisecondsSinceEpoch)),
            ("rows", String(rows)), ("page", String(number)), ("sidx", grid.sortedBy),
            ("sord", grid.isDescending ? "desc" : "asc"),
        ]
        if let date { form.append(("d", date)) }
        let answer = try await session.post(
            "\(grid.handler)?op=s",
            form: form,
            headers: [
                ("x-requested-with", "XMLHttpRequest"), ("referer", session.site + grid.page),
                ("accept", "application/json, text/javascript, */*; q=0.01"),
            ]
        )
        let value = try await session.json(of: answer)
        guard let list = value["rows"]?.arrayValue, let pages = Self.count(value["total"]),
            let records = Self.count(value["records"])
        else { throw await session.unexpected(answer, "has no rows, total and records") }
        return GridPage(rows: list.map(Self.withPlainNames), pages: pages, records: records)
    }

    /// A number, or one in quotes.
    private static func count(_ value: JSONValue?) -> Int? {
        guard let number = value?.integerValue ?? value?.stringValue.flatMap({ Int64($0) }), number >= 0 else {
            return nil
        }
        return Int(clamping: number)
    }

    /// Some sites spell `geoX`, `geoY`.
    private static func withPlainNames(_ row: JSONValue) -> JSONValue {
        guard case .object(var members) = row else { return row }
        for name in ["geoX", "geoY"] {
            if let value = members.removeValue(forKey: name) { members[name.lowercased()] = value }
        }
        return .object(members)
    }

    // MARK: - Pages

    /// Reads a page with its form's hidden fields.
    func form(at path: String) async throws -> ClassicForm {
        try await form(in: session.get(path, headers: [("accept", "text/html")]))
    }

    func form(in answer: SessionAnswer) async throws -> ClassicForm {
        guard let form = ClassicForm(try HTMLDocument(answer.body)) else {
            throw await session.unexpected(answer, "has no form with a view state")
        }
        return form
    }
}
