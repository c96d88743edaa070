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
            try await respond($0, try $0.jobID($1), $1.standing)
        }
    }

    private func respond(_ request: Request, _ id: JobID, _ standing: CallerStanding) async throws -> Response {
        let after = try request.resumePosition(query: "after", of: "the number of an event")?.number
        guard let start = try await registry.withProgress(id, { await $0.start(after: after) }) else {
            throw Problem.unknownJob(id.rawValue)
        }
        // Tells an EventSource not to connect again.
        if start == .nothingLeft { return Response(status: .noContent) }
        let headers = HTTPFields.eventStream
        if request.method == .head { return Response(status: .ok, headers: headers) }
        return Response(
            status: .ok,
            headers: headers,
            body: ResponseBody { writer in
                let queue = WatcherQueue()
                metrics.watchers.increment()
                defer { metrics.watchers.decrement() }
                try await request.body.consumeWithInboundCloseHandler { _ in
                    guard let progress = try await registry.acquire(id) else { return }
                    do {
                        await progress.watch(queue, after: after)
                        try await pass(queue, of: progress, while: standing, to: &writer)
                    } catch {
                        await progress.unwatch(queue)
                        await registry.release(id)
                        throw error
                    }
                    await progress.unwatch(queue)
                    await registry.release(id)
                } onInboundClosed: {
                    queue.abandon()
                }
                try await writer.finish(nil)
            }
        )
    }

    private func pass(
        _ queue: WatcherQueue,
        of progress: JobProgress,
        while standing: CallerStanding,
        to writer: inout any ResponseBodyWriter
    ) async throws {
        for await _ in queue.signals.cancelOnGracefulShutdown() {
            // A heartbeat signals as well. The client connects again, and is told why it may not.
            guard standing.isGood else { return }
            try await drain(queue, of: progress, to: &writer)
        }
        // The signals end with the queue, which may still hold the last events.
        guard standing.isGood else { return }
        try await drain(queue, of: progress, to: &writer)
    }

    private func drain(
        _ queue: WatcherQueue,
        of progress: JobProgress,
        to writer: inout any ResponseBodyWriter
    ) async throws {
        while true {
            switch queue.take() {
            case .bytes(let bytes):
                try await writer.write(bytes)
                if let delay = queue.takeDelay() { metrics.eventDelay.recordNanoseconds(delay.nanoseconds) }
            case .overflowed:
                metrics.resets.increment()
                await progress.resynchronize(queue)
            case .empty, .ended: return
            }
        }
    }
}
