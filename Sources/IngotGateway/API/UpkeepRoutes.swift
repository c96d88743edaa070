import HTTPTypes
import Hummingbird
import IngotCore
import IngotLaw
import Synchronization

/// The routes that an operator keeps a corpus with: `POST /api/sources/{source}/revert` and `/sweep`.
struct UpkeepRoutes: Sendable {
    let catalog: SourceCatalog
    let reverter: CorpusReverter
    let sweeper: CorpusSweeper
    let reader: CorpusReader
    private let sweeping = SweepTurns()

    private static let maximumBody = 64 << 10

    init(catalog: SourceCatalog, stores: GatewayStores) {
        self.catalog = catalog
        reverter = CorpusReverter(database: stores.database)
        sweeper = CorpusSweeper(database: stores.database, objects: stores.objects)
        reader = CorpusReader(database: stores.database, objects: stores.objects)
    }

    func add(to routes: inout RouteTable) {
        routes.on(.post, "/api/sources/{source}/revert", for: .role(.operator)) { try await revert($0, $1) }
        routes.on(.post, "/api/sources/{source}/sweep", for: .role(.operator)) { try await sweep($0, $1) }
    }

    // MARK: - Revert

    private func revert(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let source = try await knownSource(context)
        let reason = try await reason(request, source: source)
        do {
            return try .json(await reverter.revert(source, reason: reason))
        } catch let error as LawReversionError {
            throw Problem(error)
        }
    }

    /// The body, if any: `{"reason": ...}`.
    private func reason(_ request: Request, source: String) async throws -> String? {
        let body = try await request.jsonBodyIfAny(limit: Self.maximumBody, schema: Self.reasonSchema) {
            Problem.invalidParameters($0, source: source)
        }
        return body?["reason"]?.stringValue
    }

    private static let reasonSchema: JSONValue = [
        "type": "object",
        "properties": [
            "reason": ["type": "string", "maxLength": .integer(Int64(CorpusReverter.maximumReasonLength))]
        ],
        "additionalProperties": false,
    ]

    // MARK: - Sweep

    private func sweep(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let source = try await knownSource(context)
        guard sweeping.begin(source) else {
            throw Problem(
                "sweep-under-way",
                .conflict,
                title: "The source is being swept.",
                detail: "A sweep of '\(source)' is under way; another one would find nothing more."
            )
        }
        defer { sweeping.end(source) }
        return try .json(await sweeper.sweep(source))
    }

    /// The source of the path: one that can be ingested, or one that once was.
    private func knownSource(_ context: GatewayContext) async throws -> String {
        let source = context.parameters.get("source") ?? ""
        if catalog.contains(source) { return source }
        guard try await !reader.revisions(of: source).isEmpty else {
            throw Problem.unknownSource(source, known: catalog.descriptions.map(\.id))
        }
        return source
    }
}

/// Sees to it that a source is swept by one request at a time.
private final class SweepTurns: Sendable {
    private let sources = Mutex<Set<String>>([])

    /// - Returns: false when somebody else sweeps the source.
    func begin(_ source: String) -> Bool { sources.withLock { $0.insert(source).inserted } }

    func end(_ source: String) { sources.withLock { _ = $0.remove(source) } }
}

extension Problem {
    /// A revert that changed nothing.
    init(_ error: LawReversionError) {
        switch error {
        case .nothingIngested:
            self.init("not-ingested", .notFound, title: "Nothing has been ingested.", detail: "\(error)")
        case .nothingBefore:
            self.init("nothing-to-revert", .conflict, title: "There is no revision to go back to.", detail: "\(error)")
        case .jobRunning(let job):
            self.init(
                "job-running",
                .conflict,
                title: "A job of the source is running.",
                detail: "\(error)",
                extensions: ["jobId": .string(job)]
            )
        case .changedMeanwhile:
            self.init("live-changed", .conflict, title: "What is live changed meanwhile.", detail: "\(error)")
        }
    }
}
