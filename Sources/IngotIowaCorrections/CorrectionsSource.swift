public import IngotCore
import IngotFetch
import IngotMarkup
public import IngotRecords

/// The offender search of Iowa's Department of Corrections: a search by county, page by page, and each offender's
/// details.
public struct CorrectionsSource: RecordSource {
    public init() {}

    /// The rows that a page of the search has.
    static let rowsPerPage = 25
    private static let maximumPages = 2000
    /// Dubuque, as the search numbers the counties.
    private static let standardCounty = "31"

    public var description: SourceDescription {
        SourceDescription(
            id: "iowa-corrections",
            name: "Iowa Department of Corrections: offenders",
            jurisdiction: "us-ia",
            region: "Iowa",
            documentType: "record",
            parameters: RecordParameters.schema([
                "county": [
                    "type": "string", "pattern": "^[0-9]{0,3}$",
                    "description": "The county's number in the search, 31 (Dubuque) unless given; empty for all.",
                ],
                "last_name": ["type": "string", "maxLength": 100, "description": "What the last name begins with."],
                "details": [
                    "type": "boolean", "description": "Whether each offender's details are read; true unless given.",
                ],
                "days": RecordParameters.integer("Taken, and without effect: the search has no days.", 1...3650),
            ]),
            defaultOrigin: nil,
            isExclusive: false,
            definitions: [BuiltInDefinition(name: "Iowa-Corrections", retries: .endless(EndlessRetries()))],
            retentionDays: 14
        )
    }

    public func scope(of host: String, _ parameters: RecordParameters) throws -> String {
        let search = try OffenderSearch(parameters)
        return "\(host)?county=\(search.county)&last_name=\(search.lastName)"
    }

    /// - Throws: `JobFailure`: `upstream_blocked`, `records_incomplete`, `records_shape`, what a session throws.
    public func collect(_ run: RecordRun) async throws -> RecordCollection {
        let list = OffenderList(run: run, search: try OffenderSearch(run.parameters))
        var session: OffenderSession?
        var pages: [String] = []
        for number in 0..<Self.maximumPages {
            pages.append("page-\(number + 1)")
            let counts = try await run.unit(pages[number], position: number * (Self.rowsPerPage + 1)) {
                let current: OffenderSession
                if let session { current = session } else { current = try await OffenderSession(run) }
                session = current
                return try await list.page(number, current)
            }
            let total = Int(counts["total"] ?? 0)
            if total > 0 {
                run.attempt.progress.progress(
                    Double((number + 1) * Self.rowsPerPage) / Double(total),
                    "page \(number + 1)"
                )
            }
            if (number + 1) * Self.rowsPerPage >= total {
                try await run.endList("the search", pages: pages)
                return RecordCollection(isWhole: true)
            }
        }
        throw JobFailure(code: "records_shape", message: "The search has no end.")
    }

    static func county(_ parameters: RecordParameters) throws -> String {
        try parameters.text("county") ?? standardCounty
    }
}
