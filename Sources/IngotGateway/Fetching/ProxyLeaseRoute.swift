import Hummingbird
import IngotCore
import ServiceLifecycle

/// `POST /api/ingest/jobs/{id}/proxies`: a runner asks for the proxy of a session, and tells how good those were that
/// it was lent; only its attempt's token opens it.
struct ProxyLeaseRoute: Sendable {
    /// The largest body, in bytes.
    static let maximumBody = 64 << 10
    /// The most reports of one body.
    static let maximumReports = 256

    let door: AttemptDoor
    let pool: ProxyPool
    /// How long an answer waits for a valid proxy.
    let patience: Duration

    func add(to routes: inout RouteTable) {
        routes.on(.post, "/api/ingest/jobs/{id}/proxies", for: .attempt) {
            try await respond($0, try $0.jobID($1), $1)
        }
    }

    private func respond(_ request: Request, _ id: JobID, _ context: GatewayContext) async throws -> Response {
        let answer = try await door.enter(request, id, context) { progress, attempt -> ProxyAnswer in
            let body = try await request.jsonBody(limit: Self.maximumBody, schema: Self.schema)
            let ask: ProxyAsk
            do { ask = try JSONText.decode(ProxyAsk.self, from: body.canonicalBytes) } catch {
                throw Problem.malformedJSON("The question cannot be read.")
            }
            let party = PermitRoute.party(id, attempt)
            await pool.take(ask.reports, of: party)
            guard let wish = ask.lease else { return await pool.answerToReports }
            let answer = try await cancelWhenGracefulShutdown { [pool, patience] in
                try await pool.lease(
                    to: ProxyLoans.Session(party: party, name: wish.session),
                    patience: patience
                )
            }
            do { try await door.requireRunning(attempt, of: progress) } catch {
                // The attempt has ended since it was let in, and so has all that it was lent after its end.
                await pool.end(party: party)
                throw error
            }
            return answer
        }
        return try .json(answer)
    }

    static let schema: JSONValue = [
        "type": "object",
        "additionalProperties": false,
        "properties": [
            "lease": [
                "type": "object",
                "additionalProperties": false,
                "required": ["session", "host"],
                "properties": [
                    "session": ["type": "string", "minLength": 1, "maxLength": 200],
                    "host": ["type": "string", "pattern": "^[a-z0-9_.:-]{1,253}$"],
                ],
            ],
            "reports": [
                "type": "array", "maxItems": .integer(Int64(maximumReports)),
                "items": [
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["lease", "outcome"],
                    "properties": [
                        "lease": ["type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"],
                        "outcome": ["type": "string", "enum": ["served", "failed", "lied"]],
                    ],
                ],
            ],
        ],
    ]
}
