import IngotCore
import NIOCore

/// Follows a job's events to its end, across broken connections.
struct JobWatch {
    let client: GatewayClient
    let id: String
    let style: ProgressDisplay.Style

    /// How often a broken stream is opened again without any event in between.
    private static let reconnections = RetryPolicy(
        maximumAttempts: 8,
        firstDelay: .milliseconds(500),
        maximumDelay: .seconds(10)
    )

    /// Shows events until the job has ended; returns the final job.
    func follow() async throws -> Job {
        var display = ProgressDisplay(style: style)
        defer { display.finish() }
        var last: Int64 = 0
        var failures = 0
        var generator = SystemRandomNumberGenerator()
        while true {
            var parser = EventStreamParser()
            var final: Job?
            do {
                let headers = last > 0 ? [("last-event-id", String(last))] : []
                try await client.stream(GatewayPath.job(id, "/events"), headers: headers) {
                    piece in
                    for event in try parser.take(piece.readableBytesView) {
                        failures = 0
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
            } catch let error as CommandFailure where error.exitCode == CommandFailure.unreachable {
                failures += 1
                guard let delay = Self.reconnections.delay(afterAttempt: failures, using: &generator) else {
                    throw error
                }
                try await Task.sleep(for: delay)
                continue
            }
            if let final { return final }
            let job = try await client.get(Job.self, GatewayPath.job(id))
            if job.status.isTerminal { return job }
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
