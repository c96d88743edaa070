/// Settings by name, as an environment gives them; any `NAME` may also come as `NAME_FILE`, a file that holds it.
public struct Settings: Sendable {
    private let values: [String: String]
    private let readFile: @Sendable (String) throws -> String

    /// - Parameter readFile: reads a whole small file as text.
    public init(_ values: [String: String], readFile: @escaping @Sendable (String) throws -> String) {
        self.values = values
        self.readFile = readFile
    }

    /// The setting; empty counts as absent.
    ///
    /// - Throws: ``SettingsError`` when `NAME_FILE` names a file that cannot be read.
    public func string(_ name: String) throws -> String? {
        if let value = values[name], !value.isEmpty { return value }
        guard let path = values[name + "_FILE"], !path.isEmpty else { return nil }
        do {
            var text = try readFile(path)
            while text.last?.isNewline == true { text.removeLast() }
            return text.isEmpty ? nil : text
        } catch {
            throw SettingsError.malformed(name + "_FILE", "the file cannot be read")
        }
    }
}

/// A setting is missing or wrong; the message names it and never its value.
public struct SettingsError: Error, Sendable, Equatable, CustomStringConvertible {
    public let name: String
    public let problem: String

    public static func missing(_ name: String) -> SettingsError {
        SettingsError(name: name, problem: "is not set; set \(name) or \(name)_FILE")
    }

    public static func malformed(_ name: String, _ problem: String) -> SettingsError {
        SettingsError(name: name, problem: "is wrong: \(problem)")
    }

    public var description: String { "the setting \(name) \(problem)" }
}

/// Where the two stores are and how to open them.
public struct StorageSettings: Sendable, Equatable {
    public var accountID: String
    public var databaseID: String
    public var databaseToken: Secret
    /// Without a trailing slash, for example `https://api.cloudflare.com/client/v4`.
    public var databaseBaseURL: String
    public var accessKeyID: String
    public var secretAccessKey: Secret
    /// What belongs to temporary credentials beside the two keys.
    public var sessionToken: Secret?
    public var bucket: String
    /// Without a trailing slash, for example `https://<account>.r2.cloudflarestorage.com`.
    public var objectEndpoint: String

    public init(
        accountID: String,
        databaseID: String,
        databaseToken: Secret,
        databaseBaseURL: String? = nil,
        accessKeyID: String,
        secretAccessKey: Secret,
        sessionToken: Secret? = nil,
        bucket: String,
        objectEndpoint: String? = nil
    ) throws {
        self.accountID = accountID
        self.databaseID = databaseID
        self.databaseToken = databaseToken
        self.databaseBaseURL = try checkedBaseAddress(
            databaseBaseURL ?? "https://api.cloudflare.com/client/v4",
            name: Name.databaseBaseURL
        )
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.bucket = bucket
        self.objectEndpoint = try checkedBaseAddress(
            objectEndpoint ?? "https://\(accountID).r2.cloudflarestorage.com",
            name: Name.objectEndpoint
        )
    }

    /// The names of the settings.
    public enum Name {
        public static let accountID = "CF_ACCOUNT_ID"
        public static let databaseID = "D1_DATABASE_ID"
        public static let databaseToken = "D1_API_TOKEN"
        public static let databaseBaseURL = "D1_BASE_URL"
        public static let accessKeyID = "R2_ACCESS_KEY_ID"
        public static let secretAccessKey = "R2_SECRET_ACCESS_KEY"
        public static let sessionToken = "R2_SESSION_TOKEN"
        public static let bucket = "R2_BUCKET_NAME"
        public static let objectEndpoint = "R2_ENDPOINT"
        static let required = [accountID, databaseID, databaseToken, accessKeyID, secretAccessKey, bucket]
    }

    /// Reads the settings.
    ///
    /// - Throws: ``SettingsError`` naming the first that is missing or wrong.
    public init(settings: Settings) throws {
        func required(_ name: String) throws -> String {
            guard let value = try settings.string(name) else { throw SettingsError.missing(name) }
            return value
        }
        try self.init(
            accountID: required(Name.accountID),
            databaseID: required(Name.databaseID),
            databaseToken: Secret(required(Name.databaseToken)),
            databaseBaseURL: settings.string(Name.databaseBaseURL),
            accessKeyID: required(Name.accessKeyID),
            secretAccessKey: Secret(required(Name.secretAccessKey)),
            sessionToken: settings.string(Name.sessionToken).map { Secret($0) },
            bucket: required(Name.bucket),
            objectEndpoint: settings.string(Name.objectEndpoint)
        )
    }

    /// The settings when any of them is given, `nil` when none is.
    ///
    /// - Throws: ``SettingsError`` when only some are given.
    public static func ifConfigured(in settings: Settings) throws -> StorageSettings? {
        for name in Name.required where try settings.string(name) != nil {
            return try StorageSettings(settings: settings)
        }
        return nil
    }

    /// The settings by name; holds secrets.
    public var settings: [String: String] {
        var settings = [
            Name.accountID: accountID,
            Name.databaseID: databaseID,
            Name.databaseToken: databaseToken.revealed,
            Name.databaseBaseURL: databaseBaseURL,
            Name.accessKeyID: accessKeyID,
            Name.secretAccessKey: secretAccessKey.revealed,
            Name.bucket: bucket,
            Name.objectEndpoint: objectEndpoint,
        ]
        settings[Name.sessionToken] = sessionToken?.revealed
        return settings
    }

    /// Every value that must never be shown.
    public var secrets: [Secret] { [databaseToken, secretAccessKey] + (sessionToken.map { [$0] } ?? []) }
}

/// Takes `https` anywhere and `http` on loopback only, so that no token travels in clear.
private func checkedBaseAddress(_ address: String, name: String) throws -> String {
    var address = address
    while address.hasSuffix("/") { address.removeLast() }
    if address.hasPrefix("https://") { return address }
    guard address.hasPrefix("http://") else {
        throw SettingsError.malformed(name, "not an http or https address")
    }
    var host = address.dropFirst("http://".count).prefix { $0 != "/" }
    if host.contains("@") { throw SettingsError.malformed(name, "user names in addresses are not taken") }
    if host.hasPrefix("[") {
        host = host.prefix { $0 != "]" } + "]"
    } else {
        host = host.prefix { $0 != ":" }
    }
    guard host == "localhost" || host == "[::1]" || isLoopbackIPv4(host) else {
        throw SettingsError.malformed(name, "plain http is taken on loopback only")
    }
    return address
}

private func isLoopbackIPv4(_ host: Substring) -> Bool {
    let parts = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
    return parts.count == 4 && parts.allSatisfy { $0 != nil } && parts[0] == 127
}
