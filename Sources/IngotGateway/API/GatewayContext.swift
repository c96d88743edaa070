public import Hummingbird
public import IngotCore
public import NIOCore

/// What a request carries through the gateway.
public struct GatewayContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    /// The connection; `nil` for a request that is made in another's place.
    var channel: (any Channel)?
    /// The address at the other end of the connection.
    public let remoteAddress: SocketAddress?
    /// Who sent the request; `nil` on routes that are open or an attempt's.
    public var caller: Caller?
    /// Whether the caller may still go on.
    public var standing = CallerStanding { true }
    /// Whom the audit log will name; `nil` where nothing is changed.
    var auditSubject: AuditSubject?
    /// What answers it.
    let record = RequestRecord()
    /// By which its lines in logs are found: what the caller calls it, or a name of the gateway's own.
    public internal(set) var requestID = ""
    /// The trace that the request is part of, with the gateway's own span.
    public internal(set) var trace = TraceContext()

    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
        remoteAddress = source.channel.remoteAddress
        requestID = id
    }
}
