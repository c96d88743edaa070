import HTTPTypes
import Hummingbird
import IngotCore

/// `POST /api/ingest/jobs/{id}/progress`: what a runner tells; only its attempt's token opens it.
struct ReportRoute: Sendable {
    /// The largest report, in bytes.
    static let maximumBody = 4 << 20

    let registry: ProgressRegistry
    let access: AccessControl
    /// Where an end that the store does not take is noted; whoever runs the attempt clears it.
    let trouble: StoreTrouble

    func add(to routes: inout RouteTable) {
        routes.on(.post, "/api/ingest/jobs/{id}/progress", for: .attempt) {
            try await respond($0, try $0.jobID($1), $1)
        }
    }

    private func respond(_ request: Request, _ id: JobID, _ context: GatewayContext) async throws -> Response {
        guard let token = request.bearerCredential else { throw Problem.unauthorized }
        // The job of a runner that works is in memory; everybody else could make the gateway ask the store.
        if await registry.inMemory(id) == nil { try access.admitJobLookup(request, context) }
        let answer = try await registry.withProgress(id) { progress -> ReportAnswer in
            guard let attempt = await progress.attempt(ofToken: token) else { throw Problem.unauthorized }
            let bytes = try await request.bytes(limit: ReportRoute.maximumBody)
            let report: RunnerReport
            do { report = try JSONText.decode(RunnerReport.self, from: bytes) } catch {
                throw Problem.malformedJSON("The report cannot be read.")
            }
            // The token says which attempt speaks; a report that claims another one is of no attempt.
            guard report.attempt == attempt else {
                throw Problem.superseded(attempt: report.attempt, current: await progress.job.attempt)
            }
            do {
                return try await progress.receive(report, fromAttempt: attempt)
            } catch let error as DatabaseError {
                trouble.note(error, of: id)
                throw error
            } catch ReportRefusal.superseded(let current) {
                throw Problem.superseded(attempt: attempt, current: current)
            } catch ReportRefusal.ended(let status) {
                throw Problem.alreadyEnded(status)
            } catch ReportRefusal.busy {
                throw Problem.unavailable("The job is just ending.")
            }
        }
        // Whoever has no token learns nothing of which jobs there are; a runner whose job is gone stops with this too.
        guard let answer else { throw Problem.unauthorized }
        return try Response.json(answer)
    }
}

extension Problem {
    fileprivate static func superseded(attempt: Int, current: Int) -> Problem {
        Problem(
            "attempt-superseded",
            .conflict,
            title: "The attempt is not the job's current one.",
            detail: "Attempt \(attempt) reports, but attempt \(current) is current.",
            extensions: ["attempt": .integer(Int64(current))]
        )
    }
}
