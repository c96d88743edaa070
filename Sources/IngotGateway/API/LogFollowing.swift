import HTTPTypes
import Hummingbird
import IngotCore
import NIOCore
import ServiceLifecycle

/// A job's log as it grows, as Server-Sent Events, to the end of the job.
///
/// `log` has lines and, as its id, the place in the log after them, from which a client that lost its connection goes
/// on; `end` is the last event. Each watcher reads the file at its own pace, so that a slow one delays nobody.
struct LogFollowing: Sendable {
    /// The longest time that a connection is silent.
    static let heartbeatInterval: Duration = .seconds(15)

    let job: JobID
    let registry: ProgressRegistry
    let liveLogs: LiveLogs
    let standing: CallerStanding
    /// Opens the log; `nil` while there is none.
    let open: @Sendable (_ isEnded: Bool) async throws -> LogFile?

    private struct LogEvent: Encodable {
        var offset: Int64
        var lines: [String]
    }

    private struct EndEvent: Encodable {
        var offset: Int64
    }

    /// - Parameter tail: how many of the last lines come first; `nil`: all.
    func response(_ request: Request, tail: Int?) async throws -> Response {
        let resumed = try request.resumePosition(query: "from", of: "a place in the log")
        guard let isEnded = try await registry.withProgress(job, { await $0.isEnded }) else {
            throw Problem.unknownJob(job.rawValue)
        }
        var start = resumed?.number ?? 0
        if resumed != nil || tail != nil {
            let file = try await open(isEnded)
            let size = try file?.size() ?? 0
            if resumed == nil, let tail { start = try file?.start(ofLast: tail, size: size) ?? 0 }
            // The lines before that place would never be sent.
            if let resumed, resumed.number > size { throw resumed.refusal("is beyond the end of the log") }
            // Tells an EventSource not to connect again.
            let isOver = isEnded && !liveLogs.isOpen(job) && start >= size
            if isOver, resumed != nil, try !request.queryFlag("follow") { return Response(status: .noContent) }
        }
        let headers = HTTPFields.eventStream
        if request.method == .head { return Response(status: .ok, headers: headers) }
        return Response(
            status: .ok,
            headers: headers,
            body: ResponseBody { [start] writer in
                let watcher = liveLogs.watch(job)
                defer { liveLogs.unwatch(watcher) }
                try await request.body.consumeWithInboundCloseHandler { _ in
                    try await follow(from: start, isTail: tail != nil, watcher, to: &writer)
                } onInboundClosed: {
                    watcher.finish()
                }
                try await writer.finish(nil)
            }
        )
    }

    private func follow(
        from start: Int64,
        isTail: Bool,
        _ watcher: LiveLogs.Watcher,
        to writer: inout any ResponseBodyWriter
    ) async throws {
        guard let progress = try await registry.acquire(job) else { return }
        let result: Result<Void, any Error>
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                // Both only wake the loop, which has the connection.
                group.addTask {
                    await progress.waitForEnd()
                    watcher.wake()
                }
                group.addTask {
                    while true {
                        try await Task.sleep(for: Self.heartbeatInterval)
                        watcher.wake()
                    }
                }
                defer { group.cancelAll() }
                try await send(from: start, isTail: isTail, watcher, progress, to: &writer)
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await registry.release(job)
        try result.get()
    }

    private func send(
        from start: Int64,
        isTail: Bool,
        _ watcher: LiveLogs.Watcher,
        _ progress: JobProgress,
        to writer: inout any ResponseBodyWriter
    ) async throws {
        var file: LogFile?
        var position = start
        try await writer.write(EventFrame.preamble)
        if isTail {
            // Whoever is cut off before the first line must not ask for the last lines again, which are others then.
            try await writer.write(event("log", position, LogEvent(offset: position, lines: [])))
        }
        var lastWrite = ContinuousClock.now
        watcher.wake()
        for await _ in watcher.signals.cancelOnGracefulShutdown() {
            // A heartbeat wakes as well. The client connects again, and is told why it may not.
            guard standing.isGood else { return }
            // Asked before the file is read: what is written until then is in it.
            let isEnded = await progress.isEnded
            let isOver = isEnded && !liveLogs.isOpen(job)
            if file == nil { file = try await open(isOver) }
            while let lines = try file?.lines(from: position, isComplete: isOver) {
                position = lines.end
                guard standing.isGood else { return }
                try await writer.write(event("log", position, LogEvent(offset: position, lines: lines.lines)))
                lastWrite = .now
            }
            if isOver { return try await writer.write(event("end", position, EndEvent(offset: position))) }
            if ContinuousClock.now - lastWrite >= Self.heartbeatInterval {
                try await writer.write(EventFrame.heartbeat)
                lastWrite = .now
            }
        }
    }

    private func event(_ name: String, _ position: Int64, _ data: some Encodable) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeString("id: \(position)\nevent: \(name)\ndata: ")
        buffer.writeBytes(EventData.encode(data))
        buffer.writeString("\n\n")
        return buffer
    }
}
