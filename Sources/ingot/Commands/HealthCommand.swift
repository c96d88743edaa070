import ArgumentParser
import IngotClient
import IngotCore

/// The command `ingot health`.
struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Asks a running gateway whether it does its work.",
        discussion: """
            For the health checks of container engines and service managers. It needs no key and prints what the \
            gateway says; ends with 0 when it does its work, and with 3 when it says that it does not or does not \
            answer.

            It prints JSON, also without --json: {"status": "ok" or "degraded", "waiting", "running", "slots", …}.

            Examples:
              ingot health
              ingot health --gateway https://ingot.example.org
            """
    )

    @Option(help: "The address of a running gateway. (environment: INGOT_GATEWAY)")
    var gateway: String?

    @Option(help: "The folder of the embedded store. (environment: INGOT_DATA; default: the XDG data folder)")
    var data: String?

    @Flag(help: "Print the gateway's answer as JSON, which it is anyway.")
    var json = false

    /// How long an answer is waited for.
    private static let patience: Duration = .seconds(5)

    func run() async throws {
        let address = try ConnectionOptions.addressOfRunningGateway(named: gateway, data: data)
        do {
            let health = try await withDeadline(Self.patience) {
                try await GatewayClient.with(address: address) { try await $0.get(JSONValue.self, "/healthz") }
            }
            try StandardOutput.line(health.canonicalText)
        } catch let error as DeadlineExceeded {
            throw CommandFailure(
                message: "the gateway at \(address) gave \(error)",
                exitCode: CommandFailure.unreachable
            )
        }
    }
}
