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
        guard let start = try await registry.withProgress(id, { await $0.start(after: after) }) else {
            throw Problem.unknownJob(id.rawValue)
        }
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
                if let progress = try await registry.acquire(id) {
                    await progress.watch(watcher, after: after)
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
}
