import HTTPTypes
import IngotCore
import NIOCore
import Testing

@testable import IngotGateway

@Suite("Where requests come from and whom they mean")
struct RequestOriginTests {
    @Test(
        "Addresses are read in both versions, and one inside the other",
        arguments: [
            ("127.0.0.1", true), ("127.9.9.9", true), ("::1", true), ("::ffff:127.0.0.1", true), ("10.0.0.1", false),
            ("::2", false), ("fe80::1%eth0", false), ("8.8.8.8", false),
        ]
    )
    func addresses(text: String, isLoopback: Bool) throws {
        #expect(try #require(IPAddress(unmapping: text)).isLoopback == isLoopback)
    }

    @Test(
        "What is no address is none",
        arguments: ["", "localhost", "1.2.3", "1.2.3.4:5", "[::1]", "0x7f.1", "1.2.3.4 "]
    )
    func noAddress(text: String) { #expect(IPAddress(unmapping: text) == nil) }

    @Test("Limits count a whole network of IPv6 as one")
    func networks() throws {
        let one = try #require(IPAddress(unmapping: "2001:db8:0:1::1"))
        let other = try #require(IPAddress(unmapping: "2001:db8:0:1:ffff::9"))
        let foreign = try #require(IPAddress(unmapping: "2001:db8:0:2::1"))
        #expect(one.network == other.network && one.network != foreign.network)
        #expect(one.description == "2001:db8:0:1::1")
    }

    @Test(
        "What a request says of its way counts only from a proxy that is trusted",
        arguments: [
            ("10.0.0.7", "203.0.113.5", "203.0.113.5"),
            // Whatever the client made up stands on the left.
            ("10.0.0.7", "1.1.1.1, 203.0.113.5", "203.0.113.5"),
            ("10.0.0.7", "203.0.113.5, 10.0.0.7", "203.0.113.5"),
            ("10.0.0.7", "10.0.0.7", "10.0.0.7"),
            ("10.0.0.7", "nonsense", "10.0.0.7"),
            ("10.0.0.8", "203.0.113.5", "10.0.0.8"),
        ]
    )
    func forwarded(peer: String, header: String, address: String) throws {
        var headers = HTTPFields()
        headers.set("X-Forwarded-For", to: header)
        let client = ClientAddress(
            peer: try SocketAddress(ipAddress: peer, port: 1),
            headers: headers,
            trustedProxies: [try #require(IPAddress(unmapping: "10.0.0.7"))]
        )
        #expect(client.text == address)
    }

    @Test("A request through a proxy on this machine is not one of this machine")
    func throughLocalProxy() throws {
        let peer = try SocketAddress(ipAddress: "127.0.0.1", port: 1)
        var headers = HTTPFields()
        #expect(ClientAddress(peer: peer, headers: headers, trustedProxies: []).isLocal)
        for (name, value) in [
            ("X-Forwarded-For", "203.0.113.5"), ("Forwarded", "for=203.0.113.5"), ("Via", "1.1 proxy"),
        ] {
            headers = HTTPFields()
            headers.set(name, to: value)
            #expect(!ClientAddress(peer: peer, headers: headers, trustedProxies: []).isLocal)
        }
    }

    @Test(
        "The gateway answers to its own names and to numbers",
        arguments: [
            ("localhost", true), ("LOCALHOST:8005", true), ("localhost.", true), ("app.localhost:1", true),
            ("127.0.0.1:8005", true), ("10.1.2.3", true), ("[::1]:8005", true), ("[fe80::1]", true),
            ("bound.example", true), ("Allowed.Example:443", true), ("evil.example", false),
            ("localhost.evil.example", false), ("notlocalhost", false), ("", false), (":80", false),
            ("a@localhost", false), ("localhost:80x", false), ("[::1", false), ("localhost/", false),
            ("127.0.0.1.evil.example", false),
        ]
    )
    func hosts(authority: String, isAccepted: Bool) throws {
        let check = try HostCheck(host: "bound.example", allowed: ["allowed.example:8005"])
        #expect(check.accepts(authority) == isAccepted, "\(authority)")
    }

    @Test(
        "A name that no request could ever carry is refused",
        arguments: ["https://gw.lan", "gw.lan/", "gw.lan:80x", "*.lan", "gw lan", "user@gw.lan", "", ":80"]
    )
    func noHosts(text: String) {
        #expect(throws: GatewayError.self) { try HostCheck(host: "127.0.0.1", allowed: [text]) }
    }

    @Test("An address may be allowed as it is", arguments: ["::1", "[2001:db8::1]:80", "192.0.2.1:80"])
    func addressAsHost(text: String) throws { _ = try HostCheck(host: "127.0.0.1", allowed: [text]) }

    @Test(
        "Only a page of the gateway's own may change something with a cookie",
        arguments: [
            (nil, nil, false, false), ("http://localhost:8005", nil, true, false),
            ("https://localhost:8005", nil, true, false), ("http://localhost", nil, false, true),
            ("http://LOCALHOST:8005", nil, true, false), ("null", nil, false, true),
            ("https://evil.example", nil, false, true), ("https://evil.example", "same-origin", false, true),
            (nil, "same-origin", true, false), (nil, "none", false, false), (nil, "cross-site", false, true),
            (nil, "same-site", false, true), ("http://localhost:8005", "cross-site", false, true),
            ("localhost:8005", nil, false, true), ("http://localhost:8005.evil.example", nil, false, true),
        ] as [(String?, String?, Bool, Bool)]
    )
    func sites(origin: String?, fetchSite: String?, isOwn: Bool, isOther: Bool) {
        var headers = HTTPFields()
        if let origin { headers.set("Origin", to: origin) }
        if let fetchSite { headers.set("Sec-Fetch-Site", to: fetchSite) }
        #expect(CrossSiteCheck.isFromOwnPage(headers, authority: "localhost:8005") == isOwn)
        #expect(CrossSiteCheck.isFromAnotherSite(headers, authority: "localhost:8005") == isOther)
        #expect(!CrossSiteCheck.isFromOwnPage(headers, authority: nil) || origin == nil)
    }

    @Test("The port of the scheme may be left out of an origin")
    func defaultPorts() {
        for (origin, authority) in [
            ("https://ingot.example", "ingot.example:443"), ("http://ingot.example", "ingot.example:80"),
            ("https://ingot.example", "ingot.example"),
        ] {
            var headers = HTTPFields()
            headers.set("Origin", to: origin)
            #expect(CrossSiteCheck.isFromOwnPage(headers, authority: authority))
        }
    }

    @Test("Keys are hidden in paths that are logged, which are cut")
    func masks() {
        let key = APIKeySecret().secret.revealed
        #expect(CredentialMask.masked("/api/keys/\(key)/x") == "/api/keys/ingot_…/x")
        #expect(CredentialMask.masked("/\(key)\(key)") == "/ingot_…")
        #expect(CredentialMask.masked("/api/ingot_short") == "/api/ingot_short")
        #expect(CredentialMask.masked(String(repeating: "a", count: 501)).count == 501)
    }
}
