public import Hummingbird

/// The gateway's own routes, for a route that is made of others' answers.
///
/// Such a request is let in, limited and written down like one that comes over the network.
public final class InnerRoutes: Sendable {
    private let responder = OneValue<RouteTable.Handler>()

    init() {}

    /// There are no more routes to come.
    func open(_ respond: @escaping RouteTable.Handler) { responder.succeed(respond) }

    /// Answers a request as the gateway would.
    ///
    /// - Parameter context: that of the request in whose place this one is made.
    /// - Throws: what the server throws; refusals are answers.
    public func respond(to request: Request, context: GatewayContext) async throws -> Response {
        try await responder.value(request, context)
    }
}
