import HTTPTypes
import Hummingbird
import IngotCore

/// `POST /api/ingest/jobs/{id}/retry`: does an ended job again, and `GET …/attempts`: what each attempt came to.
struct RetryRoute: Sendable {
    let catalog: SourceCatalog
    let store: JobStore
    let intake: JobIntake

    func add(to routes: inout RouteTable) {
        routes.on(.post, "/api/ingest/jobs/{id}/retry", for: .role(.operator)) { request, context in
            try await retry(try request.jobID(context), context)
        }
        routes.on(.get, "/api/ingest/jobs/{id}/attempts", for: .role(.viewer)) { request, context in
            try await attempts(try request.jobID(context), context)
        }
    }

    /// The job, when the caller may see it.
    private func job(_ id: JobID, _ context: GatewayContext) async throws -> Job {
        guard let job = try await store.job(id)?.job, context.caller?.mayUse(source: job.source) ?? true else {
            throw Problem.unknownJob(id.rawValue)
        }
        return job
    }

    private func retry(_ id: JobID, _ context: GatewayContext) async throws -> Response {
        let job = try await job(id, context)
        guard job.status.isTerminal else { throw Problem.notEnded(job.status) }
        guard let schema = catalog.schema(of: job.source) else {
            throw Problem.unknownSource(job.source, known: catalog.descriptions.map(\.id))
        }
        // The source may have been given other parameters since.
        let violations = schema.violations(of: job.parameters)
        guard violations.isEmpty else { throw Problem.invalidParameters(violations, source: job.source) }
        let again = try await intake.take(
            JobIntake.Request(
                source: job.source,
                parameters: job.parameters,
                options: JobOptions(of: job),
                retryOf: job.id,
                trace: context.trace,
                run: DefinitionRun(again: job, at: .now()),
                createdBy: context.caller?.id,
                sources: context.caller?.sources
            )
        )
        var response = try Response.json(["jobId": again.id.rawValue], status: .accepted)
        response.headers[.location] = "/api/ingest/jobs/\(again.id)"
        return response
    }

    private struct Attempts: Encodable {
        var attempts: [JobAttempt]
    }

    private func attempts(_ id: JobID, _ context: GatewayContext) async throws -> Response {
        _ = try await job(id, context)
        return try Response.json(Attempts(attempts: try await store.attempts(of: id)))
    }
}

extension Problem {
    fileprivate static func notEnded(_ status: JobStatus) -> Problem {
        Problem(
            "job-not-ended",
            .conflict,
            title: "The job has not ended.",
            detail: "Its status is \(status.rawValue); only a job that has ended can be done again.",
            extensions: ["job_status": .string(status.rawValue)]
        )
    }
}
