import ArgumentParser
import IngotGateway
import Logging
import SystemPackage

/// The command `ingot serve`.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Runs the gateway.",
        discussion: """
            Prints one line, `listening on http://HOST:PORT`, once it accepts. Without Cloudflare credentials in the \
            environment it keeps everything in the data folder.

            Examples:
              ingot serve
              ingot serve --port 0 --origin usc=/srv/usc-mirror
              ingot keys create --role operator --name ci && ingot serve --host 0.0.0.0 --allowed-host ingot.lan
            """
    )

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen on; 0 picks a free one.")
    var port = 8005

    @Option(help: "A second port to listen on, with the same routes, for clients that expect them there.")
    var orchestratorPort: Int?

    @Option(help: "The folder of the embedded store. (environment: INGOT_DATA; default: the XDG data folder)")
    var data: String?

    @Option(help: ArgumentHelp("Where a source's upstream is: an address or a folder.", valueName: "source=origin"))
    var origin: [String] = []

    @OptionGroup var running: RunningOptions
    @OptionGroup(title: "Fetching") var fetching: FetchOptions
    @OptionGroup(title: "Upstream hosts") var hostBudget: HostBudgetOptions

    @OptionGroup(title: "Proxies") var proxyPool: ProxyPoolOptions

    @Flag(inversion: .prefixedNo, help: "Offer the source `probe`, a job made to order for tests.")
    var enableProbe = false

    @Option(help: "The ingot-runner executable. Without it: the one beside this executable.")
    var runner: String?

    @OptionGroup(title: "Launcher") var launcher: LauncherOptions

    @OptionGroup var accessOptions: AccessOptions
    @OptionGroup(title: "Retention") var retention: RetentionOptions

    @OptionGroup var faultOptions: FaultOptions

    @OptionGroup(title: "Log") var log: LogOptions

    func validate() throws {
        _ = try origins
        guard (0...65_535).contains(port) else { throw ValidationError("--port is a number from 0 to 65535") }
        if let orchestratorPort, !(1...65_535).contains(orchestratorPort) {
            throw ValidationError("--orchestrator-port is a number from 1 to 65535")
        }
    }

    func run() async throws {
        // For loggers that libraries make; the gateway's own are handed on.
        LoggingSystem.bootstrap(log.handler)
        var gateway = try OwnGateway(
            dataFolder: try ConnectionOptions.dataFolder(data),
            logLevel: log.level,
            logHandler: log.handler
        )
        let origins = try origins
        let faults = try faultOptions.plan
        let access = accessOptions.configuration
        try gateway.configure { configuration in
            try running.apply(to: &configuration)
            try fetching.apply(to: &configuration)
            configuration.fetching = try hostBudget.table
            configuration.proxyPool = try proxyPool.settings
            configuration.access = access
            configuration.opensMetrics = accessOptions.metricsOpen
            configuration.faults = faults
            configuration.retention = retention.policy
            configuration.host = host
            configuration.port = port
            configuration.furtherPort = orchestratorPort
            configuration.origins = origins
            configuration.enablesProbe = enableProbe
            try launcher.apply(to: &configuration, environment: processEnvironment())
            if let runner { configuration.runner = FilePath(runner) }
        }
        try gateway.addPages()
        try await gateway.serve { address in
            try? StandardOutput.line("listening on \(address)")
            StartCode.giveBackSoon()
        }
    }

    private var origins: [String: String] {
        get throws {
            var origins: [String: String] = [:]
            for assignment in origin {
                guard let equals = assignment.firstIndex(of: "="), equals > assignment.startIndex else {
                    throw ValidationError("--origin takes SOURCE=ADDRESS-OR-FOLDER, for example usc=/srv/usc")
                }
                let value = String(assignment[assignment.index(after: equals)...])
                guard !value.isEmpty else { throw ValidationError("--origin \(assignment) names no place") }
                origins[String(assignment[..<equals])] = try absoluteOrigin(value)
            }
            return origins
        }
    }
}
