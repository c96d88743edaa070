import IngotCore

/// Which names a gateway answers to.
///
/// A page of a foreign site can point its own name at this machine (DNS rebinding) and would then be of the same
/// origin as the gateway in the eyes of a browser. Its requests still carry its name as `Host`.
struct HostCheck: Sendable {
    private let names: Set<String>

    /// - Parameters:
    ///   - host: that the gateway was told to listen on.
    ///   - allowed: the further names that it is known by; a port after them does not matter.
    /// - Throws: ``GatewayError`` for what is no name, as no request would ever match it.
    init(host: String, allowed: [String]) throws {
        let further = try allowed.map { text in
            if IPAddress(unmapping: text) != nil { return text }
            guard let name = Self.host(of: text), IPAddress(unmapping: name) != nil || name.allSatisfy(\.isOfHostName)
            else {
                throw GatewayError(
                    code: .accessUnusable,
                    message: "'\(text)' is not the name of a host.",
                    advice: "--allowed-host takes a name such as gw.lan, without a scheme or a path."
                )
            }
            return name
        }
        names = Set((["localhost", host] + further).map(Self.normalized))
    }

    /// Whether a `Host` header names this gateway; numbers always do, as no name was resolved to reach them.
    func accepts(_ authority: String) -> Bool {
        guard let host = Self.host(of: authority) else { return false }
        let name = Self.normalized(host)
        return IPAddress(unmapping: name) != nil || names.contains(name) || name.hasSuffix(".localhost")
    }

    /// The host of `host`, `host:port`, `[v6]` or `[v6]:port`; `nil` for anything else.
    static func host(of authority: String) -> String? {
        guard !authority.contains(where: { $0 == "@" || $0 == "/" || $0.isWhitespace }) else { return nil }
        let host: Substring
        let rest: Substring
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = authority[authority.index(after: authority.startIndex)..<end]
            rest = authority[authority.index(after: end)...]
        } else {
            host = authority.prefix { $0 != ":" }
            rest = authority[host.endIndex...]
        }
        let isPort = rest.isEmpty || rest.first == ":" && rest.dropFirst().allSatisfy(\.isASCIIDigit)
        return !host.isEmpty && isPort ? String(host) : nil
    }

    /// Names are equal whatever their case, and with or without the dot of the root.
    private static func normalized(_ name: String) -> String {
        let name = name.lowercased()
        return name.hasSuffix(".") ? String(name.dropLast()) : name
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { isASCII && isNumber }
    fileprivate var isOfHostName: Bool {
        isASCII && (isLetter || isNumber || self == "-" || self == "." || self == "_")
    }
}
