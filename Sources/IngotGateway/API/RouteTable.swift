public import HTTPTypes
public import Hummingbird

/// Routes as they are added; it knows each path's methods, so that a wrong one is answered with 405 and `Allow`.
public struct RouteTable {
    /// Answers one request; whatever it throws becomes a problem document.
    public typealias Handler = @Sendable (_ request: Request, _ context: GatewayContext) async throws -> Response

    private let router = Router(context: GatewayContext.self, options: .autoGenerateHeadEndpoints)
    private var methods = AllowedMethods()

    init() {}

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
        router.on(RouterPath(path), method: method, responder: CallbackResponder(callback: handler))
        methods.add(method, path)
        if method == .get { methods.add(.head, path) }
    }

    /// The routes, with errors rendered and requests logged around them.
    func responder() -> GatewayResponder<RouterResponder<GatewayContext>> {
        GatewayResponder(routes: router.buildResponder(), methods: methods)
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
