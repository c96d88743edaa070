import Glibc
import IngotCore
import NIOPosix

/// Finds the addresses of a host.
protocol HostResolver: Sendable {
    /// - Returns: at least one address, the preferred one first.
    /// - Throws: ``HostNotResolved``.
    func addresses(of host: String) async throws -> [IPAddress]
}

/// A name that has no address, or of which none can be found out now.
struct HostNotResolved: Error {
    let host: String
    let reason: String
}

/// The system's resolver: it reads every notation of an address that the system would connect to, `0x7f.1` too.
struct SystemResolver: HostResolver {
    func addresses(of host: String) async throws -> [IPAddress] {
        // It blocks, so it must not run on a thread that tasks share.
        try await NIOThreadPool.singleton.runIfActive { try Self.resolve(host) }
    }

    private static func resolve(_ host: String) throws -> [IPAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, nil, &hints, &list)
        guard status == 0 else {
            throw HostNotResolved(host: host, reason: gai_strerror(status).map { String(cString: $0) } ?? "\(status)")
        }
        defer { freeaddrinfo(list) }
        var addresses: [IPAddress] = []
        var next = list
        while let entry = next {
            if let address = entry.pointee.ai_addr.flatMap({ IPAddress($0) }), !addresses.contains(address) {
                addresses.append(address)
            }
            next = entry.pointee.ai_next
        }
        guard !addresses.isEmpty else { throw HostNotResolved(host: host, reason: "no address") }
        return addresses
    }
}
