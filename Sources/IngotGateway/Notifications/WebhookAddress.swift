import FoundationEssentials

/// Which addresses a webhook may have: `https` anywhere, `http` on this machine only.
enum WebhookAddress {
    /// The longest address, in bytes.
    static let maximumLength = 2048

    /// What is wrong with an address, as the end of a sentence; `nil` when nothing is.
    static func problem(_ address: String) -> String? {
        guard address.utf8.count <= maximumLength else { return "is longer than \(maximumLength) bytes" }
        guard address.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            return "holds a character that has to be percent-encoded"
        }
        guard let url = URL(string: address), let scheme = url.scheme?.lowercased(),
            scheme == "https" || scheme == "http"
        else { return "is not an http or https address" }
        guard let host = url.host(percentEncoded: true), !host.isEmpty else { return "names no host" }
        guard url.user(percentEncoded: true) == nil, url.password(percentEncoded: true) == nil else {
            return "holds a user name or password, which would show in lists"
        }
        guard url.fragment(percentEncoded: true) == nil else { return "has a fragment, which is never sent" }
        guard scheme == "https" || GatewayAddress.isLoopback(host: host) else {
            return "is http, which is taken on loopback only"
        }
        return nil
    }
}
