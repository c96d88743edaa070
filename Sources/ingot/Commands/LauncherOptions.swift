import ArgumentParser
import FoundationEssentials
import IngotContainers
import IngotCore
import IngotGateway

/// What starts runners, and how they reach the gateway.
struct LauncherOptions: ParsableArguments {
    /// The kinds of launchers.
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case process, container, kubernetes
    }

    @Option(help: "What runners are: processes of this machine, containers of its engine, or Jobs of a cluster.")
    var launcher = Kind.process

    @Flag(
        inversion: .prefixedNo,
        help: "Shut processes in with bubblewrap: they can write nothing but their own folder."
    )
    var sandbox = false

    @Option(
        help: ArgumentHelp(
            "The gateway's address as runners reach it; without it they must reach it on loopback.",
            valueName: "address"
        )
    )
    var runnerGateway: String?

    @Option(help: ArgumentHelp("The image of containers and pods.", valueName: "image"))
    var runnerImage = "ingot-runner:\(IngotVersion.current)"

    @OptionGroup var container: ContainerOptions
    @OptionGroup var cluster: ClusterOptions

    func validate() throws {
        if let runnerGateway, !Self.isAddress(runnerGateway) {
            throw ValidationError(
                "--runner-gateway takes an address such as http://ingot.lan:8005, without a name or password"
            )
        }
        if sandbox, launcher != .process {
            throw ValidationError("--sandbox shuts processes in; containers and pods are shut in already")
        }
        if launcher != .container, let option = container.firstGiven {
            throw ValidationError("\(option) is for --launcher container")
        }
        if launcher != .kubernetes, let option = cluster.firstGiven {
            throw ValidationError("\(option) is for --launcher kubernetes")
        }
        if launcher == .kubernetes, runnerGateway == nil {
            throw ValidationError("--launcher kubernetes needs --runner-gateway, the gateway's address in the cluster")
        }
        if launcher == .container, !container.reachesLoopback, runnerGateway == nil {
            throw ValidationError(
                "containers in a network of their own need --runner-gateway, the gateway's address in that network"
            )
        }
    }

    /// Sets what the options say.
    func apply(to configuration: inout GatewayConfiguration, environment: [String: String]) throws {
        configuration.sandbox = sandbox
        configuration.runnerGatewayAddress = runnerGateway.map(Self.withoutSlash)
        switch launcher {
        case .process: break
        case .container:
            let settings = try container.settings(image: runnerImage, environment: environment)
            configuration.makeLauncher = { surroundings, logger in
                let launcher = ContainerLauncher(settings: settings, surroundings: surroundings, logger: logger)
                try await launcher.check()
                return launcher
            }
        case .kubernetes:
            let options = try cluster.options(image: runnerImage)
            let kubeconfig = cluster.kubeconfig ?? environment["KUBECONFIG"]
            configuration.makeLauncher = { surroundings, logger in
                let launcher = try KubernetesLauncher(
                    try kubeconfig.map { try Kubeconfig(file: $0).access() }
                        ?? ClusterAccess.inCluster(environment: environment),
                    options: options,
                    surroundings: surroundings,
                    logger: logger
                )
                try await launcher.check()
                return launcher
            }
        }
    }

    private static func isAddress(_ text: String) -> Bool {
        guard let url = URL(string: text), let scheme = url.scheme, scheme == "http" || scheme == "https",
            let host = url.host, !host.isEmpty
        else { return false }
        return url.user == nil && url.query == nil && url.fragment == nil
    }

    private static func withoutSlash(_ address: String) -> String {
        var address = address
        while address.hasSuffix("/") { address.removeLast() }
        return address
    }
}
