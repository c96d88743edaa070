import HTTPTypes
import Hummingbird
import IngotCore
import NIOCore

/// The routes that show and set the pool of proxies, and the one that proxies are checked with.
struct ProxyRoutes: Sendable {
    /// What proxies are checked with unless another address is set.
    static let checkPath = "/api/proxies/check"
    static let checkText = "This answer of an Ingot gateway came through unchanged.\n"
    private static let maximumBody = 256 << 10

    let pool: ProxyPool

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/api/proxies/status", for: .role(.viewer)) { _, context in
            let status = await pool.status
            return try .json(context.caller?.role == .viewer ? status.withoutQueries : status)
        }
        routes.on(.get, "/api/proxies/list", for: .role(.viewer)) { _, _ in
            try .json(ValidProxies(proxies: await pool.list.map(\.description)))
        }
        routes.on(.post, "/api/proxies/refresh", for: .role(.operator)) { _, context in
            try Self.requireAllSources(context)
            await pool.refresh()
            return try .json(RefreshAnswer())
        }
        routes.on(.post, "/api/proxies/config", for: .role(.operator)) { try await configure($0, $1) }
        // Open, as a proxy sends no key; small and always the same, so that nobody learns anything from it.
        routes.on(.get, Self.checkPath, for: .open) { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: Self.checkText))
            )
        }
    }

    struct ValidProxies: Encodable {
        var proxies: [String]
    }

    private struct RefreshAnswer: Encodable {
        var status = "Refresh started"
    }

    private func configure(_ request: Request, _ context: GatewayContext) async throws -> Response {
        try Self.requireAllSources(context)
        let body = try await request.jsonBody(limit: Self.maximumBody, schema: ProxyPoolChange.schema)
        let change: ProxyPoolChange
        do { change = try ProxyPoolChange(body: body) } catch {
            throw Problem.invalidBody(error.pointer, error.detail)
        }
        try await pool.configure(change)
        return try .json(await pool.status)
    }

    /// The pool is for all sources together.
    private static func requireAllSources(_ context: GatewayContext) throws {
        guard context.caller?.sources == nil else { throw Problem.poolOfAllSources }
    }
}

extension Problem {
    fileprivate static let poolOfAllSources = Problem(
        "proxies-of-all-sources",
        .forbidden,
        title: "The key is for some sources only, and the proxies are for all of them.",
        detail: "Use a key that is made without --source."
    )
}
