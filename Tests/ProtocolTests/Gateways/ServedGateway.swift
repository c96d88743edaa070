import FoundationEssentials
import Glibc
import IngotCore
import IngotTesting
import Subprocess
import Synchronization

/// A gateway that `ingot serve` is, with one of its launchers.
final class ServedGateway: ProtocolGateway {
    let kind: GatewayKind
    let address: String
    let key: Secret
    let tap: RunnerTap
    private let folder: TemporaryFolder
    private let arguments: [String]
    private let parts: LauncherParts
    private let process: Mutex<ServingProcess>

    private init(
        _ kind: GatewayKind,
        address: String,
        key: Secret,
        tap: RunnerTap,
        folder: TemporaryFolder,
        arguments: [String],
        parts: LauncherParts,
        process: ServingProcess
    ) {
        self.kind = kind
        self.address = address
        self.key = key
        self.tap = tap
        self.folder = folder
        self.arguments = arguments
        self.parts = parts
        self.process = Mutex(process)
    }

    /// Starts one on a free port, with a data folder of its own.
    ///
    /// - Parameter parts: makes what its launcher needs, in a folder.
    static func start(
        _ kind: GatewayKind,
        _ options: GatewayOptions,
        _ parts: (TemporaryFolder) async throws -> LauncherParts = { _ in LauncherParts() }
    ) async throws -> ServedGateway {
        let folder = try TemporaryFolder()
        let parts = try await parts(folder)
        let tap: RunnerTap
        do { tap = try await RunnerTap(options.faults) } catch {
            await parts.end()
            throw error
        }
        do {
            var words = ["--enable-probe", "--drain", "0", "--slots", "\(options.slots)"]
            words += ["--runner-gateway", tap.address] + parts.arguments
            if let code = options.codeFolder { words += ["--origin", "usc=\(code)"] }
            let process = try await serve(folder, port: 0, words, parts.environment)
            let address = try Self.address(process)
            let key = Secret(String(try WholeFile.text(folder.path("data/local.key")).prefix { !$0.isWhitespace }))
            tap.forward(to: address)
            return ServedGateway(
                kind,
                address: address,
                key: key,
                tap: tap,
                folder: folder,
                arguments: words,
                parts: parts,
                process: process
            )
        } catch {
            await tap.close()
            await parts.end()
            throw error
        }
    }

    private static func serve(
        _ folder: TemporaryFolder,
        port: Int,
        _ arguments: [String],
        _ environment: [String: String]
    ) async throws -> ServingProcess {
        try await ServingProcess.start(
            BuiltExecutable.path("ingot"),
            ["serve", "--port", "\(port)", "--data", folder.path("data")] + arguments,
            environment: environment,
            lines: 1,
            errors: folder.path("errors")
        )
    }

    private static func address(_ process: ServingProcess) throws -> String {
        let prefix = "listening on "
        guard let line = process.lines.first, line.hasPrefix(prefix) else {
            throw GatewayTrouble("the gateway printed \(process.lines)")
        }
        return String(line.dropFirst(prefix.count))
    }

    /// The name that its containers bear in their label `ingot.gateway`.
    var name: String {
        get throws { String(try WholeFile.text(folder.path("data/gateway.id")).prefix { !$0.isWhitespace }) }
    }

    /// Asks the engine of its containers with Docker's own command line; the lines that it printed.
    func docker(_ arguments: String...) async throws -> [String] {
        guard let socket = parts.socket else { throw GatewayTrouble("there is no engine") }
        let result = try await Subprocess.run(
            .name("docker"),
            arguments: Arguments(["--host", "unix://\(socket)"] + arguments),
            output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 16)
        )
        guard result.terminationStatus.isSuccess else { throw GatewayTrouble(result.standardError) }
        return result.standardOutput.split(separator: "\n").map(String.init)
    }

    /// The containers that bear its name, running or not.
    func containers() async throws -> [String] {
        let name = try name
        return try await docker("ps", "--all", "--quiet", "--no-trunc", "--filter", "label=ingot.gateway=\(name)")
    }

    func restart() async throws {
        await process.withLock { $0 }.end(.kill)
        let port = Int(address.split(separator: ":").last ?? "") ?? 0
        let next = try await Self.serve(folder, port: port, arguments, parts.environment)
        process.withLock { $0 = next }
    }

    func evict() async throws { throw GatewayTrouble("a gateway of its own is not evicted") }

    func stop() async {
        await process.withLock { $0 }.end(.terminate)
        // What a drain of no time has left.
        RunnerProcess.killAll(reportingTo: tap.address, below: folder.path("data"))
        await tap.close()
        if parts.socket != nil, let name = try? name {
            // Ended containers are kept for the next gateway, and there will be none.
            _ = await ServingProcess.succeeds(
                "sh",
                ["-c", "podman ps -aq --filter label=ingot.gateway=$0 | xargs -r podman rm -f -v -t 0", name],
                environment: await ContainerEngine.environment ?? [:]
            )
        }
        await parts.end()
    }
}
