/// How upstream sites are asked: what the operator says of it, for all sources.
public struct FetchSettings: Sendable, Equatable {
    /// A mail address or the address of a page by which a site's owner can reach whoever runs this; part of the
    /// `User-Agent`.
    public var contact: String?
    /// Certificates in PEM form that are trusted besides the system's.
    public var certificates: String?
    public var proxies = ProxySettings()
    /// Hosts whose `robots.txt` is not asked for, as the operator has settled that with their owners.
    public var hostsWithoutRobots: Set<String> = []
    /// The longest that a site may send nothing.
    public var idleDeadline: Duration = .seconds(60)
    /// The longest that one request may take, body included.
    public var deadline: Duration = .seconds(900)

    public init() {}

    /// The names of the settings.
    public enum Name {
        public static let contact = "INGOT_FETCH_CONTACT"
        public static let certificates = "INGOT_FETCH_CA_BUNDLE"
        public static let proxy = "INGOT_FETCH_PROXY"
        public static let noProxy = "INGOT_FETCH_NO_PROXY"
        public static let hostsWithoutRobots = "INGOT_FETCH_ROBOTS_IGNORED"
        public static let idleDeadline = "INGOT_FETCH_IDLE_SECONDS"
        public static let deadline = "INGOT_FETCH_DEADLINE_SECONDS"
    }

    /// The most bytes of certificates.
    public static let maximumCertificateBytes = 1 << 20
    private static let maximumContactBytes = 200
    private static let maximumHosts = 1000

    /// Reads the settings.
    ///
    /// - Throws: ``SettingsError`` naming the first that is wrong.
    public init(settings: Settings) throws {
        contact = try settings.string(Name.contact)
        certificates = try settings.string(Name.certificates)
        proxies = try ProxySettings(settings: settings)
        let hosts = try settings.string(Name.hostsWithoutRobots) ?? ""
        hostsWithoutRobots = Set(hosts.split { $0 == "," || $0.isWhitespace }.map(Self.host))
        idleDeadline = try Self.seconds(Name.idleDeadline, settings) ?? idleDeadline
        deadline = try Self.seconds(Name.deadline, settings) ?? deadline
        try check()
    }

    /// Looks whether each setting is one that can be worked with; what is in the certificates is not looked at.
    ///
    /// - Throws: ``SettingsError``.
    public func check() throws {
        if let contact { try Self.check(contact: contact) }
        if let certificates, certificates.utf8.count > Self.maximumCertificateBytes {
            throw SettingsError.malformed(Name.certificates, "it is larger than \(Self.maximumCertificateBytes) bytes")
        }
        guard hostsWithoutRobots.count <= Self.maximumHosts, hostsWithoutRobots.allSatisfy({ HostName.read($0) == $0 })
        else {
            throw SettingsError.malformed(
                Name.hostsWithoutRobots,
                "it takes at most \(Self.maximumHosts) host names, without scheme, port or path"
            )
        }
    }

    /// A host as it is known; what is none stays as it is, so that it is refused by name.
    public static func host(_ text: some StringProtocol) -> String { HostName.read(text) ?? String(text) }

    /// It becomes part of a header and stands in a comment there.
    private static func check(contact: String) throws {
        let isReachable = contact.contains("@") || contact.hasPrefix("https://") || contact.hasPrefix("http://")
        let isPlain = contact.utf8.allSatisfy { (0x21...0x7E).contains($0) && !#"()\""#.utf8.contains($0) }
        guard isReachable, isPlain, contact.utf8.count <= maximumContactBytes else {
            throw SettingsError.malformed(
                Name.contact,
                """
                not a mail address or the http(s) address of a page, in at most \(maximumContactBytes) plain \
                characters without spaces and parentheses
                """
            )
        }
    }

    private static func seconds(_ name: String, _ settings: Settings) throws -> Duration? {
        guard let text = try settings.string(name) else { return nil }
        guard let number = Int(text), (1...86_400).contains(number) else {
            throw SettingsError.malformed(name, "not a number of seconds from 1 to 86400")
        }
        return .seconds(number)
    }

    /// The settings by name; holds secrets.
    public var settings: [String: String] {
        var settings = proxies.settings
        settings[Name.contact] = contact
        settings[Name.certificates] = certificates
        if !hostsWithoutRobots.isEmpty {
            settings[Name.hostsWithoutRobots] = hostsWithoutRobots.sorted().joined(separator: ",")
        }
        settings[Name.idleDeadline] = String(idleDeadline.components.seconds)
        settings[Name.deadline] = String(deadline.components.seconds)
        return settings
    }

    /// Every value that must never be shown.
    public var secrets: [Secret] {
        [proxies.forHTTP, proxies.forHTTPS].compactMap { $0?.revealed }.flatMap(AddressUserInfo.secrets)
    }

    /// How Ingot calls itself: `ingot/VERSION (+CONTACT)`.
    public var userAgent: String {
        "ingot/\(IngotVersion.current) (\(contact.map { "+" + $0 } ?? "public records ingestion"))"
    }
}
