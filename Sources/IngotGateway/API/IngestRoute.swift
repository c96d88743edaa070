import HTTPTypes
import Hummingbird
import IngotCore
import NIOCore

/// `POST /api/ingest/{source}`: takes a request for a job.
struct IngestRoute: Sendable {
    /// The largest body, in bytes.
    static let maximumBody = 1 << 20
    /// The longest time that `Prefer: wait` is obeyed for, in seconds.
    static let maximumWait = 300

    let catalog: SourceCatalog
    let registry: ProgressRegistry
    let intake: JobIntake
    /// What the operator allows one attempt of a source.
    let ceilings: @Sendable (_ source: String) -> JobLimits

    func add(to routes: inout RouteTable) {
        routes.on(.post, "/api/ingest/{source}", for: .role(.operator)) { try await respond($0, $1) }
    }

    private func respond(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let source = context.parameters.get("source") ?? ""
        guard let schema = catalog.schema(of: source) else {
            throw Problem.unknownSource(source, known: catalog.descriptions.map(\.id))
        }
        let key = try idempotencyKey(request)
        let wait = waitPreference(request)
        let parameters = try await parameters(request)
        let violations = schema.violations(of: parameters)
        guard violations.isEmpty else { throw Problem.invalidParameters(violations, source: source) }
        let options = try JobOptions(
            query: request.uri.queryParameters.map { (String($0.key), String($0.value)) },
            ceilings: ceilings(source)
        )
        let job = try await intake.take(
            JobIntake.Request(
                source: source,
                parameters: parameters,
                options: options,
                idempotencyKey: key,
                trace: context.trace,
                createdBy: context.caller?.id,
                sources: context.caller?.sources
            )
        )
        let address = "/api/ingest/jobs/\(job.id)"
        // The job is there, whatever becomes of the gateway while somebody waits for the end.
        if wait != nil { await context.auditSubject?.recordChange(at: address) }
        return try await answer(job, at: address, wait: wait)
    }

    private func answer(_ job: Job, at address: String, wait: Int?) async throws -> Response {
        if let wait, let ended = try await end(of: job.id, within: wait) {
            var response = try Response.json(ended)
            response.headers.set("Content-Location", to: address)
            response.headers.set("Preference-Applied", to: "wait=\(wait)")
            return response
        }
        var response = try Response.json(["jobId": job.id.rawValue], status: .accepted)
        response.headers[.location] = address
        return response
    }

    private func end(of id: JobID, within seconds: Int) async throws -> Job? {
        try await registry.withProgress(id) { progress -> Job? in
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await progress.waitForEnd() }
                group.addTask { try? await Task.sleep(for: .seconds(seconds)) }
                await group.next()
                group.cancelAll()
            }
            return await progress.isEnded ? progress.job : nil
        } ?? nil
    }

    private func parameters(_ request: Request) async throws -> JSONValue {
        let bytes = try await request.bytes(limit: IngestRoute.maximumBody)
        if bytes.allSatisfy({ $0 == 0x20 || (0x09...0x0D).contains($0) }) { return .object([:]) }
        do { return try JSONValue(parsing: bytes) } catch {
            throw Problem.malformedJSON("The parameters must be one JSON object.")
        }
    }

    private func idempotencyKey(_ request: Request) throws -> String? {
        guard let key = request.headers.value(named: "Idempotency-Key") else { return nil }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw Problem.invalidHeader("Idempotency-Key", "must be 1 to 255 printable ASCII characters")
        }
        return key
    }

    /// `Prefer: wait=N` (RFC 7240, section 4.3); a preference that cannot be read is not one.
    private func waitPreference(_ request: Request) -> Int? {
        guard let header = request.headers.value(named: "Prefer") else { return nil }
        for preference in header.split(whereSeparator: { $0 == "," || $0 == ";" }) {
            let parts = preference.split(separator: "=", maxSplits: 1).map {
                String($0).lowercased().filter { !$0.isWhitespace && $0 != "\"" }
            }
            if parts.count == 2, parts[0] == "wait", let seconds = Int(parts[1]), seconds > 0 {
                return min(seconds, IngestRoute.maximumWait)
            }
        }
        return nil
    }
}
