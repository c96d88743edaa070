public import IngotCore
import IngotFetch
public import IngotRecords

/// Calls for service that a police portal shows: the closed ones of the last days and those under way.
public struct CallsSource: RecordSource {
    public init() {}

    public var description: SourceDescription {
        SourceDescription(
            id: "p2c-calls",
            name: "Police to Citizen: calls for service",
            jurisdiction: "us",
            region: "local",
            documentType: "record",
            parameters: RecordParameters.schema([
                "rows": RecordParameters.integer(
                    "Rows that a page of a list holds; the newer portal takes 200.",
                    1...10_000
                ),
                "portal": PortalGeneration.schema,
                "coordinates": [
                    "type": "string", "enum": ["metres", "feet", "none"],
                    "description": """
                    What the classic portal's coordinates are measured in: metres or US survey feet of the plane \
                    EPSG:26975 (Iowa North); “none”: they are of another plane and not used.
                    """,
                ],
                "days": RecordParameters.integer(
                    "Taken, and without effect: the portal says how far back it shows.",
                    1...3650
                ),
            ]),
            defaultOrigin: nil,
            isExclusive: false,
            definitions: [
                BuiltInDefinition(name: "P2C-DubqueRecentCallsRip", retries: .endless(EndlessRetries()))
            ],
            retentionDays: 30
        )
    }

    /// - Throws: `JobFailure`: `upstream_blocked`, `records_incomplete`, `records_shape`, what a session throws.
    public func collect(_ run: RecordRun) async throws -> RecordCollection {
        switch try PortalGeneration(run) {
        case .classic: try await ClassicCalls(run).collect()
        case .newer: try await NewerCalls(run).collect()
        }
        // What is not shown any more is still what happened.
        return RecordCollection(isWhole: false)
    }
}
