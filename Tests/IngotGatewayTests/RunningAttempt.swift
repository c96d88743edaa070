import IngotCore
import NIOHTTP1
import Testing

@testable import IngotGateway

/// A job that runs, whose runner is the test itself, over a real gateway.
struct RunningAttempt: Sendable {
    let fixture: GatewayFixture
    let progress: JobProgress
    let token: AttemptToken

    var id: JobID { progress.id }

    /// Makes the job's row behind the dispatcher's back, so that nothing but the test runs it.
    static func begin(_ fixture: GatewayFixture) async throws -> RunningAttempt {
        let store = JobStore(database: fixture.gateway.parts.stores.database)
        let job = Job(id: JobID.make(), source: "probe", parameters: [:], createdAt: .now())
        _ = try await store.create(job)
        let token = AttemptToken()
        let progress = try #require(try await fixture.gateway.registry.acquire(job.id))
        _ = try await progress.begin(token: token, launcher: "manual") { [] }
        return RunningAttempt(fixture: fixture, progress: progress, token: token)
    }

    /// The attempt of an earlier gateway on the same store.
    static func resume(_ fixture: GatewayFixture, _ id: JobID, _ token: AttemptToken) async throws -> RunningAttempt {
        let progress = try #require(try await fixture.gateway.registry.acquire(id))
        return RunningAttempt(fixture: fixture, progress: progress, token: token)
    }

    static func with(
        _ count: Int = 1,
        _ configure: (inout GatewayConfiguration) -> Void = { _ in },
        _ body: (GatewayFixture, [RunningAttempt]) async throws -> Void
    ) async throws {
        try await GatewayFixture.with(configure) { fixture in
            var attempts: [RunningAttempt] = []
            for _ in 0..<count { attempts.append(try await begin(fixture)) }
            try await body(fixture, attempts)
            for attempt in attempts { await fixture.gateway.registry.release(attempt.id) }
        }
    }

    func send(_ method: HTTPMethod, _ path: String, body: [UInt8]? = nil) async throws -> Answer {
        try await fixture.send(
            method,
            "/api/ingest/jobs/\(id)/\(path)",
            from: .holder(token.secret.revealed),
            body: body
        )
    }

    func post(_ ask: PermitAsk) async throws -> Answer {
        try await send(.POST, "permits", body: try JSONText.encode(ask))
    }

    /// Asks once.
    func isGranted(
        _ request: String,
        host: String = "h.example",
        minimumInterval: Duration? = nil,
        holding: [String] = []
    ) async throws -> Bool {
        let answer = try await post(
            PermitAsk(
                request: RequestPermit(id: request, host: host),
                minimumInterval: minimumInterval,
                holding: holding.map { RequestPermit(id: $0, host: host) }
            )
        )
        try #require(answer.status == 200, "\(answer.text)")
        return try answer.decoded(PermitAnswer.self).granted
    }

    func end(_ request: String, host: String = "h.example", _ answer: HostAnswer? = .served) async throws {
        let ended = EndedRequest(RequestPermit(id: request, host: host), answer)
        let reply = try await post(PermitAsk(ended: [ended]))
        try #require(reply.status == 200, "\(reply.text)")
    }
}
