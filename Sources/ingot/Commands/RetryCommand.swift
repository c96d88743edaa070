import ArgumentParser
import IngotCore

/// The command `ingot retry ID`.
struct RetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Does an ended job again: a new job of the same source, parameters and options, followed to its end."
    )

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The ended job's id.")
    var id: String

    @Flag(help: "Print the new job's id and return; needs a running gateway.")
    var detach = false

    @Flag(help: "Print events as JSON lines.")
    var json = false

    func validate() throws {
        if detach, !connection.isRemote {
            throw ValidationError(
                "--detach needs a running gateway that goes on with the job; start one with: ingot serve"
            )
        }
    }

    func run() async throws {
        // Once it runs, the command's own gateway would be found as well.
        let isRemote = connection.isRemote
        try await connection.withGateway { client in
            let answer = try await client.post(JSONValue.self, GatewayPath.job(id, "/retry"))
            guard let again = answer["jobId"]?.stringValue else {
                throw CommandFailure(message: "the gateway named no job", exitCode: CommandFailure.unreachable)
            }
            if detach { return try StandardOutput.line(again) }
            let watch = JobWatch(client: client, id: again, style: ProgressDisplay.style(json: json))
            try await watch.report(isRemote: isRemote)
        }
    }
}
