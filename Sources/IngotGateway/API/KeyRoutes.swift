import HTTPTypes
import Hummingbird
import IngotCore

/// The routes that make, list and revoke API keys.
struct KeyRoutes: Sendable {
    let access: AccessControl
    let catalog: SourceCatalog

    private static let maximumBody = 16 << 10
    private static let maximumName = 100
    /// Ten years.
    private static let maximumLifetime = 10 * 366 * 86_400

    func add(to routes: inout RouteTable) {
        routes.on(.post, "/api/keys", for: .role(.admin)) { try await create($0, $1) }
        routes.on(.get, "/api/keys", for: .role(.admin)) { request, _ in try list(request) }
        routes.on(.delete, "/api/keys/{id}", for: .role(.admin)) { _, context in try await revoke(context) }
    }

    // MARK: - Making

    private struct NewKey: Encodable {
        var description: APIKey
        /// The only time that it is told.
        var secret: Secret

        private enum CodingKeys: String, CodingKey { case key }

        func encode(to encoder: any Encoder) throws {
            try description.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(secret.revealed, forKey: .key)
        }
    }

    private func create(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let body = try await request.jsonBody(limit: Self.maximumBody, schema: Self.schema)
        guard let role = body["role"]?.stringValue.flatMap(Role.init(rawValue:)) else {
            throw Problem.invalidBody("/role", "must be viewer, operator or admin")
        }
        let sources = body["sources"]?.arrayValue.map { Set($0.compactMap(\.stringValue)) }
        if let sources {
            if role == .admin {
                throw Problem.invalidBody("/sources", "cannot be set for an admin, who could make other keys")
            }
            for source in sources.sorted() where !catalog.contains(source) {
                throw Problem.invalidBody("/sources", "names '\(source)', which is not a source")
            }
        }
        guard access.ring.validCount(at: access.now()) < APIKeyRing.maximumCount else {
            throw Problem(
                "too-many-api-keys",
                .conflict,
                title: "There are too many keys.",
                detail: "At most \(APIKeyRing.maximumCount) are good at a time. Revoke some that nobody uses."
            )
        }
        let secret = APIKeySecret()
        let now = access.now()
        let key = APIKey(
            id: secret.id,
            name: body["name"]?.stringValue ?? "",
            role: role,
            sources: sources,
            hash: secret.hash,
            createdAt: now,
            createdBy: context.caller?.id ?? "",
            expiresAt: body["expires_in"]?.integerValue.map { now.advanced(by: .seconds($0)) }
        )
        try await access.keys.insert(key)
        access.ring.add(key)
        var response = try Response.json(NewKey(description: key, secret: secret.secret), status: .created)
        response.headers[.location] = "/api/keys/\(key.id)"
        return response
    }

    private static let schema: JSONValue = [
        "type": "object",
        "properties": [
            "name": ["type": "string", "maxLength": .integer(Int64(maximumName))],
            "role": ["type": "string", "enum": ["viewer", "operator", "admin"]],
            "sources": [
                "type": "array", "minItems": 1, "maxItems": 100,
                "items": ["type": "string", "minLength": 1, "maxLength": 100],
            ],
            "expires_in": ["type": "integer", "minimum": 1, "maximum": .integer(Int64(maximumLifetime))],
        ],
        "required": ["role"],
        "additionalProperties": false,
    ]

    // MARK: - Listing and revoking

    private struct KeyPage: Encodable {
        var keys: [APIKey]
        /// The cursor of the next page; absent on the last.
        var next: String?
    }

    private func list(_ request: Request) throws -> Response {
        let limit = try request.queryNumber("limit", in: 1...500) ?? 200
        let offset = try request.queryNumber("cursor", in: 0...(2 * APIKeyRing.maximumCount)) ?? 0
        let keys = access.ring.all.dropFirst(offset)
        return try .json(
            KeyPage(keys: Array(keys.prefix(limit)), next: keys.count > limit ? String(offset + limit) : nil)
        )
    }

    private func revoke(_ context: GatewayContext) async throws -> Response {
        let id = context.parameters.get("id") ?? ""
        // Another gateway on the same database may have made it a moment ago.
        if access.ring.key(id) == nil, let row = try await access.keys.key(id) { access.ring.take(row) }
        guard access.ring.key(id) != nil else {
            throw Problem(
                "unknown-api-key",
                .notFound,
                title: "There is no such API key.",
                detail: "`ingot keys list` shows the ids. The local key has none: remove its file to replace it."
            )
        }
        let now = access.now()
        try await access.keys.revoke(id, at: now)
        access.ring.revoke(id, at: now)
        access.sessions.closeAll(ofKey: id)
        guard let key = access.ring.key(id) else { throw Problem.unavailable("The key is being changed.") }
        return try .json(key)
    }
}
