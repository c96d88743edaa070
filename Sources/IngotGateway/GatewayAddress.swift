import Glibc
import IngotCore

/// Addresses of gateways as programs reach them.
public enum GatewayAddress {
    /// Whether a host, with or without a port, is this machine.
    public static func isLoopback(authority: String) -> Bool {
        HostCheck.host(of: authority).map(isLoopback(host:)) ?? false
    }

    /// Whether a host's name or address, an IPv6 one with or without brackets, is this machine.
    static func isLoopback(host: String) -> Bool {
        var host = host.lowercased()
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        return host == "localhost" || host.hasSuffix(".localhost") || IPAddress(unmapping: host)?.isLoopback == true
    }

    /// How a process on this machine reaches a server that listens on `host`.
    static func loopback(_ host: String, _ port: Int) -> String {
        switch host {
        case "0.0.0.0", "": "http://127.0.0.1:\(port)"
        case "::": "http://[::1]:\(port)"
        case _ where host.contains(":"): "http://[\(host)]:\(port)"
        default: "http://\(host):\(port)"
        }
    }

    static var processID: Int32 { getpid() }
}
