public import IngotCore
import IngotFetch
public import IngotRecords

/// The rows of one dataset of an open-data portal, by version 2.1 of Socrata's API
/// (<https://dev.socrata.com/docs/endpoints.html>), with which cities publish calls, permits and the like.
///
/// A row belongs to the scope of the run that saw it last: let two definitions of one dataset ask for different rows.
public struct OpenDataSource: RecordSource {
    public init() {}

    public var description: SourceDescription {
        SourceDescription(
            id: "open-data",
            name: "Open-data portal: rows of a dataset",
            jurisdiction: "us",
            region: "local",
            documentType: "record",
            parameters: RecordParameters.schema(
                [
                    "dataset": [
                        "type": "string", "pattern": .string("^\(DatasetQuestion.identifierPattern)$"),
                        "description": "The dataset's identifier in the portal, two times four letters and digits.",
                    ],
                    "where": [
                        "type": "string", "minLength": 1, "maxLength": 1000,
                        "description": "Which of its rows, as the portal's own condition in SoQL; all when absent.",
                    ],
                    "page_rows": RecordParameters.integer(
                        "How many rows are asked for at once, 1000 unless given.",
                        Int64(DatasetQuestion.pageBounds.lowerBound)...Int64(DatasetQuestion.pageBounds.upperBound)
                    ),
                ],
                required: ["dataset"]
            ),
            defaultOrigin: nil,
            isExclusive: false,
            // No definition comes with it: none could say which dataset.
            retentionDays: 30
        )
    }

    public func scope(of host: String, _ parameters: RecordParameters) throws -> String {
        try DatasetQuestion(parameters).scope(of: host)
    }

    /// - Throws: `JobFailure`: `upstream_not_found` for an unknown dataset, `records_incomplete`, `records_shape`,
    ///   `upstream_malformed`, `upstream_too_large`, what a session throws.
    public func collect(_ run: RecordRun) async throws -> RecordCollection {
        let question = try DatasetQuestion(run.parameters)
        try await DatasetRows(run: run, question: question, session: try await run.session()).collect()
        return RecordCollection(isWhole: true)
    }
}
