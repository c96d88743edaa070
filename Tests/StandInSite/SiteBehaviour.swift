/// How a stand-in site answers when nothing goes wrong on purpose.
public struct SiteBehaviour: Sendable {
    /// What it says when it is asked for `/robots.txt`.
    public enum Robots: Sendable, Equatable {
        /// Status 404.
        case missing
        case text(String)
        /// Another status, without a text.
        case status(Int)
    }

    public var robots: Robots
    /// Whether requests that do not say who asks are refused with 403.
    public var requiresUserAgent: Bool
    /// Whether bodies are sent with gzip to those who accept it.
    public var compresses: Bool
    /// Further names, with their ports where they have one, that requests may have in `Host`.
    public var hosts: Set<String>

    public init(
        robots: Robots = .missing,
        requiresUserAgent: Bool = false,
        compresses: Bool = false,
        hosts: Set<String> = []
    ) {
        self.robots = robots
        self.requiresUserAgent = requiresUserAgent
        self.compresses = compresses
        self.hosts = hosts
    }
}
