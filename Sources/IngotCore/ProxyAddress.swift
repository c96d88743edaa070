/// A proxy through which upstream is asked: `http://NAME:PASSWORD@HOST:PORT` or `socks5://HOST:PORT`.
///
/// It prints without its name and password.
public struct ProxyAddress: Sendable, Hashable, CustomStringConvertible {
    /// How a proxy is spoken to.
    public enum Kind: String, Sendable {
        /// By the method CONNECT, for plain `http` addresses too.
        case http
        case socks5
    }

    public let kind: Kind
    public let host: String
    public let port: Int
    /// What the proxy is told of who asks; an HTTP proxy only.
    public let credentials: Credentials?

    /// A name and password.
    public struct Credentials: Sendable, Hashable {
        public let name: Secret
        public let password: Secret
    }

    /// Why a text is no proxy's address; says nothing of the text itself, which may hold a password.
    public struct Malformed: Error, Equatable {
        public let problem: String
    }

    /// Reads an address; without a scheme it is an HTTP proxy's.
    ///
    /// - Throws: ``Malformed``.
    public init(_ text: String) throws(Malformed) {
        var kind = Kind.http
        var rest = text[...]
        if let separator = text.firstRange(of: "://") {
            switch text[..<separator.lowerBound].lowercased() {
            case "http": kind = .http
            case "socks5", "socks5h": kind = .socks5
            default: throw Malformed(problem: "only http:// and socks5:// proxies can be used")
            }
            rest = text[separator.upperBound...]
        }
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        credentials = try Self.takeCredentials(&rest)
        guard credentials == nil || kind == .http else {
            throw Malformed(problem: "a name and password can be told to an HTTP proxy only")
        }
        var portText = rest[rest.endIndex...]
        if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
            host = rest[rest.index(after: rest.startIndex)..<end].lowercased()
            guard IPAddress(host) != nil else { throw Malformed(problem: "not an address in brackets") }
            portText = rest[rest.index(after: end)...]
        } else {
            host = rest.prefix { $0 != ":" }.lowercased()
            portText = rest.drop { $0 != ":" }
            guard HostName.isPlain(host) else { throw Malformed(problem: "it names no plain host") }
        }
        if portText.isEmpty {
            port = kind == .http ? 80 : 1080
        } else {
            guard portText.first == ":", let number = Int(portText.dropFirst()), (1...65_535).contains(number) else {
                throw Malformed(problem: "its port is not a number from 1 to 65535")
            }
            port = number
        }
        self.kind = kind
    }

    private static func takeCredentials(_ rest: inout Substring) throws(Malformed) -> Credentials? {
        guard let at = rest.lastIndex(of: "@") else { return nil }
        let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = PercentEncoding.decode(parts[0]),
            let password = PercentEncoding.decode(parts.count > 1 ? parts[1] : "")
        else { throw Malformed(problem: "its name or password is not percent-encoded text") }
        rest = rest[rest.index(after: at)...]
        return Credentials(name: Secret(name), password: Secret(password))
    }

    public var description: String { text(userInfo: "") }

    /// The address as it is given as a setting; holds the password.
    public var revealed: String {
        guard let credentials else { return description }
        let name = PercentEncoding.encode(credentials.name.revealed)
        return text(userInfo: "\(name):\(PercentEncoding.encode(credentials.password.revealed))@")
    }

    private func text(userInfo: String) -> String {
        "\(kind.rawValue)://\(userInfo)\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}
