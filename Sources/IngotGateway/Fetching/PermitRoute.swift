import HTTPTypes
import Hummingbird
import IngotCore
import ServiceLifecycle

/// `POST /api/ingest/jobs/{id}/permits`: a runner asks when it may make a request to a host, and says which requests
/// are over; only its attempt's token opens it.
///
/// Where a host wants seconds between two requests, the last start is a row, see ``HostStartStore``, so that neither
/// restarts nor further gateways make it more. All else is in memory. After the gateway's restart each runner that goes
/// on says with its next question which requests it makes, and they count again; until then hosts may be asked by one
/// gateway's worth of requests more. Pauses are forgotten: whoever asks too early is told so by the host, and all others
/// with it.
struct PermitRoute: Sendable {
    /// The largest body, in bytes.
    static let maximumBody = 256 << 10
    /// The most requests of each list of a body.
    static let maximumItems = 256
    /// What the budgets hold at most.
    static let bounds: HostBudgets.Bounds = {
        var bounds = HostBudgets.Bounds()
        bounds.hosts = 1000
        bounds.waiting = 256
        bounds.restored = maximumItems
        return bounds
    }()

    let door: AttemptDoor
    let budgets: HostBudgets
    let starts: HostStartStore
    /// How long an answer waits for the request's turn.
    let patience: Duration

    func add(to routes: inout RouteTable) {
        routes.on(.post, "/api/ingest/jobs/{id}/permits", for: .attempt) {
            try await respond($0, try $0.jobID($1), $1)
        }
    }

    /// What an attempt is called where parties take turns.
    static func party(_ job: JobID, _ attempt: Int) -> String { "\(job)/\(attempt)" }

    static let schema: JSONValue = [
        "type": "object",
        "additionalProperties": false,
        "properties": [
            "request": requestSchema(further: [:], required: []),
            "minimum_interval_ms": ["type": "integer", "minimum": 0, "maximum": 86_400_000],
            "holding": [
                "type": "array", "maxItems": .integer(Int64(maximumItems)),
                "items": requestSchema(further: [:], required: []),
            ],
            "ended": [
                "type": "array", "maxItems": .integer(Int64(maximumItems)),
                "items": requestSchema(
                    further: [
                        "answer": [
                            "type": "string",
                            "enum": .array(EndedRequest.Answer.allCases.map { .string($0.rawValue) }),
                        ],
                        "retry_after_ms": ["type": "integer", "minimum": 0, "maximum": 86_400_000],
                    ],
                    required: ["answer"]
                ),
            ],
        ],
    ]

    private static func requestSchema(further: [String: JSONValue], required: [JSONValue]) -> JSONValue {
        let own: [String: JSONValue] = [
            "id": ["type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"],
            "host": ["type": "string", "pattern": "^[a-z0-9_.:-]{1,253}$"],
        ]
        return [
            "type": "object",
            "additionalProperties": false,
            "required": .array(["id", "host"] + required),
            "properties": .object(own.merging(further) { $1 }),
        ]
    }

    private func respond(_ request: Request, _ id: JobID, _ context: GatewayContext) async throws -> Response {
        let answer = try await door.enter(request, id, context) { progress, attempt -> PermitAnswer in
            let body = try await request.jsonBody(limit: PermitRoute.maximumBody, schema: PermitRoute.schema)
            let ask: PermitAsk
            do { ask = try JSONText.decode(PermitAsk.self, from: body.canonicalBytes) } catch {
                throw Problem.malformedJSON("The question cannot be read.")
            }
            let party = PermitRoute.party(id, attempt)
            for ended in ask.ended {
                budgets.finish(HostRequest(party: party, id: ended.id), to: ended.host, ended.hostAnswer)
            }
            for held in ask.holding { budgets.restore(HostRequest(party: party, id: held.id), to: held.host) }
            let isGranted: Result<Bool, any Error>
            do {
                isGranted = .success(try await grants(ask.request, ask.minimumInterval, to: party))
            } catch {
                isGranted = .failure(error)
            }
            do { try await door.requireRunning(attempt, of: progress) } catch {
                // The attempt has ended since it was let in, and so has all that was put down for it after its end.
                budgets.end(party)
                throw error
            }
            return PermitAnswer(granted: try isGranted.get())
        }
        return try .json(answer)
    }

    /// Waits a moment for the request's turn.
    private func grants(_ wanted: RequestPermit?, _ interval: Int64?, to party: String) async throws -> Bool {
        guard let wanted else { return false }
        do {
            try await cancelWhenGracefulShutdown {
                try await withDeadline(patience) {
                    try await wait(
                        toMake: HostRequest(party: party, id: wanted.id),
                        to: wanted.host,
                        interval.map(Duration.milliseconds)
                    )
                }
            }
            return true
        } catch is DeadlineExceeded {
            return false
        } catch let refusal as HostBudgetRefusal {
            switch refusal {
            // What became of the attempt is looked at next.
            case .askedAgain, .partyEnded: return false
            case .requestEnded:
                throw Problem(
                    PermitProblem.requestEnded,
                    .unprocessableContent,
                    title: "The request has ended already.",
                    detail: "Ask for the permit under another id."
                )
            case .tooManyWaiting(let limit):
                throw Problem.tooMany(
                    PermitProblem.tooManyWaiting,
                    "More than \(limit) requests of one attempt wait.",
                    retryAfter: .seconds(1)
                )
            case .tooManyHosts(let limit):
                throw Problem.tooMany(
                    PermitProblem.tooManyHosts,
                    "More than \(limit) hosts are asked at the same time.",
                    retryAfter: .seconds(1)
                )
            }
        }
    }

    private func wait(toMake request: HostRequest, to host: String, _ interval: Duration?) async throws {
        while true {
            try await budgets.wait(toMake: request, to: host, minimumInterval: interval, keepsPlace: true)
            guard let interval, interval >= HostStartStore.shortestInterval else { return }
            guard let earlier = try await starts.begin(toAsk: host, keeping: interval) else { return }
            budgets.takeBack(request, to: host, startedElsewhere: earlier.age, keeping: earlier.interval)
        }
    }
}
