import ArgumentParser
import IngotContainers
import IngotCore

/// How runners are put into containers of this machine's engine.
struct ContainerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            The Unix socket of Docker or Podman. (environment: DOCKER_HOST; default: \
            \(ContainerSettings.standardSocket))
            """,
            valueName: "path"
        )
    )
    var containerSocket: String?

    @Option(help: "When the image is pulled: never, when it is missing, or always.")
    var containerPull: ContainerSettings.PullPolicy?

    @Option(
        help: ArgumentHelp(
            "The network of containers: host (the default), container:NAME, or the name of one.",
            valueName: "network"
        )
    )
    var containerNetwork: String?

    @Option(help: ArgumentHelp("The user in containers; without it the image's.", valueName: "uid[:gid]"))
    var containerUser: String?

    @Option(
        help: ArgumentHelp(
            "How much a runner may have in its own folder, which is memory; 512 unless it is set.",
            valueName: "MiB"
        )
    )
    var containerTemporary: Int?

    func validate() throws {
        if let containerTemporary, !(1...1_048_576).contains(containerTemporary) {
            throw ValidationError("--container-temporary is a number of MiB from 1 to 1048576")
        }
    }

    /// The first of these options that was given.
    var firstGiven: String? {
        if containerSocket != nil { return "--container-socket" }
        if containerPull != nil { return "--container-pull" }
        if containerNetwork != nil { return "--container-network" }
        if containerUser != nil { return "--container-user" }
        return containerTemporary == nil ? nil : "--container-temporary"
    }

    private var network: String { containerNetwork ?? "host" }

    /// Whether what listens on loopback beside the gateway is there for containers too.
    var reachesLoopback: Bool { network == "host" || network.hasPrefix("container:") }

    /// The launcher's settings.
    ///
    /// - Throws: `ValidationError` when `DOCKER_HOST` names no Unix socket.
    func settings(image: String, environment: [String: String]) throws -> ContainerSettings {
        var settings = ContainerSettings(image: image, network: network, user: containerUser)
        if let containerPull { settings.pullPolicy = containerPull }
        if let containerTemporary { settings.temporaryMiB = containerTemporary }
        if let containerSocket {
            settings.socket = containerSocket
        } else if let host = environment["DOCKER_HOST"], !host.isEmpty {
            do { settings.socket = try ContainerSettings.socket(fromDockerHost: host) } catch {
                throw ValidationError("\(error)")
            }
        }
        return settings
    }
}

extension ContainerSettings.PullPolicy: ExpressibleByArgument {}
