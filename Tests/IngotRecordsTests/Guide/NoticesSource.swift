public import IngotCore
import IngotFetch
public import IngotRecords

/// Notices of a made-up register: `GET /notices.json?year=YEAR&page=PAGE` answers `{"notices": […], "total": …}`, at most
/// fifty a page.
public struct NoticesSource: RecordSource {
    private static let years = 1900...2100
    private static let maximumPages = 1000
    private static let shape = RecordShape("a notice", required: ["number", "title", "date"], optional: ["place"])

    public init() {}

    public var description: SourceDescription {
        SourceDescription(
            id: "notices",
            name: "Notices of a made-up register",
            jurisdiction: "us-ct",
            region: "Connecticut",
            documentType: "record",
            parameters: RecordParameters.schema(
                ["year": RecordParameters.integer("The year of the notices.", 1900...2100)],
                required: ["year"]
            ),
            defaultOrigin: nil,
            isExclusive: false,
            retentionDays: 30
        )
    }

    public func scope(of host: String, _ parameters: RecordParameters) throws -> String {
        "\(host)?year=\(try Self.year(parameters))"
    }

    public func collect(_ run: RecordRun) async throws -> RecordCollection {
        let year = try Self.year(run.parameters)
        let session = try await run.session()
        var seen: Int64 = 0
        for page in 1...Self.maximumPages {
            let counts = try await run.unit("page-\(page)", position: page) {
                let query = FormEncoding.text(of: [("year", String(year)), ("page", String(page))])
                let answer = try await session.get("/notices.json?\(query)")
                let value = try await session.json(of: answer)
                guard let rows = value["notices"]?.arrayValue, let total = value["total"]?.integerValue else {
                    throw await session.unexpected(answer, "has no notices and total")
                }
                try run.check(rows, against: Self.shape, in: "page \(page)")
                guard !rows.isEmpty || seen >= total else {
                    throw JobFailure.incompleteList("page \(page)", listed: seen, announced: total)
                }
                try await run.writer.write(try rows.map { try Self.record($0, host: run.host) })
                return ["rows": Int64(rows.count), "total": total]
            }
            let (rows, total) = (counts["rows"] ?? 0, counts["total"] ?? 0)
            seen += rows
            if seen >= total {
                try await run.endList("the notices", pages: (1...page).map { "page-\($0)" })
                return RecordCollection(isWhole: true)
            }
            run.attempt.progress.progress(Double(seen) / Double(total), "page \(page)")
        }
        throw JobFailure(code: "records_shape", message: "The list of notices has no end.")
    }

    private static func year(_ parameters: RecordParameters) throws -> Int {
        guard let year = try parameters.integer("year", in: years) else {
            throw RecordParameters.invalid("year", "is missing")
        }
        return year
    }

    private static func record(_ row: JSONValue, host: String) throws -> Record {
        guard let number = row["number"]?.stringValue, !number.isEmpty else {
            throw JobFailure(code: "records_shape", message: "A notice has no number.")
        }
        return Record(
            key: "\(number)@\(host)",
            kind: "notice",
            content: row,
            eventTime: row["date"]?.stringValue,
            address: row["place"]?.stringValue
        )
    }
}
