import NIOHTTP1

/// A request as a site has seen it.
public struct SiteRequest: Sendable {
    public let method: String
    /// Without the query.
    public let path: String
    public let query: [String: String]
    /// By names in lower case.
    public let headers: [String: String]
    public let body: [UInt8]
    /// The IP address that it came from.
    public let from: String
    public let start: ContinuousClock.Instant

    init(_ head: HTTPRequestHead, _ body: [UInt8], from: String) {
        method = head.method.rawValue
        let parts = head.uri.split(separator: "?", maxSplits: 1).map(String.init)
        var path = parts.first ?? "/"
        // Through a proxy the whole address is asked for.
        if path.hasPrefix("http://") { path = String(path.dropFirst("http://".count).drop { $0 != "/" }) }
        self.path = path
        query = Self.fields(parts.count > 1 ? parts[1] : "")
        var headers: [String: String] = [:]
        for (name, value) in head.headers { headers[name.lowercased()] = value }
        self.headers = headers
        self.body = body
        self.from = from
        start = .now
    }

    /// The fields of a form.
    public var form: [String: String] { Self.fields(String(decoding: body, as: UTF8.self)) }

    public func cookie(_ name: String) -> String? {
        headers["cookie"]?.split(separator: ";").lazy
            .map { $0.drop { $0 == " " } }
            .first { $0.hasPrefix(name + "=") }
            .map { String($0.dropFirst(name.count + 1)) }
    }

    private static func fields(_ text: String) -> [String: String] {
        var fields: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            fields[decoded(parts[0])] = parts.count > 1 ? decoded(parts[1]) : ""
        }
        return fields
    }

    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(0x20)
            case UInt8(ascii: "%"):
                let digits = String(decoding: rest.prefix(2), as: UTF8.self)
                rest = rest.dropFirst(2)
                bytes.append(UInt8(digits, radix: 16) ?? UInt8(ascii: "?"))
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
