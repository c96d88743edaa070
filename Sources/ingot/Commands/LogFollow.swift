import IngotCore
import NIOCore

/// Follows a job's log to the job's end, across broken connections, without losing or repeating a line.
struct LogFollow {
    let client: GatewayClient
    let id: String
    /// How many of the last lines come first; `nil`: all.
    let tail: Int?

    /// - Parameter output: takes the lines, with their ends.
    /// - Throws: ``CommandFailure`` when the gateway is away for longer than ``Reconnection/patience``.
    func run(_ output: ([UInt8]) throws -> Void) async throws {
        // The place in the log up to which everything has been printed.
        var place: Int64?
        var reconnection = Reconnection()
        while true {
            do {
                var parser = EventStreamParser()
                var hasEnded = false
                let query = place.map { ["follow": "true", "from": String($0)] as KeyValuePairs<String, String?> }
                try await client.stream(
                    GatewayPath.job(id, "/logs", query ?? ["follow": "true", "tail": tail.map(String.init)])
                ) { piece in
                    for event in try parser.take(piece.readableBytesView) {
                        reconnection.answered()
                        for line in event.data["lines"]?.arrayValue ?? [] {
                            try output(Array((line.stringValue ?? "").utf8) + [UInt8(ascii: "\n")])
                        }
                        place = event.id ?? place
                        hasEnded = hasEnded || event.name == "end"
                    }
                }
                if hasEnded { return }
                // A gateway that is being stopped ends its streams in good order; the next one goes on with them.
                throw CommandFailure(
                    message: "the gateway at \(client.baseURL) ends the log before the job has ended",
                    exitCode: CommandFailure.unreachable
                )
            } catch let failure as CommandFailure {
                try await reconnection.wait(after: failure)
            }
        }
    }
}
