import ArgumentParser
import AsyncHTTPClient
import Glibc
import IngotClient
import IngotCore
import IngotGateway
import Logging
import NIOCore
import SystemPackage

/// Which gateway a command talks to: the one it is told, the one that runs on the data folder, or one of its own for
/// as long as the command runs.
struct ConnectionOptions: ParsableArguments {
    @Option(help: "The address of a running gateway. (environment: INGOT_GATEWAY)")
    var gateway: String?

    @Option(
        help: "The folder of the embedded store. (environment: INGOT_DATA; default: the XDG data folder)",
        completion: .directory
    )
    var data: String?

    @OptionGroup var credential: CredentialOptions

    /// The address that the command line or the environment names.
    var namedGateway: String? { gateway ?? environment("INGOT_GATEWAY") }

    /// Whether jobs outlive the command.
    var isRemote: Bool { runningGateway != nil }

    /// Looks whether somebody goes on with a job that a command wants to follow to its end.
    ///
    /// It asks in any case, as a gateway that was never there is not waited for.
    ///
    /// - Parameter isRemote: ``isRemote`` as it was before the command started a gateway of its own.
    /// - Throws: `CommandFailure` when it has not ended, and nobody does.
    static func checkGoesOn(_ id: JobID, isRemote: Bool, client: GatewayClient) async throws {
        let job = try await client.job(id)
        guard !isRemote, !job.status.isTerminal else { return }
        throw CommandFailure(
            message: "job \(id) is \(job.status.rawValue), and no gateway runs that goes on with it; start one with: "
                + "ingot serve",
            exitCode: CommandFailure.failed
        )
    }

    /// A gateway that is there already.
    private var runningGateway: String? { namedGateway ?? folder?.occupant()?.url }

    private var folder: DataFolder? { (try? dataFolder).map { DataFolder(FilePath($0)) } }

    /// The key for a gateway that is there already.
    private func key(for gateway: String) throws -> Secret? {
        if namedGateway == nil, let folder { return try credential.key(forFolder: folder) }
        return try credential.key(for: gateway, occupant: folder?.occupant(), folder: folder)
    }

    private var dataFolder: String {
        get throws { try Self.dataFolder(data) }
    }

    /// The data folder that a command uses.
    static func dataFolder(_ named: String?) throws -> String {
        if let folder = named ?? environment("INGOT_DATA") { return folder }
        if let folder = environment("XDG_DATA_HOME") { return folder + "/ingot" }
        if let home = environment("HOME") { return home + "/.local/share/ingot" }
        throw CommandFailure(
            message: "no place for data: name one with --data or INGOT_DATA",
            exitCode: CommandFailure.usage
        )
    }

    /// The address of a gateway that is there already: the one that is named, or the one on the data folder.
    ///
    /// - Throws: `CommandFailure` when there is none.
    static func addressOfRunningGateway(named gateway: String?, data: String?) throws -> String {
        if let gateway = gateway ?? environment("INGOT_GATEWAY") { return gateway }
        let folder = try dataFolder(data)
        if let occupant = DataFolder(FilePath(folder)).occupant() { return occupant.url }
        throw CommandFailure(
            message: "no gateway runs on \(folder); start one with: ingot serve",
            exitCode: CommandFailure.unreachable
        )
    }

    /// Runs the body with a client of the chosen gateway.
    ///
    /// - Parameters:
    ///   - origins: where upstream is, by source; only a gateway of the command's own can be told.
    ///   - sandbox: whether runners are shut in; as above.
    func withGateway(
        origins: [String: String] = [:],
        sandbox: Bool = false,
        _ body: @escaping @Sendable (GatewayClient) async throws -> Void
    ) async throws {
        let client = HTTPClient(configuration: GatewayClient.httpConfiguration)
        do {
            if let address = runningGateway {
                guard origins.isEmpty else {
                    throw CommandFailure(
                        message: """
                            a gateway is running at \(address), and only its operator says where upstream is; \
                            start it with --origin, or stop it to use --from
                            """,
                        exitCode: CommandFailure.usage
                    )
                }
                guard !sandbox else {
                    throw CommandFailure(
                        message: """
                            a gateway is running at \(address), and only its operator says how runners are shut in; \
                            start it with --sandbox, or stop it to use --sandbox here
                            """,
                        exitCode: CommandFailure.usage
                    )
                }
                try await body(GatewayClient(address: address, key: try key(for: address), httpClient: client))
            } else {
                var gateway = try OwnGateway(dataFolder: dataFolder, logLevel: .error)
                gateway.configure { configuration in
                    configuration.port = 0
                    configuration.takesUpEarlierJobs = false
                    configuration.origins = origins
                    configuration.sandbox = sandbox
                }
                try await gateway.use { address, key in
                    try await body(GatewayClient(address: address, key: key, httpClient: client))
                }
            }
        } catch {
            try? await client.shutdown()
            throw error
        }
        try await client.shutdown()
    }
}

/// A variable of the environment; empty counts as absent.
func environment(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
}
