import IngotCore
import IngotFetch
import IngotRecords

/// The calls of a classic portal, grid by grid and page by page.
struct ClassicCalls {
    let run: RecordRun
    private let rowsPerPage: Int
    private let plane: StatePlane?

    init(_ run: RecordRun) throws {
        self.run = run
        rowsPerPage = try run.parameters.integer("rows", in: 1...ClassicPortal.allRows) ?? 200
        let unit = try run.parameters.text("coordinates", allowed: ["metres", "feet", "none"]) ?? "metres"
        plane = StatePlane.Unit(rawValue: unit).map { StatePlane(unit: $0) }
    }

    private static let maximumPages = 1000

    func collect() async throws {
        let portal = ClassicPortal(session: try await run.session())
        // What is closed in between is then found among the closed ones.
        try await collect(.currentCalls, named: "current", first: 0, from: portal)
        run.attempt.progress.progress(0.3, "closed calls")
        try await collect(.closedCalls, named: "closed", first: Self.maximumPages, from: portal)
    }

    private func collect(
        _ grid: ClassicPortal.Grid,
        named name: String,
        first: Int,
        from portal: ClassicPortal
    ) async throws {
        let unit = { @Sendable (number: Int) in "\(name)-page-\(number)" }
        let page = { @Sendable (number: Int) async throws -> Int in
            let counts = try await run.unit(unit(number), position: first + number) {
                try await read(number, of: grid, named: name, from: portal)
            }
            return Int(counts["pages"] ?? 0)
        }
        if isLeft(unit) {
            // The session's cookie, and the server reads its calls anew.
            _ = try await portal.session.get(grid.page, headers: [("accept", "text/html")])
        }
        var asked = 1
        var pages = try await page(1)
        // Calls that come meanwhile can push the last ones to a page more.
        while pages > asked {
            guard pages <= Self.maximumPages else {
                throw JobFailure(
                    code: "records_shape",
                    message: "The \(name) calls have \(pages) pages, more than \(Self.maximumPages).",
                    advice: "Ask for more rows a page with the parameter “rows”."
                )
            }
            let found = try await mapConcurrently(Array(asked + 1...pages), atOnce: run.workers) { try await page($0) }
            asked = pages
            pages = max(pages, found.max() ?? 0)
        }
        try await run.endList("the \(name) calls", pages: (1...asked).map(unit), growsAtFront: true)
    }

    /// Whether a page of the grid is left to be asked for.
    private func isLeft(_ unit: (Int) -> String) -> Bool {
        var pages: Int64 = 1
        var number = 1
        while number <= pages {
            guard let counts = run.counts(of: unit(number)) else { return true }
            pages = max(pages, counts["pages"] ?? 0)
            number += 1
        }
        return false
    }

    private func read(
        _ number: Int,
        of grid: ClassicPortal.Grid,
        named name: String,
        from portal: ClassicPortal
    ) async throws -> [String: Int64] {
        let page = try await portal.page(number, of: grid, rows: rowsPerPage)
        let place = "page \(number) of the \(name) calls"
        try run.check(page.rows, against: .classicCall, in: place)
        let isLast = number >= page.pages
        // More pages than there would be of this size are pages of another size.
        let (full, rest) = page.records.quotientAndRemainder(dividingBy: rowsPerPage)
        let hasOwnSize = page.pages > full + (rest > 0 ? 1 : 0)
        guard isLast || page.rows.count == rowsPerPage || page.rows.count < rowsPerPage && !hasOwnSize else {
            throw JobFailure(
                code: "records_shape",
                message: "\(place) has \(page.rows.count) rows, and \(rowsPerPage) were asked for.",
                advice: "Ask for the rows that the site gives with the parameter “rows”."
            )
        }
        let expected = isLast ? min(rowsPerPage, page.records - (number - 1) * rowsPerPage) : rowsPerPage
        guard page.rows.count >= expected else {
            throw JobFailure.incompleteList(place, listed: Int64(page.rows.count), announced: Int64(expected))
        }
        try await run.writer.write(page.rows.map { record($0) })
        return ["rows": Int64(page.rows.count), "pages": Int64(page.pages), "total": Int64(page.records)]
    }

    private func record(_ row: JSONValue) -> Record {
        let number = { (name: String) in row[name]?.stringValue.flatMap(Double.init) }
        var coordinates: Coordinates?
        if let plane, let x = number("geox"), let y = number("geoy") { coordinates = plane.coordinates(x: x, y: y) }
        let id = row["id"]?.stringValue ?? ""
        return Record(
            key: "\(id.isEmpty ? Record.hash(of: row.canonicalBytes) : id)@\(run.host)",
            kind: "call",
            content: row,
            positions: ["invid"],
            eventTime: row["starttime"]?.stringValue.flatMap { PortalTime.iso($0) },
            address: row["address"]?.stringValue,
            coordinates: coordinates
        )
    }
}
