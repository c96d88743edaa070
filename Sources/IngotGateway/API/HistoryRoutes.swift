import HTTPTypes
import Hummingbird
import IngotCore
import NIOCore

/// The routes that show what ran and what it wrote, and stop what runs.
struct HistoryRoutes: Sendable {
    /// The most runs of one answer.
    static let limits = 1...500
    static let standardLimit = 50

    let store: JobStore
    let registry: ProgressRegistry
    let dispatcher: Dispatcher
    let logs: JobLogFiles

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/api/history", for: .role(.viewer)) { try await history($0, $1) }
        routes.on(.get, "/api/logs/{\(Route.runParameter)}", for: .role(.viewer)) { request, context in
            try await log(of: try run(context), context.standing, isHead: request.method == .head)
        }
        routes.on(.post, "/api/history/{\(Route.runParameter)}/stop", for: .role(.operator)) { _, context in
            try await stop(try run(context))
        }
    }

    private func run(_ context: GatewayContext) throws -> JobID {
        let text = context.parameters.get(Route.runParameter) ?? ""
        guard let id = JobID(text) else { throw Problem.unknownJob(text) }
        return id
    }

    // MARK: - History

    private func history(_ request: Request, _ context: GatewayContext) async throws -> Response {
        var query = JobStore.HistoryQuery(limit: try limit(request))
        query.sources = context.caller?.sources
        query.source = request.query("source")
        if let text = request.query("status") {
            query.state = RunState(rawValue: text.uppercased())
            if query.state == nil {
                let known = RunState.allCases.map(\.rawValue).joined(separator: ", ")
                throw Problem.invalidQuery("status", "must be one of \(known)")
            }
        }
        if let text = request.query("job_id") {
            query.definition = Int64(rowNumber: text)
            if query.definition == nil { throw Problem.invalidQuery("job_id", "is not the id of a job definition") }
        }
        if let text = request.query("cursor") {
            query.before = JobID(text)
            if query.before == nil { throw Problem.invalidQuery("cursor", "is not the id of a run") }
        }
        return try .json(try await store.history(query))
    }

    /// - Throws: ``Problem`` 422 for what is no number of runs.
    private func limit(_ request: Request) throws -> Int {
        guard let text = request.uri.queryParameters["limit"] else { return Self.standardLimit }
        guard let limit = Int(text), Self.limits.contains(limit) else {
            throw Problem(
                "invalid-limit",
                .unprocessableContent,
                title: "There is no such number of runs.",
                detail: "'limit' must be a number from \(Self.limits.lowerBound) to \(Self.limits.upperBound).",
                extensions: ["parameter": "limit"]
            )
        }
        return limit
    }

    // MARK: - Logs

    /// One line of a log.
    private struct Line: Encodable {
        var logText: String
        /// When the attempt began that wrote it.
        var createdAt: Timestamp?

        enum CodingKeys: String, CodingKey {
            case logText = "log_text"
            case createdAt = "created_at"
        }
    }

    private func log(of id: JobID, _ standing: CallerStanding, isHead: Bool) async throws -> Response {
        let isEnded = try await logs.waitForLastWords(id)
        let file = try await logs.open(id, isEnded)
        let starts = Dictionary(
            try await store.attempts(of: id).map { ($0.attempt, $0.startedAt) },
            uniquingKeysWith: { first, _ in first }
        )
        let headers: HTTPFields = [.contentType: "application/json", .cacheControl: "no-store"]
        if isHead { return Response(status: .ok, headers: headers) }
        let body = ResponseBody { writer in
            try await writer.write(ByteBuffer(string: "["))
            var position: Int64 = 0
            var attempt: Int64 = 1
            var isFirst = true
            // What is written meanwhile is for the next request.
            let size = try file?.size() ?? 0
            while position < size, let lines = try file?.lines(from: position, isComplete: true) {
                var piece = ByteBuffer()
                for line in lines.lines {
                    if let next = JobLog.attempt(inMarker: line) { attempt = Int64(next) }
                    if !isFirst { piece.writeString(",") }
                    isFirst = false
                    piece.writeBytes(try JSONText.encode(Line(logText: line, createdAt: starts[attempt])))
                }
                position = lines.end
                try standing.require()
                try await writer.write(piece)
            }
            try await writer.write(ByteBuffer(string: "]"))
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }

    // MARK: - Stopping

    private func stop(_ id: JobID) async throws -> Response {
        let job = try await JobCancellation(dispatcher: dispatcher).cancel(id)
        return try Response.json(
            ["status": job.status.isTerminal ? "Run stopped" : "Run is being stopped", "run_id": id.rawValue],
            status: job.status.isTerminal ? .ok : .accepted
        )
    }
}
