public import IngotCore
public import IngotRecords

/// Who is held in a jail, as a police portal shows it; who is not shown any more was released.
public struct InmatesSource: RecordSource {
    public init() {}

    public var description: SourceDescription {
        SourceDescription(
            id: "p2c-inmates",
            name: "Police to Citizen: inmates",
            jurisdiction: "us",
            region: "local",
            documentType: "record",
            parameters: RecordParameters.schema([
                "portal": PortalGeneration.schema,
                "rows": RecordParameters.integer("Rows that a part of a newer portal's list holds.", 1...10_000),
                "days": RecordParameters.integer("Taken, and without effect: a roster has no days.", 1...3650),
            ]),
            defaultOrigin: nil,
            isExclusive: false,
            definitions: [
                BuiltInDefinition(
                    name: "P2C-Inmates",
                    parameters: ["days": 3, "workers": 7],
                    retries: .endless(EndlessRetries())
                )
            ],
            retentionDays: 30
        )
    }

    /// - Throws: `JobFailure`: `upstream_blocked`, `records_incomplete`, `records_shape`, `roster_moved`, what a session throws.
    public func collect(_ run: RecordRun) async throws -> RecordCollection {
        switch try PortalGeneration(run) {
        case .classic: try await ClassicInmates(run: run).collect()
        case .newer: try await NewerInmates(run: run).collect()
        }
        return RecordCollection(isWhole: true)
    }
}
