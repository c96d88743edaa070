import ArgumentParser
import IngotGateway
import Logging

/// The command `ingot stores`.
struct StoresCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stores",
        abstract: "Serves the embedded database and bucket alone, as Cloudflare's would be.",
        discussion: """
            For trying clients and runners without an account. It prints the two addresses; the credentials are in \
            the file that it names, as NAME=VALUE lines that a shell reads.

            Example:
              ingot stores --data ./trial
              set -a; . ./trial/stores/environment; set +a; ingot doctor
            """
    )

    @Option(help: "The folder of the embedded store. (environment: INGOT_DATA; default: the XDG data folder)")
    var data: String?

    @OptionGroup var faults: FaultOptions

    func run() async throws {
        var gateway = try OwnGateway(dataFolder: try ConnectionOptions.dataFolder(data), logLevel: .info)
        let plan = try faults.plan
        gateway.configure { $0.faults = plan }
        try await gateway.serveStores { line in
            try? StandardOutput.line(line)
        }
    }
}
