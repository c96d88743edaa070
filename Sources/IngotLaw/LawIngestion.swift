public import IngotCore
public import IngotFetch

/// Runs one attempt of a law source's job: plan, then unit by unit capture, read, compare, write; then the
/// validation gate, and one statement that makes the revision visible.
public struct LawIngestion: Source {
    private let source: any LawSource
    private let makeFetcher: @Sendable (_ captureFolder: String) -> Fetcher

    /// - Parameter makeFetcher: makes the attempt's fetcher, given an existing folder for captured files.
    public init(_ source: any LawSource, makeFetcher: @escaping @Sendable (_ captureFolder: String) -> Fetcher) {
        self.source = source
        self.makeFetcher = makeFetcher
    }

    /// The source's own description, with the parameters that every law source has.
    public var description: SourceDescription {
        var description = source.description
        if case .object(var schema) = description.parameters {
            var properties = schema["properties"]?.objectValue ?? [:]
            properties["allow_shrink"] = [
                "type": "boolean",
                "description": """
                Lets a revision become visible although a unit has lost more than a third of its nodes.
                """,
            ]
            properties["accept"] = [
                "type": "array",
                "items": ["type": "string", "pattern": .string(ValidationGate.Acceptance.pattern), "maxLength": 1100],
                "maxItems": 1000,
                "description": """
                Findings of the validation gate about single nodes that are as upstream published them, each as RULE:KEY.
                """,
            ]
            schema["properties"] = .object(properties)
            description.parameters = .object(schema)
        }
        return description
    }

    /// - Throws: `JobFailure`.
    public func releases(origin: String?, workFolder: String) async throws -> [SourceRelease] {
        try await source.releases(upstream: try upstream(origin, captureFolder: workFolder))
    }

    /// - Parameter prepare: gives the fetcher what is of one attempt.
    private func upstream(
        _ origin: String?,
        captureFolder: String,
        history: (any CaptureHistory)? = nil,
        prepare: (Fetcher) -> Fetcher = { $0 }
    ) throws -> Upstream {
        let isOperatorsOwn = origin != nil
        guard let origin = origin ?? source.description.defaultOrigin else {
            throw JobFailure(
                code: "origin_missing",
                message: "Nothing says where upstream is.",
                advice: "Start the gateway with --origin \(source.description.id)=ADDRESS-OR-FOLDER."
            )
        }
        return Upstream(
            origin: Upstream.Origin(origin),
            isOperatorsOwn: isOperatorsOwn,
            fetcher: prepare(makeFetcher(captureFolder)),
            history: history
        )
    }

    public func run(_ attempt: AttemptContext) async throws -> JSONValue {
        let run = LawIngestionRun(
            source: source,
            upstream: try upstream(
                attempt.origin,
                captureFolder: attempt.workFolder,
                history: CorpusCaptures(database: attempt.database, objects: attempt.objects)
            ) { fetcher in
                fetcher.sharing(attempt.requestBudget, attempt.robotsCache).noting { attempt.progress.log($0) }
            },
            attempt: attempt,
            writer: CorpusWriter(
                database: attempt.database,
                source: source.description,
                job: attempt.job,
                attempt: attempt.attempt
            )
        )
        return try await run.run()
    }
}
