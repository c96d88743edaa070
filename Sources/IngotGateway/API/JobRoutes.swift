import HTTPTypes
import Hummingbird
import IngotCore

/// The routes that show and cancel jobs.
struct JobRoutes: Sendable {
    let store: JobStore
    let registry: ProgressRegistry
    let dispatcher: Dispatcher

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/api/ingest/jobs", for: .role(.viewer)) { try await list($0, $1) }
        routes.on(.get, "/api/ingest/jobs/{id}", for: .role(.viewer)) {
            try Response.json(try await job(try $0.jobID($1)))
        }
        routes.on(.get, "/api/ingest/jobs/{id}/units", for: .role(.viewer)) { try await units($0, try $0.jobID($1)) }
        routes.on(.get, "/api/ingest/jobs/{id}/samples", for: .role(.viewer)) { try await samples(try $0.jobID($1)) }
        routes.on(.post, "/api/ingest/jobs/{id}/cancel", for: .role(.operator)) { try await cancel(try $0.jobID($1)) }
    }

    /// The job as it is now: from its actor when that is in memory, else from its row.
    private func job(_ id: JobID) async throws -> Job {
        if let progress = await registry.inMemory(id) { return await progress.job }
        guard let stored = try await store.job(id) else { throw Problem.unknownJob(id.rawValue) }
        return stored.job
    }

    private struct JobPage: Encodable {
        var jobs: [Job]
        /// The cursor of the next page; absent on the last.
        var next: String?
        /// Whether there are no newer jobs than these; only told where newer ones were asked for.
        var newest: Bool?
    }

    private func list(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let query = request.uri.queryParameters
        let limit = try request.queryNumber("limit", in: 1...200) ?? 50
        var status: JobStatus?
        if let text = query["status"] {
            status = JobStatus(rawValue: String(text))
            if status == nil {
                let known = JobStatus.allCases.map(\.rawValue).joined(separator: ", ")
                throw Problem.invalidQuery("status", "must be one of \(known)")
            }
        }
        var cursor: JobID?
        if let text = query["cursor"] {
            cursor = JobID(String(text))
            if cursor == nil { throw Problem.invalidQuery("cursor", "is not the 'next' of a page") }
        }
        var oldest: JobID?
        if let text = query["newer_than"] {
            oldest = JobID(String(text))
            if oldest == nil { throw Problem.invalidQuery("newer_than", "is not the id of a job") }
            if cursor != nil { throw Problem.invalidQuery("newer_than", "cannot stand beside 'cursor'") }
        }
        var jobs = try await store.page(
            status: status,
            source: query["source"].map(String.init),
            amongSources: context.caller?.sources,
            before: cursor,
            newerThan: oldest,
            limit: limit + 1
        )
        let hasMore = jobs.count > limit
        if hasMore { if oldest == nil { jobs.removeLast() } else { jobs.removeFirst() } }
        for index in jobs.indices where !jobs[index].status.isTerminal {
            // Rows lag behind by up to the time between two saves.
            guard let progress = await registry.inMemory(jobs[index].id) else { continue }
            let current = await progress.job
            if status == nil || current.status == status { jobs[index] = current }
        }
        // Going back, there is always something older: the job that was named.
        let next = hasMore || oldest != nil ? jobs.last?.id.rawValue ?? oldest?.rawValue : nil
        return try Response.json(JobPage(jobs: jobs, next: next, newest: oldest == nil ? nil : !hasMore))
    }

    private struct UnitPage: Encodable {
        var units: [JobUnit]
        /// The cursor of the next page; absent on the last.
        var next: String?
    }

    private func units(_ request: Request, _ id: JobID) async throws -> Response {
        _ = try await job(id)
        let limit = try request.queryNumber("limit", in: 1...500) ?? 200
        let offset = try request.queryNumber("cursor", in: 0...1_000_000) ?? 0
        var units = try await store.units(of: id, offset: offset, limit: limit + 1)
        let hasMore = units.count > limit
        if hasMore { units.removeLast() }
        return try Response.json(UnitPage(units: units, next: hasMore ? String(offset + limit) : nil))
    }

    private struct SampleList: Encodable {
        struct Attempt: Encodable {
            var attempt: Int
            var samples: [ResourceSamples.Sample]
        }

        var attempts: [Attempt]
    }

    private func samples(_ id: JobID) async throws -> Response {
        let job = try await job(id)
        var attempts = try await store.samples(of: id).map { SampleList.Attempt(attempt: $0, samples: $1) }
        // Those of the attempt that runs are written when it ends.
        if job.status == .running, let progress = await registry.inMemory(id) {
            let samples = await progress.samples.samples
            if !samples.isEmpty { attempts.append(SampleList.Attempt(attempt: job.attempt, samples: samples)) }
        }
        return try Response.json(SampleList(attempts: attempts))
    }

    private func cancel(_ id: JobID) async throws -> Response {
        let job = try await JobCancellation(dispatcher: dispatcher).cancel(id)
        return try Response.json(job, status: job.status.isTerminal ? .ok : .accepted)
    }
}
