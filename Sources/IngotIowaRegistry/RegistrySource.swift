public import IngotCore
import IngotFetch
public import IngotRecords

/// Iowa's sex offender registry, by its public JSON API.
///
/// Its published terms: 50 requests an hour, 100 results a page, nothing kept for longer than 14 days, and no latitude
/// or longitude stored. All of them hold here whatever a request says.
public struct RegistrySource: RecordSource {
    public init() {}

    /// As published.
    public static let terms = HostTerms(requestsPerHour: 50)
    static let rowsPerPage = 100
    static let longestRetention = 14
    private static let maximumPages = 1000

    public var longestRetentionDays: Int { Self.longestRetention }

    public var description: SourceDescription {
        SourceDescription(
            id: "iowa-registry",
            name: "Iowa sex offender registry",
            jurisdiction: "us-ia",
            region: "Iowa",
            documentType: "record",
            parameters: RecordParameters.schema(
                [
                    "county": [
                        "type": "string", "maxLength": 60, "description": "The county's name; Dubuque unless given.",
                    ],
                    "updated": [
                        "type": "string", "enum": ["yesterday"],
                        "description": "Only registrants whose data changed then; nobody is then found to be gone.",
                    ],
                    "update": [
                        "type": "boolean", "description": "Another name of `updated`: true stands for “yesterday”.",
                    ],
                    "details": [
                        "type": "boolean",
                        "description": "Whether each registrant's details are read; true unless given.",
                    ],
                    "days": RecordParameters.integer("Taken, and without effect: the search has no days.", 1...3650),
                ],
                longestRetention: Int64(Self.longestRetention)
            ),
            defaultOrigin: nil,
            isExclusive: false,
            definitions: [BuiltInDefinition(name: "Iowa-Registry", retries: .endless(EndlessRetries()))],
            terms: Self.terms,
            retentionDays: Self.longestRetention
        )
    }

    public func scope(of host: String, _ parameters: RecordParameters) throws -> String {
        "\(host)?county=\(try RegistrySearch(parameters).county)"
    }

    /// - Throws: `JobFailure`: `upstream_blocked`, `records_incomplete`, `records_shape`, what a session throws.
    public func collect(_ run: RecordRun) async throws -> RecordCollection {
        let search = try RegistrySearch(run.parameters)
        let list = RegistrantList(run: run, search: search, session: try await run.session())
        var units: [String] = []
        for number in 1...Self.maximumPages {
            let unit = "page-\(number)"
            units.append(unit)
            let counts = try await run.unit(unit, position: number * (Self.rowsPerPage + 1)) {
                try await list.page(number)
            }
            let pages = Int(counts["pages"] ?? 0)
            if pages > 0 { run.attempt.progress.progress(Double(number) / Double(pages), "page \(number) of \(pages)") }
            if number >= pages {
                try await run.endList("the search", pages: units)
                return RecordCollection(isWhole: search.updated == nil, mayBeEmpty: search.updated != nil)
            }
        }
        throw JobFailure(code: "records_shape", message: "The search has no end.")
    }
}
