public import IngotCore
import IngotFetch
import IngotMarkup
public import IngotRecords

/// The daily bulletin of a classic portal: arrests, citations, incidents and accidents, day by day.
///
/// The day that a grid shows is a property of the session, so the days are asked for one after the other.
public struct BulletinSource: RecordSource {
    public init() {}

    public var description: SourceDescription {
        SourceDescription(
            id: "p2c-bulletin",
            name: "Police to Citizen: daily bulletin",
            jurisdiction: "us",
            region: "local",
            documentType: "record",
            parameters: RecordParameters.schema([
                "days": RecordParameters.integer("How many days are asked for, the last one first.", 1...366),
                "until": [
                    "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
                    "description": "The last day; today in UTC unless given.",
                ],
                "chunk_size": RecordParameters.integer("How many days one session asks for.", 1...366),
                "type": [
                    "type": "string", "enum": ["", "AL", "AR", "TC", "LW", "TA"],
                    "description": """
                    Which entries: arrests, citations, incidents, accidents; as a rule empty, which gives all.
                    """,
                ],
            ]),
            defaultOrigin: nil,
            isExclusive: false,
            definitions: [
                BuiltInDefinition(
                    name: "P2C-DailyBulletin",
                    parameters: ["days": 3, "workers": 7, "chunk_size": 7, "log_level": "INFO"],
                    retries: .endless(EndlessRetries())
                )
            ],
            retentionDays: 30
        )
    }

    /// - Throws: `JobFailure`: `upstream_blocked`, `records_incomplete`, `records_shape`, what a session throws.
    public func collect(_ run: RecordRun) async throws -> RecordCollection {
        let count = try run.parameters.integer("days", in: 1...366) ?? 3
        let chunk = try run.parameters.integer("chunk_size", in: 1...366) ?? 7
        let type = try run.parameters.text("type", allowed: ["", "AL", "AR", "TC", "LW", "TA"]) ?? ""
        let named = try run.parameters.text("until")
        guard let last = named.map(CivilDate.init) ?? CivilDate(of: run.begin) else {
            throw RecordParameters.invalid("until", "is not a day such as 2026-01-10")
        }
        var portal: ClassicPortal?
        var asked = 0
        for index in 0..<count {
            let day = last.before(index)
            try await run.unit("day-\(day.iso)", position: index + 1) {
                if asked % chunk == 0 { portal = nil }
                asked += 1
                let current: ClassicPortal
                if let portal { current = portal } else { current = ClassicPortal(session: try await run.session()) }
                portal = current
                return try await Self.collect(day, type, run, current)
            }
            run.attempt.progress.progress(Double(index + 1) / Double(count), "day \(day.iso)")
        }
        // What is not shown any more is still what happened.
        return RecordCollection(isWhole: false)
    }

    private static func collect(
        _ day: CivilDate,
        _ type: String,
        _ run: RecordRun,
        _ portal: ClassicPortal
    ) async throws -> [String: Int64] {
        let grid = ClassicPortal.Grid.bulletin
        let form = try await portal.form(at: grid.page)
        let answer = try await portal.session.post(
            grid.page,
            form: form.fields(setting: [
                ("__EVENTTARGET", "MasterPage$mainContent$lbUpdate"), ("__EVENTARGUMENT", ""),
                ("MasterPage$mainContent$ddlType2", type), ("MasterPage$mainContent$txtDate2", day.american),
            ]),
            headers: [("accept", "text/html"), ("referer", portal.session.site + grid.page)]
        )
        // Rows of another day under this one's name would be worse than none.
        let shown = try await portal.form(in: answer).element("txtDate2")?.attributes["value"]
        guard shown == day.american else {
            throw await portal.session.unexpected(
                answer,
                "shows the bulletin of “\((shown ?? "").prefix(20))”, not \(day.american)"
            )
        }
        let page = try await portal.page(1, of: grid, rows: ClassicPortal.allRows, date: day.american)
        try run.check(page.rows, against: BulletinEntry.shape, in: "the bulletin of \(day.iso)")
        guard page.rows.count >= page.records else {
            throw JobFailure.incompleteList(
                "the bulletin of \(day.iso)",
                listed: Int64(page.rows.count),
                announced: Int64(page.records)
            )
        }
        guard page.rows.count == page.records else {
            throw JobFailure(
                code: "records_shape",
                message: "The bulletin of \(day.iso) has \(page.records) entries and shows \(page.rows.count).",
                advice: "Look at the site; if it has changed, its source must be adapted."
            )
        }
        try await run.writer.write(page.rows.map { BulletinEntry.record($0, host: run.host) })
        return ["rows": Int64(page.rows.count)]
    }
}
