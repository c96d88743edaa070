import ArgumentParser
import IngotCore
import IngotGateway
import SystemPackage

/// The command `ingot env`.
struct EnvCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "env",
        abstract: "Prints the settings that open the stores of the running gateway; they hold secrets.",
        discussion: """
            NAME=VALUE lines for runners, containers and other clients of the embedded stores, which listen on \
            loopback. They hold until the gateway ends.

            --json prints {NAME: VALUE, …}.

            Examples:
              ingot env > runner.env
              podman run --rm --network host --tmpfs /tmp --env-file runner.env -e INGOT_SOURCE=usc ingot-runner run
            """
    )

    @Option(help: "The folder of the embedded store. (environment: INGOT_DATA; default: the XDG data folder)")
    var data: String?

    @Flag(help: "Print the settings as JSON.")
    var json = false

    func run() throws {
        let folder = DataFolder(FilePath(try ConnectionOptions.dataFolder(data)))
        guard let gateway = folder.occupant() else {
            throw CommandFailure(
                message: "no gateway runs on \(folder.path); start one with: ingot serve",
                exitCode: CommandFailure.unreachable
            )
        }
        do {
            let text = try wholeFile(folder.storesEnvironmentFile.string)
            let lines = text.split(separator: "\n")
            guard json else {
                for line in lines { try StandardOutput.line(String(line)) }
                return
            }
            let members = lines.compactMap { line -> (String, JSONValue)? in
                guard let equals = line.firstIndex(of: "=") else { return nil }
                return (String(line[..<equals]), .string(String(line[line.index(after: equals)...])))
            }
            try StandardOutput.line(
                JSONValue.object(Dictionary(members, uniquingKeysWith: { $1 })).canonicalText
            )
        } catch Errno.noSuchFileOrDirectory {
            throw CommandFailure(
                message: """
                    the gateway at \(gateway.url) has no stores of its own; it uses those that its settings name \
                    (CF_ACCOUNT_ID and the others)
                    """,
                exitCode: CommandFailure.failed
            )
        } catch let error as Errno {
            throw CommandFailure(
                message: "\(folder.storesEnvironmentFile) cannot be read: \(error)",
                exitCode: CommandFailure.failed
            )
        }
    }
}
