/// How runners are put into containers.
public struct ContainerSettings: Sendable, Equatable {
    /// When an image is pulled from its registry.
    public enum PullPolicy: String, Sendable, Equatable, CaseIterable {
        /// It has to be there.
        case never
        /// When it is not there.
        case missing
        /// Before every attempt, so that a name means what it means in the registry.
        case always
    }

    /// Where engines listen unless somebody says otherwise.
    public static let standardSocket = "/var/run/docker.sock"

    /// The path of the engine's Unix socket.
    public var socket: String
    /// The runner's image, with a tag or a digest.
    public var image: String
    public var pullPolicy: PullPolicy
    /// The engine's word for the network: `host`, `container:NAME`, `bridge` or a network's name.
    public var network: String
    /// The user inside, `UID` or `UID:GID`; `nil`: the image's.
    public var user: String?
    /// How much a runner may have in `/tmp`, in MiB; it counts as its memory.
    public var temporaryMiB: Int
    /// How much of a runner's output the engine keeps until it is read, in MiB; older output is lost beyond it.
    public var logMiB: Int
    /// How long the engine may be away before an attempt that has not begun fails.
    public var patience: Duration
    /// How often a running container's use is measured.
    public var samplingInterval: Duration

    public init(
        socket: String = ContainerSettings.standardSocket,
        image: String,
        pullPolicy: PullPolicy = .missing,
        network: String = "host",
        user: String? = nil,
        temporaryMiB: Int = 512,
        logMiB: Int = 1024,
        patience: Duration = .seconds(30),
        samplingInterval: Duration = .seconds(2)
    ) {
        self.socket = socket
        self.image = image
        self.pullPolicy = pullPolicy
        self.network = network
        self.user = user
        self.temporaryMiB = temporaryMiB
        self.logMiB = logMiB
        self.patience = patience
        self.samplingInterval = samplingInterval
    }

    /// The path of a socket that `DOCKER_HOST` names.
    ///
    /// - Throws: ``ContainerEngineError`` when it names something else: only Unix sockets are used, whose rights say
    ///   who may command the engine.
    public static func socket(fromDockerHost host: String) throws -> String {
        let scheme = "unix://"
        guard host.hasPrefix(scheme), host.dropFirst(scheme.count).hasPrefix("/") else {
            throw ContainerEngineError(
                .misconfigured,
                "DOCKER_HOST names no Unix socket.",
                advice: "Set it to unix:///PATH, or give the socket's path."
            )
        }
        return String(host.dropFirst(scheme.count))
    }
}
