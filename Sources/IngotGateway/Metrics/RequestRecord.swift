import Synchronization

/// What becomes of one request on its way through the gateway, whoever of the layers learns it first.
final class RequestRecord: Sendable {
    private struct State {
        var route: String?
        var isBegun = false
    }

    private let state = Mutex(State())

    /// The pattern of the route that answers it; a page's own, not that of the answers that the page is made of.
    var route: String? { state.withLock(\.route) }

    /// Notes the route, unless one is known.
    func take(route: String) { state.withLock { $0.route = $0.route ?? route } }

    /// - Returns: whether this is the request itself and not one that is made in its place.
    func begin() -> Bool {
        state.withLock { state in
            defer { state.isBegun = true }
            return !state.isBegun
        }
    }
}
