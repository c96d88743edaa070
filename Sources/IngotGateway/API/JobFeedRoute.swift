import CoreMetrics
import HTTPTypes
import Hummingbird
import IngotCore
import NIOCore
import ServiceLifecycle

/// `GET /api/ingest/jobs/events`: the changes of all jobs as they happen (Server-Sent Events).
///
/// `jobs` has the jobs that have changed, as they are now; `reset` says that the list has to be read again, as on a
/// first connection.
struct JobFeedRoute: Sendable {
    let feed: JobFeed
    let metrics: GatewayMetrics

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/api/ingest/jobs/events", for: .role(.viewer)) { try respond($0, $1) }
    }

    private func respond(_ request: Request, _ context: GatewayContext) throws -> Response {
        let after = try request.resumePosition(query: "after", of: "the number of an event")?.number
        var sources = context.caller?.sources
        if let source = request.uri.queryParameters["source"] { sources = [String(source)] }
        let headers = HTTPFields.eventStream
        if request.method == .head { return Response(status: .ok, headers: headers) }
        let standing = context.standing
        return Response(
            status: .ok,
            headers: headers,
            body: ResponseBody { [sources] writer in
                let queue = WatcherQueue()
                metrics.watchers.increment()
                defer { metrics.watchers.decrement() }
                try await request.body.consumeWithInboundCloseHandler { _ in
                    feed.watch(queue, sources: sources, after: after)
                    defer { feed.unwatch(queue) }
                    for await _ in queue.signals.cancelOnGracefulShutdown() {
                        // A heartbeat signals as well. The client connects again, and is told why it may not.
                        guard standing.isGood else { return }
                        try await drain(queue, to: &writer)
                    }
                } onInboundClosed: {
                    queue.abandon()
                }
                try await writer.finish(nil)
            }
        )
    }

    private func drain(_ queue: WatcherQueue, to writer: inout any ResponseBodyWriter) async throws {
        while true {
            switch queue.take() {
            case .bytes(let bytes):
                try await writer.write(bytes)
                if let delay = queue.takeDelay() { metrics.eventDelay.recordNanoseconds(delay.nanoseconds) }
            case .overflowed:
                metrics.resets.increment()
                feed.resynchronize(queue)
            case .empty, .ended: return
            }
        }
    }
}
