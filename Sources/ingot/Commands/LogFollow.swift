import IngotCore
import NIOCore

/// Follows a job's log to the job's end, across broken connections, without losing or repeating a line.
struct LogFollow {
    let client: GatewayClient
    let id: String
    /// How many of the last lines come first; `nil`: all.
    let tail: Int?

    /// How often a broken stream is opened again without any event in between.
    private static let reconnections = RetryPolicy(
        maximumAttempts: 8,
        firstDelay: .milliseconds(500),
        maximumDelay: .seconds(10)
    )

    /// - Parameter output: takes the lines, with their ends.
    func run(_ output: ([UInt8]) throws -> Void) async throws {
        // The place in the log up to which everything has been printed.
        var place: Int64?
        var failures = 0
        var generator = SystemRandomNumberGenerator()
        while true {
            var parser = EventStreamParser()
            var hasEnded = false
            do {
                let query = place.map { ["follow": "true", "from": String($0)] as KeyValuePairs<String, String?> }
                try await client.stream(
                    GatewayPath.job(id, "/logs", query ?? ["follow": "true", "tail": tail.map(String.init)])
                ) { piece in
                    for event in try parser.take(piece.readableBytesView) {
                        failures = 0
                        for line in event.data["lines"]?.arrayValue ?? [] {
                            try output(Array((line.stringValue ?? "").utf8) + [UInt8(ascii: "\n")])
                        }
                        place = event.id ?? place
                        hasEnded = hasEnded || event.name == "end"
                    }
                }
                if hasEnded { return }
            } catch let error as CommandFailure where error.exitCode == CommandFailure.unreachable {
                if failures + 1 >= Self.reconnections.maximumAttempts { throw error }
            }
            // A gateway that is being stopped ends its streams in good order; the next one goes on with them.
            failures += 1
            guard let delay = Self.reconnections.delay(afterAttempt: failures, using: &generator) else {
                throw CommandFailure(
                    message: "the gateway at \(client.baseURL) ends the log again and again before the job has ended",
                    exitCode: CommandFailure.unreachable
                )
            }
            try await Task.sleep(for: delay)
        }
    }
}
