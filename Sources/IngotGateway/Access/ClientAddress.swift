import HTTPTypes
import IngotCore
import NIOCore

/// Where a request comes from.
struct ClientAddress: Sendable, Equatable {
    /// `nil` for what has no address, such as a socket in the file system.
    let address: IPAddress?
    /// Whether the request comes from this machine, and no proxy handed it on.
    let isLocal: Bool

    /// - Parameters:
    ///   - peer: the other end of the connection.
    ///   - headers: of the request; what they say about its way counts only when a proxy that is trusted says it.
    init(peer: SocketAddress?, headers: HTTPFields, trustedProxies: Set<IPAddress>) {
        let peerAddress = peer?.ipAddress.flatMap { IPAddress(unmapping: $0) }
        isLocal = peerAddress?.isLoopback == true && !Self.isForwarded(headers)
        guard let peerAddress, trustedProxies.contains(peerAddress) else {
            address = peerAddress
            return
        }
        // Each proxy adds, on the right, whom it heard the request from; what is left of the first one that is not
        // trusted may be made up.
        let way = headers.values(named: "X-Forwarded-For").joined(separator: ",").split(separator: ",")
            .suffix(Self.maximumHops).map { IPAddress(unmapping: $0.filter { !$0.isWhitespace }) }
        let hop = way.last { hop in hop.map { !trustedProxies.contains($0) } ?? true }
        address = hop.flatMap { $0 } ?? peerAddress
    }

    private static let maximumHops = 16

    /// Whether a proxy says that it hands the request on for somebody else.
    static func isForwarded(_ headers: HTTPFields) -> Bool {
        ["X-Forwarded-For", "Forwarded", "Via"].contains { headers.value(named: $0) != nil }
    }

    /// As logs show it.
    var text: String { address?.description ?? "unknown" }
}
