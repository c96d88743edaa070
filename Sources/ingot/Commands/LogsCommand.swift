import ArgumentParser
import IngotCore

/// The command `ingot logs ID`.
struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Prints what a job's runners wrote.",
        discussion: "With --follow it goes on as the log grows, and ends when the job has."
    )

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The job's id.")
    var id: String

    @Option(help: "Only the last lines.")
    var tail: Int?

    @Flag(name: .shortAndLong, help: "Go on with what is written from now on, to the job's end.")
    var follow = false

    func run() async throws {
        let isRemote = connection.isRemote
        try await connection.withGateway { client in
            if follow {
                try await ConnectionOptions.checkGoesOn(id, isRemote: isRemote, client: client)
                try await LogFollow(client: client, id: id, tail: tail).run { try StandardOutput.write($0) }
            } else {
                try await client.print(GatewayPath.job(id, "/logs", ["tail": tail.map(String.init)]))
            }
        }
    }
}
