public import Hummingbird
public import NIOCore

/// What a request carries through the gateway.
public struct GatewayContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    /// The address at the other end of the connection.
    public let remoteAddress: SocketAddress?
    /// Who sent the request; `nil` on routes that are open or an attempt's.
    public var caller: Caller?
    /// Whether the caller may still go on.
    public var standing = CallerStanding { true }
    /// Whom the audit log will name; `nil` where nothing is changed.
    var auditSubject: AuditSubject?

    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        remoteAddress = source.channel.remoteAddress
    }
}
