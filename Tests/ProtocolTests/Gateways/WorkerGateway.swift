import AsyncHTTPClient
import FoundationEssentials
import IngotCore
import IngotTesting
import NIOCore
import NIOHTTP1
import Subprocess
import Synchronization

/// The edge gateway (`container/worker.mjs`) on the stand-in for its runtime, with the embedded stores.
final class WorkerGateway: ProtocolGateway {
    let kind = GatewayKind.worker
    let address: String
    let key: Secret
    let tap: RunnerTap
    private let folder: TemporaryFolder
    private let arguments: [String]
    private let stores: ServingProcess
    private let host: Mutex<Host>

    /// The host's process, and where it can be told what to do.
    private struct Host: Sendable {
        var process: ServingProcess
        var control: String
    }

    /// The stand-in's program, in this checkout.
    static let program: String = {
        // This file lies in CHECKOUT/Tests/ProtocolTests/Gateways.
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/WorkerHost/host.mjs"
    }()

    /// Why there is none; `nil` when there can be one.
    static var absence: String? {
        guard FileManager.default.fileExists(atPath: program) else { return "Tests/WorkerHost/host.mjs is not there" }
        return GatewayKind.isOnPath("node") ? nil : "node is not installed"
    }

    private init(
        address: String,
        key: Secret,
        tap: RunnerTap,
        folder: TemporaryFolder,
        arguments: [String],
        stores: ServingProcess,
        host: Host
    ) {
        self.address = address
        self.key = key
        self.tap = tap
        self.folder = folder
        self.arguments = arguments
        self.stores = stores
        self.host = Mutex(host)
    }

    static func start(_ options: GatewayOptions) async throws -> WorkerGateway {
        let folder = try TemporaryFolder()
        let tap = try await RunnerTap(options.faults)
        var stores: ServingProcess?
        do {
            let serving = try await ServingProcess.start(
                BuiltExecutable.path("ingot"),
                ["stores", "--data", folder.path("stores")],
                lines: 3,
                errors: folder.path("stores-errors")
            )
            stores = serving
            let environment = serving.lines[2].dropFirst("credentials: ".count)
            let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
            let key = Secret("ingot_" + String((0..<43).compactMap { _ in letters.randomElement() }))
            var words = [
                "--runner", BuiltExecutable.path("ingot-runner"), "--store", String(environment),
                "--data", folder.path("state"), "--api-key", key.revealed, "--slots", "\(options.slots)",
                "--runner-gateway", tap.address, "--var", "INGOT_ENABLE_PROBE=1", "--var", "INGOT_LEASE_SECONDS=20",
                "--var", "INGOT_WATCH_SECONDS=1",
            ]
            if let code = options.codeFolder { words += ["--origin", "usc=\(code)"] }
            if options.evictsAfterEveryEvent { words.append("--evict-after-every-event") }
            let (address, host) = try await serve(folder, port: 0, words)
            tap.forward(to: address)
            return WorkerGateway(
                address: address,
                key: key,
                tap: tap,
                folder: folder,
                arguments: words,
                stores: serving,
                host: host
            )
        } catch {
            await tap.close()
            await stores?.end(.terminate)
            throw error
        }
    }

    private static func serve(
        _ folder: TemporaryFolder,
        port: Int,
        _ arguments: [String]
    ) async throws -> (address: String, Host) {
        let process = try await ServingProcess.start(
            "node",
            ["--experimental-vm-modules", "--no-warnings", program, "--port", "\(port)"] + arguments,
            lines: 2,
            errors: folder.path("errors")
        )
        let prefixes = ["listening on ", "control on "]
        let addresses = zip(process.lines, prefixes).compactMap { line, prefix in
            line.hasPrefix(prefix) ? String(line.dropFirst(prefix.count)) : nil
        }
        guard addresses.count == 2 else { throw GatewayTrouble("the host printed \(process.lines)") }
        return (addresses[0], Host(process: process, control: addresses[1]))
    }

    func restart() async throws {
        await host.withLock { $0 }.process.end(.kill)
        let port = Int(address.split(separator: ":").last ?? "") ?? 0
        let (_, next) = try await Self.serve(folder, port: port, arguments)
        host.withLock { $0 = next }
    }

    func evict() async throws {
        var request = HTTPClientRequest(url: host.withLock { $0.control } + "/evict")
        request.method = .POST
        let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        guard answer.status.code < 300 else { throw GatewayTrouble("the host answered \(answer.status)") }
    }

    func stop() async {
        await host.withLock { $0 }.process.end(.terminate)
        RunnerProcess.killAll(reportingTo: tap.address, below: folder.path("state"))
        await tap.close()
        await stores.end(.terminate)
    }
}
