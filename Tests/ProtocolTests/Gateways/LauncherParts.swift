import FoundationEssentials
import Glibc
import IngotCore
import IngotTesting
import Subprocess

/// What a launcher needs besides the gateway.
struct LauncherParts: Sendable {
    /// Of `ingot serve`.
    var arguments: [String] = []
    var environment: [String: String] = [:]
    /// Where an engine of containers listens.
    var socket: String?
    /// Programs that serve it, in the order in which they were started.
    var programs: [Program] = []

    /// A program, and the way in which it is ended.
    struct Program: Sendable {
        var process: ServingProcess
        /// Whether the end of its input ends it, after what it has to put in order.
        var endsWithItsInput = false
    }

    /// Ends the programs, the last first.
    func end() async {
        for program in programs.reversed() { await program.process.end(program.endsWithItsInput ? nil : .terminate) }
    }
}

extension LauncherParts {
    /// An engine of containers on a socket in the folder.
    static func engine(_ folder: TemporaryFolder) async throws -> LauncherParts {
        guard let environment = await ContainerEngine.environment else {
            throw GatewayTrouble("podman cannot run containers here")
        }
        let socket = folder.path("engine.sock")
        let service = try await ServingProcess.start(
            "podman",
            ["system", "service", "--time=0", "unix://\(socket)"],
            environment: environment,
            lines: 0,
            errors: folder.path("engine-errors")
        )
        while access(socket, F_OK) != 0 { try await Task.sleep(for: .milliseconds(20)) }
        return LauncherParts(
            arguments: [
                "--launcher", "container", "--container-socket", socket, "--container-pull", "never", "--runner-image",
                runnerImage, "--container-temporary", "32",
            ],
            socket: socket,
            programs: [Program(process: service)]
        )
    }

    /// The image that `scripts/image` makes.
    static let runnerImage: String = {
        let tag = ProcessInfo.processInfo.environment["INGOT_IMAGE_TAG"] ?? IngotVersion.current
        return "ingot-runner:\(tag)"
    }()

    /// The stand-in for a cluster, and stores that its pods can open too.
    static func cluster(_ folder: TemporaryFolder) async throws -> LauncherParts {
        guard let python = ThirdParty.executable("python3") else { throw GatewayTrouble(ThirdParty.absence) }
        let stores = try await ServingProcess.start(
            BuiltExecutable.path("ingot"),
            ["stores", "--data", folder.path("stores")],
            lines: 3,
            errors: folder.path("stores-errors")
        )
        var parts = LauncherParts(programs: [Program(process: stores)])
        do {
            let settings = try WholeFile.text(String(stores.lines[2].dropFirst("credentials: ".count)))
            for line in settings.split(separator: "\n") {
                let pair = line.split(separator: "=", maxSplits: 1).map(String.init)
                if pair.count == 2 { parts.environment[pair[0]] = pair[1] }
            }
            let token = JobID.make().rawValue
            let cluster = try await ServingProcess.start(
                python,
                [checkout + "/Tests/KubernetesStandIn/server.py", BuiltExecutable.path("ingot-runner"), token],
                lines: 1,
                errors: folder.path("cluster-errors")
            )
            parts.programs.append(Program(process: cluster, endsWithItsInput: true))
            let kubeconfig = folder.path("kubeconfig")
            try Data(Self.kubeconfig("http://127.0.0.1:\(cluster.lines[0])", token).utf8)
                .write(to: URL(fileURLWithPath: kubeconfig))
            parts.arguments = ["--launcher", "kubernetes", "--kubeconfig", kubeconfig]
        } catch {
            await parts.end()
            throw error
        }
        return parts
    }

    private static func kubeconfig(_ server: String, _ token: String) -> String {
        """
        apiVersion: v1
        kind: Config
        current-context: tests
        contexts:
        - name: tests
          context: {cluster: tests, user: tests, namespace: runners}
        clusters:
        - name: tests
          cluster: {server: "\(server)"}
        users:
        - name: tests
          user: {token: "\(token)"}
        """
    }

    // This file lies in CHECKOUT/Tests/ProtocolTests/Gateways.
    private static let checkout = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
}

extension ServedGateway {
    /// Why there can be none whose runners are containers; `nil` when there can.
    static var containerAbsence: String? {
        get async {
            guard let environment = await ContainerEngine.environment else {
                return "podman cannot run containers here; scripts/container-engine says why"
            }
            let hasImage = await ServingProcess.succeeds(
                "podman",
                ["image", "exists", LauncherParts.runnerImage],
                environment: environment
            )
            return hasImage ? nil : "the image is not there: scripts/image --prebuilt \"$(scripts/build)\""
        }
    }

    /// Why there can be none whose runners are pods; `nil` when there can.
    static var clusterAbsence: String? { ThirdParty.executable("python3") == nil ? ThirdParty.absence : nil }
}
