import ArgumentParser
import IngotClient
import IngotCore

/// The command `ingot logs ID`.
struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Prints what a job's runners wrote.",
        discussion: """
            With --follow it goes on as the log grows, also when the gateway is restarted, and ends when the job has.

            --json prints one line a line: {"line"}.

            Examples:
              ingot logs 01a20100-7631-7160-b988-fefc487a3026 --tail 20
              ingot logs 01a20100-7631-7160-b988-fefc487a3026 --follow
            """
    )

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The job's id.", completion: Completions.jobs)
    var id: String

    @Option(help: "Only the last lines.")
    var tail: Int?

    @Flag(name: .shortAndLong, help: "Go on with what is written from now on, to the job's end.")
    var follow = false

    @Flag(help: "Print each line as a JSON object.")
    var json = false

    func run() async throws {
        let isRemote = connection.isRemote
        let id = try JobArgument.checked(id)
        try await connection.withGateway { client in
            if follow {
                try await ConnectionOptions.checkGoesOn(id, isRemote: isRemote, client: client)
                for try await update in client.followLog(of: id, tail: tail) {
                    switch update {
                    case .lines(let lines): for line in lines { try print(line) }
                    case .disconnected: StandardError.line("the gateway is away; trying again")
                    case .reconnected: StandardError.line("the gateway is back")
                    }
                }
            } else if json {
                for try await line in client.log(of: id, tail: tail).lines {
                    try print(String(decoding: line, as: UTF8.self))
                }
            } else {
                try await client.print(client.log(of: id, tail: tail))
            }
        }
    }

    private func print(_ line: String) throws {
        try StandardOutput.line(json ? JSONValue.object(["line": .string(line)]).canonicalText : line)
    }
}
