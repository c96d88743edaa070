import AsyncHTTPClient
import HTTPTypes
import IngotCore
import NIOCore
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
                case "{id}" where route.jobParameter == "id", "{run_id}": job.rawValue
                case "{id}": "key_000000000000"
                case "**": "us/usc/t1/s1"
                default: String(segment)
                }
            }.reduce("") { "\($0)/\($1)" }
        }

        /// The jobs that a route is to be asked about.
        func jobs(_ route: Route) -> [JobID] { (route.jobParameter != nil) ? [ended, running] : [ended] }

        /// The methods that a route answers.
        func methods(_ route: Route) -> [HTTPMethod] {
            let method = HTTPMethod(rawValue: route.method.rawValue)
            return method == .GET ? [.GET, .HEAD] : [method]
        }

        func ask(
            _ route: Route,
            _ sender: GatewayFixture.Sender,
            method: HTTPMethod? = nil,
            job: JobID? = nil,
            query: String = ""
        ) async throws -> Answer {
            try await fixture.send(
                method ?? HTTPMethod(rawValue: route.method.rawValue),
                path(route, job: job ?? ended) + query,
                from: sender
            )
        }

        /// Asks, and reads no more than the head of the answer, as a running job's events have no end.
        func status(
            _ route: Route,
            _ sender: GatewayFixture.Sender,
            method: HTTPMethod,
            job: JobID
        ) async throws -> Int {
            var request = HTTPClientRequest(url: fixture.address + path(route, job: job))
            request.method = method
            fixture.authorize(&request, as: sender)
            return Int(try await fixture.client.execute(request, timeout: .seconds(120)).status.code)
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
        method: HTTPMethod? = nil,
        location: SourceLocation = #_sourceLocation
    ) throws {
        let name: Comment = "\(route.method) \(route.path): \(answer.status) \(answer.text)"
        #expect(answer.status == status, name, sourceLocation: location)
        if status == 401 {
            #expect(answer.headers["www-authenticate"] == ["Bearer"], name, sourceLocation: location)
        }
        if method == .HEAD {
            #expect(answer.body.isEmpty, name, sourceLocation: location)
            return
        }
        #expect(answer.headers["content-type"] == ["application/problem+json"], name, sourceLocation: location)
        let members = try answer.json().objectValue ?? [:]
        let known: Set = ["type", "title", "status", "detail", "instance", "role", "sources"]
        #expect(members["type"] == .string("/problems/\(type)"), name, sourceLocation: location)
        #expect(Set(members.keys).isSubset(of: known), name, sourceLocation: location)
        #expect(members["status"] == .integer(Int64(status)), name, sourceLocation: location)
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
                    for job in stage.jobs(route) {
                        // The one request for which it is a good key.
                        if case .holder(stage.token) = sender, route.access == .attempt, job == stage.running {
                            continue
                        }
                        for method in stage.methods(route) {
                            let answer = try await stage.ask(route, sender, method: method, job: job)
                            switch route.access {
                            case .open: #expect(answer.status == 200, "\(route)")
                            case .attempt: try expectProblem(answer, 401, "invalid-token", route, method: method)
                            case .page: Issue.record("the API has no pages")
                            case .session, .role: try expectProblem(answer, 401, type, route, method: method)
                            }
                        }
                    }
                }
            }
        }
    }

    @Test("A role opens its routes and no higher one's")
    func roles() async throws {
        try await withStage { stage, routes in
            for route in routes {
                for (role, key) in stage.keys {
                    for job in stage.jobs(route) {
                        for method in stage.methods(route) {
                            try await ask(stage, route, role, key, method, job)
                        }
                    }
                }
            }
        }
    }

    /// Asks as somebody with a good key.
    private func ask(
        _ stage: Stage,
        _ route: Route,
        _ role: Role,
        _ key: String,
        _ method: HTTPMethod,
        _ job: JobID
    ) async throws {
        switch route.access {
        case .open, .session:
            let answer = try await stage.ask(route, .holder(key), method: method, job: job)
            #expect(answer.status == 200, "\(method) \(route) \(answer.text)")
        case .attempt:
            try expectProblem(await stage.ask(route, .holder(key), job: job), 401, "invalid-token", route)
        case .page: Issue.record("the API has no pages")
        case .role(let needed) where role < needed:
            let answer = try await stage.ask(route, .holder(key), method: method, job: job)
            try expectProblem(answer, 403, "forbidden", route, method: method)
            if method != .HEAD { #expect(try answer.json()["role"] == .string(needed.rawValue)) }
        case .role:
            // What changes the running job would leave no running job to ask for.
            if job == stage.running, route.changes { return }
            let status = try await stage.status(route, .holder(key), method: method, job: job)
            let refusals: Set = [401, 403, 405, 421, 429]
            #expect(!refusals.contains(status) && status < 500, "\(role) \(method) \(route): \(status)")
        }
    }

    @Test("A key for one source opens nothing of another one, whose jobs do not exist for it")
    func foreignSource() async throws {
        try await withStage { stage, routes in
            let foreign = GatewayFixture.Sender.holder(stage.foreign)
            for route in routes {
                if route.access == .attempt {
                    for job in stage.jobs(route) {
                        try expectProblem(await stage.ask(route, foreign, job: job), 401, "invalid-token", route)
                    }
                }
                guard case .role(let needed) = route.access, needed <= .operator else { continue }
                for method in stage.methods(route) {
                    // Whatever a route does with it, a source that is named is looked at.
                    let named = try await stage.ask(
                        route,
                        foreign,
                        method: method,
                        query: "?\(Route.sourceParameter)=probe"
                    )
                    try expectProblem(named, 403, "forbidden", route, method: method)
                    if (route.jobParameter != nil) {
                        for job in stage.jobs(route) {
                            let answer = try await stage.ask(route, foreign, method: method, job: job)
                            try expectProblem(answer, 404, "unknown-job", route, method: method)
                            if method == .HEAD { continue }
                            let absent = try await stage.ask(route, foreign, job: JobID.make())
                            #expect(try answer.json()["title"] == absent.json()["title"])
                        }
                    } else if route.path.contains("{\(Route.sourceParameter)}") {
                        let answer = try await stage.ask(route, foreign, method: method)
                        try expectProblem(answer, 403, "forbidden", route, method: method)
                    }
                }
            }
        }
    }

    @Test("A runner's token opens what its own job tells and asks the gateway, and nothing else")
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
            let own = Set(routes.filter { $0.access == .attempt }.map(\.path))
            #expect(own == Set(["progress", "permits", "robots", "proxies"].map { "/api/ingest/jobs/{id}/\($0)" }))
            for (method, path, body) in [
                (.POST, "permits", "{}"), (.POST, "proxies", "{}"), (.GET, "robots?origin=https://a.example", nil),
                (.PUT, "robots?origin=https://a.example", "{}"),
            ] as [(HTTPMethod, String, String?)] {
                func ask(_ job: JobID) async throws -> Int {
                    try await stage.fixture.send(
                        method,
                        "/api/ingest/jobs/\(job)/\(path)",
                        from: .holder(stage.token),
                        body: body.map { Array($0.utf8) }
                    ).status
                }
                #expect(try await ask(stage.running) != 401, "\(method) \(path)")
                #expect(try await ask(stage.ended) == 401, "\(method) \(path)")
            }
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
