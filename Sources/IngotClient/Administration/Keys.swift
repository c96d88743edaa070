import IngotCore

/// What the holder of a key may do.
public enum KeyRole: String, Sendable, Codable, CaseIterable {
    /// Read.
    case viewer
    /// Also start and cancel jobs.
    case `operator`
    /// Everything.
    case admin
}

/// An API key, without the key itself.
public struct KeyDescription: Sendable, Decodable, Equatable {
    public var id: String
    public var name: String
    public var role: KeyRole
    /// The only sources that it opens; `nil`: all.
    public var sources: [String]?
    public var createdAt: Timestamp
    public var createdBy: String
    public var expiresAt: Timestamp?
    public var lastUsedAt: Timestamp?
    public var revokedAt: Timestamp?

    enum CodingKeys: String, CodingKey {
        case id, name, role, sources
        case createdAt = "created_at"
        case createdBy = "created_by"
        case expiresAt = "expires_at"
        case lastUsedAt = "last_used_at"
        case revokedAt = "revoked_at"
    }
}

/// A key that has just been made.
public struct NewKey: Sendable, Equatable {
    public var description: KeyDescription
    /// The key itself; it is not told again.
    public var key: Secret
}

/// One line of the audit log: who did what, from where, and what came of it.
public struct AuditEntry: Sendable, Decodable, Equatable {
    public var id: String
    public var at: Timestamp
    /// `nil` for somebody without a good key.
    public var caller: String?
    public var role: String?
    public var remoteAddress: String
    /// The method and the route, for example `POST /api/ingest/{source}`.
    public var action: String
    public var target: String
    /// The answer's status, and the problem's type where it was one.
    public var outcome: String
    /// What ties the entry to the line of the gateway's own log.
    public var requestID: String?

    enum CodingKeys: String, CodingKey {
        case id, at, caller, role, action, target, outcome
        case remoteAddress = "remote_address"
        case requestID = "request_id"
    }
}

extension GatewayClient {
    /// Makes a key.
    ///
    /// ```swift
    /// let made = try await gateway.makeKey(role: .operator, name: "nightly", sources: ["usc"], expiresIn: .seconds(90 * 86_400))
    /// keychain.store(made.key.revealed)
    /// ```
    ///
    /// - Parameters:
    ///   - sources: the only sources that the key opens; `nil`: all.
    ///   - expiresIn: how long it is good; `nil`: until it is revoked.
    public func makeKey(
        role: KeyRole,
        name: String? = nil,
        sources: [String]? = nil,
        expiresIn: Duration? = nil
    ) async throws -> NewKey {
        var body: [String: JSONValue] = ["role": .string(role.rawValue)]
        if let name { body["name"] = .string(name) }
        if let sources { body["sources"] = .array(sources.map(JSONValue.string)) }
        if let expiresIn { body["expires_in"] = .integer(expiresIn.components.seconds) }
        let answer = try await post(MadeKey.self, "/api/keys", body: .object(body))
        return NewKey(description: answer.description, key: Secret(answer.key))
    }

    /// The keys, newest first.
    public func keys() -> GatewayPages<[KeyDescription]> {
        list("/api/keys") { (page: KeyPage) in (page.keys, page.next) }
    }

    /// Ends a key for good.
    @discardableResult
    public func revokeKey(_ id: String) async throws -> KeyDescription {
        try await delete(KeyDescription.self, "/api/keys/\(PercentEncoding.encode(id))")
    }

    /// Who changed what, newest first.
    ///
    /// ```swift
    /// for try await entry in gateway.audit().items.prefix(20) { print(entry.at, entry.action, entry.outcome) }
    /// ```
    public func audit() -> GatewayPages<[AuditEntry]> {
        list("/api/audit") { (page: AuditPage) in (page.entries, page.next) }
    }
}

private struct MadeKey: Decodable {
    var description: KeyDescription
    var key: String

    private enum CodingKeys: String, CodingKey { case key }

    init(from decoder: any Decoder) throws {
        description = try KeyDescription(from: decoder)
        key = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .key)
    }
}

private struct KeyPage: Decodable {
    var keys: [KeyDescription]
    var next: String?
}

private struct AuditPage: Decodable {
    var entries: [AuditEntry]
    var next: String?
}
