import HTTPTypes
import IngotCore
import NIOHTTP1
import Testing

@testable import IngotGateway

/// Every route that the gateway has, asked by everybody who could ask.
///
/// The routes come from the gateway's own table, so that none is forgotten.
@Suite("Who may use which route", .timeLimit(.minutes(10)))
struct AccessMatrixTests {
    /// A gateway with keys of all kinds, one job that has ended and one whose runner is the test.
    private struct Stage {
        var fixture: GatewayFixture
        var keys: [Role: String]
        /// An operator's, for another source than the jobs'.
        var foreign: String
        var expired: String
        var revoked: String
        var ended: JobID
        var running: JobID
        var token: String

        /// A harmless request for a route: the captured parts name what there is.
        func path(_ route: Route, job: JobID) -> String {
            route.path.split(separator: "/").map { segment in
                switch segment {
                case "{source}": "probe"
                case "{id}" where route.isAboutJob: job.rawValue
                case "{id}": "key_000000000000"
                case "**": "us/usc/t1/s1"
                default: String(segment)
                }
            }.reduce("") { "\($0)/\($1)" }
        }

        func ask(_ route: Route, _ sender: GatewayFixture.Sender, job: JobID? = nil) async throws -> Answer {
            try await fixture.send(
                HTTPMethod(rawValue: route.method.rawValue),
                path(route, job: job ?? ended),
                from: sender
            )
        }
    }

    private func withStage(_ body: (Stage, [Route]) async throws -> Void) async throws {
        try await GatewayFixture.with({ $0.access.failureBurst = 100_000 }) { fixture in
            var keys: [Role: String] = [:]
            for role in Role.allCases { keys[role] = try await fixture.makeKey(role).key }
            let revoked = try await fixture.makeKey(.admin)
            try #require(try await fixture.send(.DELETE, "/api/keys/\(revoked.id)").status == 200)
            let expired = APIKeySecret()
            let past = Timestamp.now().advanced(by: .seconds(-60))
            let row = APIKey(
                id: expired.id,
                name: "old",
                role: .admin,
                sources: nil,
                hash: expired.hash,
                createdAt: past,
                createdBy: "local",
                expiresAt: past
            )
            try await fixture.gateway.access.keys.insert(row)
            fixture.gateway.access.ring.load(try await fixture.gateway.access.keys.all())
            let ended = try await fixture.runProbe()
            let store = JobStore(database: fixture.gateway.parts.stores.database)
            let job = Job(id: JobID.make(), source: "probe", parameters: [:], createdAt: .now())
            _ = try await store.create(job)
            let token = AttemptToken()
            let progress = try #require(try await fixture.gateway.registry.acquire(job.id))
            _ = try await progress.begin(token: token, launcher: "manual") { [] }
            let stage = Stage(
                fixture: fixture,
                keys: keys,
                foreign: try await fixture.makeKey(.operator, sources: ["usc"]).key,
                expired: expired.secret.revealed,
                revoked: revoked.key,
                ended: ended.id,
                running: job.id,
                token: token.secret.revealed
            )
            try await body(stage, fixture.gateway.routes().routes)
            await fixture.gateway.registry.release(job.id)
        }
    }

    /// An error is a problem document and holds nothing else.
    private func expectProblem(
        _ answer: Answer,
        _ status: Int,
        _ type: String,
        _ route: Route,
        location: SourceLocation = #_sourceLocation
    ) throws {
        let name: Comment = "\(route.method) \(route.path): \(answer.status) \(answer.text)"
        #expect(answer.status == status, name, sourceLocation: location)
        #expect(answer.headers["content-type"] == ["application/problem+json"], name, sourceLocation: location)
        let members = try answer.json().objectValue ?? [:]
        let known: Set = ["type", "title", "status", "detail", "instance", "role", "sources"]
        #expect(members["type"] == .string("/problems/\(type)"), name, sourceLocation: location)
        #expect(Set(members.keys).isSubset(of: known), name, sourceLocation: location)
        #expect(members["status"] == .integer(Int64(status)), name, sourceLocation: location)
        if status == 401 {
            #expect(answer.headers["www-authenticate"] == ["Bearer"], name, sourceLocation: location)
        }
    }

    @Test("Without a good key a route tells nothing")
    func noGoodKey() async throws {
        try await withStage { stage, routes in
            #expect(routes.count > 25)
            let senders: [(GatewayFixture.Sender, String)] = [
                (.nobody, "key-missing"), (.holder("wrong"), "key-unknown"),
                (.holder(APIKeySecret().secret.revealed), "key-unknown"), (.holder(stage.expired), "key-expired"),
                (.holder(stage.revoked), "key-revoked"), (.holder(stage.token), "key-unknown"),
            ]
            for route in routes {
                for (sender, type) in senders {
                    switch route.access {
                    case .open: #expect(try await stage.ask(route, sender).status == 200, "\(route)")
                    case .attempt: try expectProblem(await stage.ask(route, sender), 401, "invalid-token", route)
                    case .session, .role: try expectProblem(await stage.ask(route, sender), 401, type, route)
                    }
                    guard route.method == .get, route.access != .open else { continue }
                    let head = try await stage.fixture.send(
                        .HEAD,
                        stage.path(route, job: stage.ended),
                        from: sender
                    )
                    #expect(head.status == 401 && head.body.isEmpty, "HEAD \(route.path)")
                }
            }
        }
    }

    @Test("A role opens its routes and no higher one's")
    func roles() async throws {
        try await withStage { stage, routes in
            for route in routes {
                for (role, key) in stage.keys {
                    let answer = try await stage.ask(route, .holder(key))
                    switch route.access {
                    case .open, .session: #expect(answer.status == 200, "\(route) \(answer.text)")
                    case .attempt: try expectProblem(answer, 401, "invalid-token", route)
                    case .role(let needed) where role < needed:
                        try expectProblem(answer, 403, "forbidden", route)
                        #expect(try answer.json()["role"] == .string(needed.rawValue))
                    case .role:
                        let refusals: Set = [401, 403, 405, 421, 429]
                        #expect(
                            !refusals.contains(answer.status) && answer.status < 500,
                            "\(role) \(route): \(answer.status) \(answer.text)"
                        )
                    }
                }
            }
        }
    }

    @Test("A key for one source opens nothing of another one, whose jobs do not exist for it")
    func foreignSource() async throws {
        try await withStage { stage, routes in
            for route in routes {
                guard case .role(let needed) = route.access, needed <= .operator else { continue }
                if route.isAboutJob {
                    let answer = try await stage.ask(route, .holder(stage.foreign))
                    try expectProblem(answer, 404, "unknown-job", route)
                    let absent = try await stage.ask(route, .holder(stage.foreign), job: JobID.make())
                    #expect(try answer.json()["title"] == absent.json()["title"])
                } else if route.path.contains("{source}") {
                    let answer = try await stage.ask(route, .holder(stage.foreign))
                    try expectProblem(answer, 403, "forbidden", route)
                }
            }
            for path in ["/api/diff?source=probe&from=1", "/api/export?source=probe", "/api/search?q=x&source=probe"] {
                let answer = try await stage.fixture.send(.GET, path, from: .holder(stage.foreign))
                #expect(answer.status == 403, "\(path) \(answer.text)")
            }
        }
    }

    @Test("A runner's token opens its own job's progress and nothing else")
    func token() async throws {
        try await withStage { stage, routes in
            let report = try JSONText.encode(RunnerReport(attempt: 1, events: []))
            func send(_ job: JobID) async throws -> Int {
                try await stage.fixture.send(
                    .POST,
                    "/api/ingest/jobs/\(job)/progress",
                    from: .holder(stage.token),
                    body: report
                ).status
            }
            #expect(try await send(stage.running) == 200)
            #expect(try await send(stage.ended) == 401)
            #expect(routes.filter { $0.access == .attempt }.map(\.path) == ["/api/ingest/jobs/{id}/progress"])
        }
    }

    @Test("Each answer tells browsers that no page can be made of it, and none allows another site to read it")
    func headers() async throws {
        try await withStage { stage, routes in
            var answers = [try await stage.fixture.get("/nothing"), try await stage.fixture.send(.PUT, "/api/sources")]
            for route in routes {
                answers.append(try await stage.ask(route, .nobody))
                answers.append(
                    try await stage.fixture.send(
                        .OPTIONS,
                        stage.path(route, job: stage.ended),
                        headers: [("Origin", "https://example.org"), ("Access-Control-Request-Method", "POST")]
                    )
                )
                #expect(answers.last?.status == 405)
            }
            for answer in answers {
                #expect(answer.headers["x-content-type-options"] == ["nosniff"])
                #expect(answer.headers["referrer-policy"] == ["no-referrer"])
                #expect(answer.headers["x-frame-options"] == ["DENY"])
                #expect(answer.headers["cross-origin-resource-policy"] == ["same-origin"])
                #expect(
                    answer.headers["content-security-policy"] == ["default-src 'none'; frame-ancestors 'none'"]
                )
                #expect(!answer.headers.contains { $0.name.lowercased().hasPrefix("access-control-") })
            }
        }
    }
}
