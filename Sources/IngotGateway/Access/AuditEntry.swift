import IngotCore

/// One line of the audit log: who did what, from where, and what came of it.
struct AuditEntry: Sendable, Equatable {
    /// A UUID of version 7, so that entries sort by their time.
    var id: JobID
    var at: Timestamp
    /// ``Caller/id``; `nil` for somebody without a good key.
    var caller: String?
    var role: Role?
    var remoteAddress: String
    /// The method and the route, for example `POST /api/ingest/{source}`.
    var action: String
    /// The path; never the query or the body, which may hold secrets.
    var target: String
    /// The answer's status, and the problem's type where it was one: `202`, `403 forbidden`.
    var outcome: String
    /// What ties the entry to the line of the gateway's own log.
    var requestID: String?
    /// What else there is to say, such as the address of what was made.
    var details: [String: JSONValue] = [:]
}

extension AuditEntry: Encodable {
    private enum CodingKeys: String, CodingKey {
        case id, at, caller, role, action, target, outcome, details
        case remoteAddress = "remote_address"
        case requestID = "request_id"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(at, forKey: .at)
        try container.encodeIfPresent(caller, forKey: .caller)
        try container.encodeIfPresent(role, forKey: .role)
        try container.encode(remoteAddress, forKey: .remoteAddress)
        try container.encode(action, forKey: .action)
        try container.encode(target, forKey: .target)
        try container.encode(outcome, forKey: .outcome)
        try container.encodeIfPresent(requestID, forKey: .requestID)
        try container.encode(details, forKey: .details)
    }
}
