import FoundationEssentials
import IngotCore

/// Where a list of proxies is.
public struct ProxySource: Sendable, Codable, Hashable {
    /// Unique among the sources; also what the status calls it.
    public var name: String
    /// An `http(s)` address.
    public var url: String

    public init(name: String, url: String) {
        self.name = name
        self.url = url
    }
}

/// How the pool of proxies is kept.
public struct ProxyPoolSettings: Sendable, Equatable {
    /// How many valid proxies there should be.
    public var targetCount = 100
    /// What proxies are checked with; `nil`: the gateway's own route for that.
    public var validationURL: String?
    /// What the answer must hold; `nil`: it must be what the gateway itself is answered without a proxy.
    public var validationText: String?
    /// Whether hosts may be asked without a proxy in want of one.
    public var directAllowed = false
    /// The most checks at once.
    public var concurrency = 250
    /// How long one check may take, in seconds.
    public var checkTimeout = 5.0
    /// How long the answer with a list may take, in seconds.
    public var sourceTimeout = 10.0
    /// After how many seconds a list is fetched again.
    public var sourceAge = 600
    /// After how many seconds a valid proxy is checked again.
    public var recheckAge = 300
    public var sources: [ProxySource] = []

    public init() {}

    public static let targetCounts = 1...10_000
    static let concurrencies = 1...250
    static let timeouts = 0.1...60.0
    static let ages = 5...86_400
    public static let maximumSources = 20
    static let maximumURLBytes = 2000
    static let maximumTextBytes = 1000
    /// The longest name of a source, and what it is made of.
    static let namePattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"

    /// What is wrong with an address of a list or of a check, as the end of a sentence; `nil` when nothing is.
    public static func problem(ofURL text: String) -> String? {
        guard text.utf8.count <= maximumURLBytes else { return "is longer than \(maximumURLBytes) bytes" }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            return "holds a character that has to be percent-encoded"
        }
        guard let url = URL(string: text), let scheme = url.scheme?.lowercased(), ["http", "https"].contains(scheme)
        else { return "is not an http or https address" }
        guard let host = url.host(percentEncoded: true), !host.isEmpty else { return "names no host" }
        guard url.user(percentEncoded: true) == nil, url.password(percentEncoded: true) == nil else {
            return "holds a user name or password, which others would see"
        }
        if let port = url.port, !(1...65_535).contains(port) { return "has no possible port" }
        return nil
    }

    /// What is wrong with a source's name, as the end of a sentence; `nil` when nothing is.
    public static func problem(ofName name: String) -> String? {
        let isPlain =
            (1...64).contains(name.utf8.count) && !name.hasPrefix(".") && !name.hasPrefix("-")
            && !name.hasPrefix("_")
            && name.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
        return isPlain ? nil : "is not 1 to 64 letters, digits, dots, dashes and underscores"
    }
}
