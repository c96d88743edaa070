import Crypto
import FoundationEssentials
public import IngotCore

/// What opens the API: a secret of 256 random bits that its owner has, and of which only the hash is kept.
struct APIKeySecret: Sendable, Equatable {
    /// How every key starts, so that people and scanners of leaked secrets recognise one.
    static let prefix = "ingot_"
    private static let byteCount = 32
    private static let digits = 43

    let secret: Secret
    let hash: [UInt8]

    /// A new key.
    init() {
        self.init(trusted: Self.prefix + base64URL(randomBytes(Self.byteCount)))
    }

    /// Reads a key; `nil` for what does not have the shape of one.
    init?(_ text: some StringProtocol) {
        guard text.hasPrefix(Self.prefix), text.utf8.count == Self.prefix.utf8.count + Self.digits,
            text.utf8.dropFirst(Self.prefix.utf8.count).allSatisfy(isBase64URL)
        else { return nil }
        self.init(trusted: String(text))
    }

    private init(trusted text: String) {
        secret = Secret(text)
        // A slow hash protects secrets that people choose and that can be guessed. Nobody tries 2^256 keys, however
        // fast each try is, and every request would pay for a slow one.
        hash = Array(SHA256.hash(data: Array(text.utf8)))
    }

    /// What names the key in lists and in the audit log: the beginning of its hash.
    ///
    /// So whoever finds a key can tell which one it is, and its name tells nothing of the key.
    var id: String { APIKey.idPrefix + hexadecimal(hash.prefix(6)) }
}

/// Random bytes of the system's own generator.
func randomBytes(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
}

/// Bytes as text for addresses and headers (RFC 4648, section 5), without padding.
func base64URL(_ bytes: [UInt8]) -> String {
    String(
        Data(bytes).base64EncodedString().compactMap { character -> Character? in
            switch character {
            case "+": "-"
            case "/": "_"
            case "=": nil
            default: character
            }
        }
    )
}

private func isBase64URL(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
        true
    default: false
    }
}

/// Compares in a time that does not depend on where the bytes differ.
func isEqualInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
}

/// A key as the store keeps it.
public struct APIKey: Sendable, Equatable {
    static let idPrefix = "key_"

    public let id: String
    /// What its maker calls it.
    public var name: String
    public var role: Role
    /// The only sources that it opens; `nil`: all.
    public var sources: Set<String>?
    /// SHA-256 of the key.
    let hash: [UInt8]
    public let createdAt: Timestamp
    /// The caller that made it.
    public let createdBy: String
    public var expiresAt: Timestamp?
    public var lastUsedAt: Timestamp?
    public var revokedAt: Timestamp?

    /// Whether the key opens anything at a moment.
    func isValid(at now: Timestamp) -> Bool { revokedAt == nil && expiresAt.map { now < $0 } ?? true }

    /// Whom requests with the key come from.
    var caller: Caller { Caller(id: id, role: role, sources: sources) }
}

extension APIKey: Encodable {
    private enum CodingKeys: String, CodingKey {
        case id, name, role, sources
        case createdAt = "created_at"
        case createdBy = "created_by"
        case expiresAt = "expires_at"
        case lastUsedAt = "last_used_at"
        case revokedAt = "revoked_at"
    }

    /// The key as the API shows it; never its hash.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(name, forKey: .name)
        try container.encode(role, forKey: .role)
        try container.encodeIfPresent(sources?.sorted(), forKey: .sources)
        try container.encode(createdAt, forKey: .createdAt)
        try container.encode(createdBy, forKey: .createdBy)
        try container.encodeIfPresent(expiresAt, forKey: .expiresAt)
        try container.encodeIfPresent(lastUsedAt, forKey: .lastUsedAt)
        try container.encodeIfPresent(revokedAt, forKey: .revokedAt)
    }
}
