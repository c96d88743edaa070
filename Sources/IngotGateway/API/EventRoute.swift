import CoreMetrics
import HTTPTypes
import Hummingbird
import IngotCore
import NIOCore
import ServiceLifecycle

/// `GET /api/ingest/jobs/{id}/events`: a job's events as they happen (Server-Sent Events).
struct EventRoute: Sendable {
    let registry: ProgressRegistry
    let metrics: GatewayMetrics

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/api/ingest/jobs/{id}/events", for: .role(.viewer)) {
            try await respond($0, try $0.jobID($1), $1)
        }
    }

    private func respond(_ request: Request, _ id: JobID, _ context: GatewayContext) async throws -> Response {
        let after = try request.resumePosition(query: "after", of: "the number of an event")?.number
        guard let progress = try await acquire(id) else { throw Problem.unknownJob(id.rawValue) }
        let start = await progress.start(after: after)
        await registry.release(id)
        // Tells an EventSource not to connect again.
        if start == .nothingLeft { return Response(status: .noContent) }
        let headers = HTTPFields.eventStream
        if request.method == .head { return Response(status: .ok, headers: headers) }
        // Events go past the server, to a connection that is this answer's alone.
        guard let channel = context.channel else { throw Problem.unavailable("Events need a connection of their own.") }
        let watcher = try await Watcher.take(channel, while: context.standing, metrics: metrics)
        return Response(
            status: .ok,
            headers: headers,
            body: ResponseBody { writer in
                metrics.watchers.increment()
                defer { metrics.watchers.decrement() }
                if let progress = try await acquire(id) {
                    await progress.watch(watcher, after: after)
                    // A server that is cancelled closes the connections' inputs, which ends their watchers.
                    await withGracefulShutdownHandler {
                        while await watcher.nextDemand() == .snapshot { await progress.resynchronize(watcher) }
                    } onGracefulShutdown: {
                        watcher.finish()
                    }
                    await progress.unwatch(watcher)
                    await registry.release(id)
                }
                try await writer.finish(nil)
                watcher.close()
            }
        )
    }

    /// Takes hold of the job's actor.
    ///
    /// A task keeps the most memory that it has ever needed until it ends, and the task of an answer ends with its
    /// watcher. Reading a job into memory needs more than all else that a watcher costs, so it has a task of its own;
    /// most of those who watch a job come when it is there already.
    private func acquire(_ id: JobID) async throws -> JobProgress? {
        if let progress = await registry.acquireInMemory(id) { return progress }
        return try await Task { [registry] in try await registry.acquire(id) }.value
    }
}
