public import HTTPTypes
public import Hummingbird

/// Routes as they are added; it knows each path's methods, so that a wrong one is answered with 405 and `Allow`.
public struct RouteTable {
    /// Answers one request; whatever it throws becomes a problem document.
    public typealias Handler = @Sendable (_ request: Request, _ context: GatewayContext) async throws -> Response

    /// The routes, in the order in which they were added.
    private(set) var routes: [Route] = []
    /// The routes for those that are made of others.
    public let inner = InnerRoutes()
    private let access: AccessControl
    private let router = Router(context: GatewayContext.self, options: .autoGenerateHeadEndpoints)
    private var methods = AllowedMethods()

    private let metrics: GatewayMetrics

    init(access: AccessControl, metrics: GatewayMetrics = GatewayMetrics()) {
        self.access = access
        self.metrics = metrics
    }

    /// Adds a route.
    ///
    /// A handler for GET also answers HEAD: it is called as for GET, and its body is not sent.
    ///
    /// - Parameters:
    ///   - path: with `{name}` for a segment to capture and a last `**` for any number of segments.
    ///   - access: who may use it.
    public mutating func on(
        _ method: HTTPRequest.Method,
        _ path: String,
        for access: RouteAccess,
        _ handler: @escaping Handler
    ) {
        let route = Route(method: method, path: path, access: access)
        routes.append(route)
        let control = self.access
        router.on(
            RouterPath(path),
            method: method,
            responder: CallbackResponder { request, context in
                context.record.take(route: path)
                return try await control.respond(to: request, on: route, context, handler)
            }
        )
        methods.add(method, path)
        if method == .get { methods.add(.head, path) }
    }

    /// The routes, with errors rendered and requests logged around them.
    func responder() -> GatewayResponder<RouterResponder<GatewayContext>> {
        let responder = GatewayResponder(
            routes: router.buildResponder(),
            methods: methods,
            access: access,
            metrics: metrics
        )
        inner.open { try await responder.respond(to: $0, context: $1) }
        return responder
    }
}

/// One route: what it is called and who may use it.
struct Route: Sendable, Equatable {
    let method: HTTPRequest.Method
    /// With `{name}` for a captured segment and a last `**` for any number of segments.
    let path: String
    let access: RouteAccess

    /// What a captured segment or an item of the query is called when it names a source.
    ///
    /// The same on every route, so that no route can forget to have its source looked at.
    static let sourceParameter = "source"

    /// Whether its requests are there to change something.
    var changes: Bool { method != .get && method != .head }

    /// Whether its requests are in the audit log: changes, and what takes away data that names people.
    var isAudited: Bool { changes || path == RecordRoutes.exportPath }

    /// What a captured segment is called when it names a run, which is a job, by its id.
    static let runParameter = "run_id"

    /// What the captured segment is called that names a job; `nil` when none does.
    var jobParameter: String? {
        path.hasPrefix("/api/ingest/jobs/{id}")
            ? "id" : path.contains("{\(Route.runParameter)}") ? Route.runParameter : nil
    }
}

/// Which methods each path takes.
struct AllowedMethods: Sendable {
    private var methods: [[Substring]: [HTTPRequest.Method]] = [:]

    mutating func add(_ method: HTTPRequest.Method, _ path: String) {
        methods[segments(of: path), default: []].append(method)
    }

    /// The methods that the paths matching `path` take; `nil` when none matches.
    func methods(for path: String) -> [String]? {
        let segments = segments(of: path)
        let matching = methods.filter { AllowedMethods.matches($0.key, segments) }
        if matching.isEmpty { return nil }
        return Set(matching.values.joined().map(\.rawValue)).sorted()
    }

    private func segments(of path: String) -> [Substring] { path.split(separator: "/") }

    private static func matches(_ pattern: [Substring], _ path: [Substring]) -> Bool {
        if let last = pattern.last, last == "**" {
            let fixed = pattern.dropLast()
            return path.count >= fixed.count && zip(fixed, path).allSatisfy(matches)
        }
        return pattern.count == path.count && zip(pattern, path).allSatisfy(matches)
    }

    private static func matches(_ pattern: Substring, _ segment: Substring) -> Bool {
        pattern == segment || pattern.first == "{"
    }
}
