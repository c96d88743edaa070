import ArgumentParser
import IngotClient
import IngotCore

/// The command `ingot retry ID`.
struct RetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Does an ended job again: a new job of the same source, parameters and options, followed to its end.",
        discussion: """
            --json prints one line an event, as `ingot watch --help` describes it; with --detach {"jobId"}.

            Examples:
              ingot retry 01a20100-7631-7160-b988-fefc487a3026
              ingot retry 01a20100-7631-7160-b988-fefc487a3026 --detach
            """
    )

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The ended job's id.", completion: Completions.jobs)
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
        let id = try JobArgument.checked(id)
        try await connection.withGateway { client in
            let again = try await client.retry(id)
            if detach { return try DetachedJob(again).print(json: json) }
            let watch = JobWatch(client: client, id: again, style: ProgressDisplay.style(json: json))
            try await watch.report(isRemote: isRemote)
        }
    }
}
