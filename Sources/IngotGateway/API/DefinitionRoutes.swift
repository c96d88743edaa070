import HTTPTypes
import Hummingbird
import IngotCore

/// The routes of job definitions: registered jobs that are run by name, by a schedule or at once.
struct DefinitionRoutes: Sendable {
    private static let maximumBody = 1 << 20

    let store: DefinitionStore
    let runs: DefinitionRuns
    let dispatcher: Dispatcher
    /// Told when definitions have changed.
    let scheduler: Scheduler
    /// What the operator allows one attempt of a source.
    let ceilings: @Sendable (_ source: String) -> JobLimits
    let now: @Sendable () -> Timestamp

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/api/jobs", for: .role(.viewer)) { _, context in
            try .json(try await store.all(amongSources: context.caller?.sources).map(DefinitionAnswer.init))
        }
        routes.on(.post, "/api/jobs", for: .role(.operator)) { try await create($0, $1) }
        routes.on(.get, "/api/jobs/{job_id}", for: .role(.viewer)) { _, context in
            try .json(DefinitionAnswer(try await known(context)))
        }
        routes.on(.patch, "/api/jobs/{job_id}", for: .role(.operator)) { try await change($0, $1) }
        routes.on(.delete, "/api/jobs/{job_id}", for: .role(.operator)) { _, context in try await remove(context) }
        routes.on(.post, "/api/jobs/{job_id}/run", for: .role(.operator)) { try await run($0, $1) }
    }

    /// The definition that the path names, if the caller may know of it.
    func known(_ context: GatewayContext) async throws -> JobDefinition {
        let text = context.parameters.get("job_id") ?? ""
        guard let id = Int64(rowNumber: text), let definition = try await store.definition(id),
            context.caller?.mayUse(source: definition.source) ?? true
        else { throw Problem.unknownDefinition(text) }
        return definition
    }

    // MARK: - Runs

    private struct Started: Encodable {
        var status = "Job started"
        var jobID: Int64
        var runID: String

        enum CodingKeys: String, CodingKey {
            case status
            case jobID = "job_id"
            case runID = "run_id"
        }
    }

    private static let runSchema: JSONValue = [
        "type": "object", "properties": ["config": ["type": ["object", "null"]]], "additionalProperties": false,
    ]

    private func run(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let definition = try await known(context)
        let body = try await request.jsonBodyIfAny(limit: IngestRoute.maximumBody, schema: Self.runSchema)
        let job = try await runs.start(definition, with: body?["config"], context)
        var response = try Response.json(Started(jobID: definition.id, runID: job.id.rawValue))
        response.headers[.location] = "/api/ingest/jobs/\(job.id)"
        return response
    }

    // MARK: - Making and changing

    private func create(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let body = try await request.jsonBody(limit: Self.maximumBody, schema: DefinitionBody.schema(isNew: true))
        let time = now()
        var definition = JobDefinition(
            id: 0,
            name: "",
            source: body["source"]?.stringValue ?? "",
            parameters: .object([:]),
            createdAt: time,
            createdBy: context.caller?.id,
            updatedAt: time,
            updatedBy: context.caller?.id
        )
        try requireScope(definition.source, context)
        try apply(body, to: &definition, context)
        switch try await store.add(definition) {
        case .added(let definition):
            var response = try Response.json(DefinitionAnswer(definition), status: .created)
            response.headers[.location] = "/api/jobs/\(definition.id)"
            return response
        case .nameTaken: throw Problem.definitionNameTaken(definition.name)
        case .tooMany: throw Problem.tooManyDefinitions
        }
    }

    private func change(_ request: Request, _ context: GatewayContext) async throws -> Response {
        var definition = try await known(context)
        let body = try await request.jsonBody(limit: Self.maximumBody, schema: DefinitionBody.schema(isNew: false))
        let earlier = definition.updatedAt
        try apply(body, to: &definition, context)
        // Each change is later than the one before, so that the two are told apart.
        definition.updatedAt = max(now(), earlier.advanced(by: .milliseconds(1)))
        definition.updatedBy = context.caller?.id
        guard try await store.update(definition, changedLast: earlier) else {
            let others = try await store.all().filter { $0.name == definition.name && $0.id != definition.id }
            throw others.isEmpty ? Problem.changedMeanwhile : Problem.definitionNameTaken(definition.name)
        }
        await scheduler.reload()
        return try .json(DefinitionAnswer(definition))
    }

    private func apply(
        _ body: JSONValue,
        to definition: inout JobDefinition,
        _ context: GatewayContext
    ) throws {
        try DefinitionBody.apply(
            body,
            to: &definition,
            ceilings: ceilings(definition.source),
            by: context.caller?.id,
            at: now()
        )
        try runs.check(definition.parameters, source: definition.source)
    }

    private func remove(_ context: GatewayContext) async throws -> Response {
        let definition = try await known(context)
        guard !definition.isBuiltIn else { throw Problem.definitionBuiltIn(definition) }
        try await store.remove(definition.id)
        await scheduler.reload()
        return Response(status: .noContent)
    }

    private func requireScope(_ source: String, _ context: GatewayContext) throws {
        guard context.caller?.mayUse(source: source) ?? true else {
            throw Problem.unknownSource(source, known: context.caller?.sources?.sorted() ?? [])
        }
    }
}

/// A definition as the API shows it.
struct DefinitionAnswer: Encodable {
    var jobID: Int64
    var name: String
    var source: String
    /// 1 when it can be run, 0 when it is switched off.
    var enabled: Int
    var defaultConfig: JSONValue
    var retries: JobRetries
    var maxAttempts: Int?
    var priority: Int
    var limits: JobLimits?
    var hostTerms: HostTermsOverride?
    var builtIn: Bool
    var createdAt: Timestamp
    var createdBy: String?
    var updatedAt: Timestamp
    var updatedBy: String?

    init(_ definition: JobDefinition) {
        jobID = definition.id
        name = definition.name
        source = definition.source
        enabled = definition.isEnabled ? 1 : 0
        defaultConfig = definition.parameters
        retries = definition.retries
        maxAttempts = definition.maximumAttempts
        priority = definition.priority
        limits = definition.limits
        hostTerms = definition.hostTerms
        builtIn = definition.isBuiltIn
        createdAt = definition.createdAt
        createdBy = definition.createdBy
        updatedAt = definition.updatedAt
        updatedBy = definition.updatedBy
    }

    enum CodingKeys: String, CodingKey {
        case name, source, enabled, retries, priority, limits
        case jobID = "job_id"
        case defaultConfig = "default_config"
        case maxAttempts = "max_attempts"
        case hostTerms = "host_terms"
        case builtIn = "built_in"
        case createdAt = "created_at"
        case createdBy = "created_by"
        case updatedAt = "updated_at"
        case updatedBy = "updated_by"
    }
}

extension Problem {
    fileprivate static func definitionNameTaken(_ name: String) -> Problem {
        Problem(
            "definition-name-taken",
            .conflict,
            title: "There is a job definition of this name.",
            detail: "Another job definition is called '\(name)'."
        )
    }

    fileprivate static let tooManyDefinitions = Problem(
        "too-many-definitions",
        .conflict,
        title: "There are too many job definitions.",
        detail: "At most \(DefinitionStore.maximumCount) can be there; remove one first."
    )

    fileprivate static func definitionBuiltIn(_ definition: JobDefinition) -> Problem {
        Problem(
            "definition-built-in",
            .conflict,
            title: "The job definition comes with its source.",
            detail: "'\(definition.name)' would be made again at the next start; switch it off instead."
        )
    }

    static let changedMeanwhile = Problem(
        "changed-meanwhile",
        .conflict,
        title: "Somebody else has changed it meanwhile.",
        detail: "Look at it again, then repeat the change."
    )
}
