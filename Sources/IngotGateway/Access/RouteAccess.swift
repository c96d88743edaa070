/// Who may use a route.
public enum RouteAccess: Sendable, Equatable {
    /// Anybody: what a load balancer asks.
    case open
    /// Whoever holds the token of the attempt that the path's job is at; the route checks it itself.
    case attempt
    /// Whoever presents a key, in the body too; the route checks it itself.
    case session
    /// Callers of this role or a higher one.
    case role(Role)
    /// A page for people: whoever may not see anything is sent to the page for signing in.
    case page
}
