import IngotCore
import NIOCore

/// Follows a job's events to its end, across broken connections.
struct JobWatch {
    let client: GatewayClient
    let id: String
    let style: ProgressDisplay.Style

    /// Shows events until the job has ended; returns the final job.
    ///
    /// - Throws: ``CommandFailure`` when the gateway is away for longer than ``Reconnection/patience``.
    func follow() async throws -> Job {
        var display = ProgressDisplay(style: style)
        defer { display.finish() }
        var last: Int64 = 0
        var reconnection = Reconnection()
        while true {
            do {
                var parser = EventStreamParser()
                var final: Job?
                let headers = last > 0 ? [("last-event-id", String(last))] : []
                try await client.stream(GatewayPath.job(id, "/events"), headers: headers) {
                    piece in
                    for event in try parser.take(piece.readableBytesView) {
                        reconnection.answered()
                        last = max(last, event.id ?? 0)
                        try display.show(event)
                        if event.name == "done" {
                            final = try JSONText.decode(
                                Job.self,
                                from: (event.data["job"] ?? event.data).canonicalBytes
                            )
                        }
                    }
                }
                if let final { return final }
                // A gateway that is being stopped ends its streams in good order.
                let job = try await client.get(Job.self, GatewayPath.job(id))
                if job.status.isTerminal { return job }
                try await reconnection.pause()
            } catch let failure as CommandFailure {
                try await reconnection.wait(after: failure)
            }
        }
    }

    /// Follows the job, prints its summary, and ends the command as the job ended.
    ///
    /// - Parameter isRemote: whether the job goes on without this command.
    func report(isRemote: Bool) async throws {
        let job = try await interruptible(isRemote: isRemote) { try await follow() }
        switch style {
        case .json: break
        case .bar, .lines, .silent: try StandardOutput.line(JobSummary(job).text)
        }
        guard job.status == .succeeded else {
            throw CommandFailure(message: "the job \(job.status.rawValue)", exitCode: CommandFailure.failed)
        }
    }

    private func interruptible(isRemote: Bool, _ work: @escaping @Sendable () async throws -> Job) async throws -> Job {
        do {
            return try await untilInterrupted(work)
        } catch is Interrupted {
            if isRemote {
                throw CommandFailure(
                    message: """
                        interrupted; the job goes on. Watch it with: ingot watch \(id)
                        Stop it with: ingot cancel \(id)
                        """,
                    exitCode: CommandFailure.interrupted
                )
            }
            _ = try? await client.post(JSONValue.self, GatewayPath.job(id, "/cancel"))
            let job = try await follow()
            throw CommandFailure(
                message: "interrupted; the job \(job.status.rawValue)",
                exitCode: CommandFailure.interrupted
            )
        }
    }
}
