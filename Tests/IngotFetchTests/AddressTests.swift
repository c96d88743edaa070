import IngotCore
import Testing

@testable import IngotFetch

@Suite("Addresses that are not of the public Internet")
struct AddressTests {
    @Test(
        "are told by their kind",
        arguments: [
            ("0.0.0.0", "unspecified"), ("0.1.2.3", "unspecified"), ("10.0.0.1", "private"),
            ("10.255.255.255", "private"), ("100.64.0.1", "a carrier's own (CGNAT)"),
            ("100.127.255.255", "a carrier's own (CGNAT)"), ("127.0.0.1", "loopback"), ("127.255.0.9", "loopback"),
            ("169.254.169.254", "link-local"), ("172.16.0.1", "private"), ("172.31.255.255", "private"),
            ("192.0.0.8", "reserved for protocols"), ("192.0.2.1", "for documentation"),
            ("192.88.99.1", "a deprecated relay"), ("192.168.1.1", "private"), ("198.18.0.1", "for benchmarks"),
            ("198.19.255.255", "for benchmarks"), ("198.51.100.7", "for documentation"),
            ("203.0.113.7", "for documentation"), ("224.0.0.1", "multicast"), ("239.255.255.255", "multicast"),
            ("240.0.0.1", "reserved"), ("255.255.255.255", "reserved"),
            ("::", "unspecified"), ("::1", "loopback"), ("::127.0.0.1", "reserved"), ("::ffff:127.0.0.1", "loopback"),
            ("::ffff:10.1.2.3", "private"), ("::ffff:0:10.1.2.3", "reserved"),
            ("64:ff9b::169.254.169.254", "link-local"),
            ("64:ff9b::7f00:1", "loopback"), ("64:ff9b:1::1", "a network's own translation (NAT64)"),
            ("100::1", "for discarding"), ("2001::1", "reserved for protocols"),
            ("2001:1ff:ffff::", "reserved for protocols"), ("2001:db8::1", "for documentation"),
            ("2002:7f00:1::", "loopback"), ("2002:a00:1::", "private"), ("3fff:fff::1", "for documentation"),
            ("fc00::1", "private"), ("fdff::1", "private"), ("fe80::1", "link-local"), ("febf::1", "link-local"),
            ("fec0::1", "private"), ("ff02::1", "multicast"), ("4000::1", "reserved"), ("e000::1", "reserved"),
        ]
    )
    func special(text: String, kind: String) throws {
        #expect(try #require(IPAddress(text)).specialPurpose == kind)
    }

    @Test(
        "end where the public ones begin",
        arguments: [
            "1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
            "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.0.3.0",
            "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "140.147.239.36",
            "2001:200::1", "2001:db7::1", "2001:db9::1", "2606:4700::1", "2a00::1", "3ffe::1", "::ffff:8.8.8.8",
            "64:ff9b::808:808", "2002:808:808::1",
        ]
    )
    func open(text: String) throws {
        #expect(try #require(IPAddress(text)).specialPurpose == nil)
    }

    @Test("Only the usual notation is an address by itself; the system reads the others as it would connect to them")
    func notations() async throws {
        for text in [
            "127.1", "0x7f.1", "2130706433", "0177.0.0.1", "127.0.0.1 ", "fe80::1%lo", "[::1]", "", "1.2.3.256",
        ] {
            #expect(IPAddress(text) == nil, "\(text)")
        }
        for text in ["127.1", "0x7f.1", "2130706433", "0177.0.0.1"] {
            #expect(try await SystemResolver().addresses(of: text).map(\.description) == ["127.0.0.1"], "\(text)")
        }
        #expect(IPAddress("::FFFF:127.0.0.1")?.description == "::ffff:127.0.0.1")
    }

    @Test("A name that does not exist is an error that names it")
    func noSuchName() async throws {
        let error = await #expect(throws: HostNotResolved.self) {
            try await SystemResolver().addresses(of: "no-such-host.invalid")
        }
        #expect(error?.host == "no-such-host.invalid")
    }

    @Test(
        "An address is taken apart in one way only",
        arguments: [
            ("http://Example.ORG", "http://example.org/", "example.org", 80),
            ("https://example.org/a@b%20c?d=e#f", "https://example.org/a@b%20c?d=e", "example.org", 443),
            ("HTTP://example.org:8080?x", "http://example.org:8080/?x", "example.org", 8080),
            ("http://[::FFFF:127.0.0.1]:81/a", "http://[::ffff:127.0.0.1]:81/a", "::ffff:127.0.0.1", 81),
            // Asked for under the name that was checked.
            ("http://exa%6dple.org/", "http://example.org/", "example.org", 80),
            ("http://0x7f.1/", "http://0x7f.1/", "0x7f.1", 80),
        ]
    )
    func parts(text: String, written: String, host: String, port: Int) throws {
        let address = try #require(SiteAddress(text))
        #expect(address.text == written)
        #expect(address.endpoint == SiteAddress.Endpoint(host: host, port: port))
    }

    @Test(
        "and what could be taken for two hosts is none",
        arguments: [
            "ftp://example.org/", "//example.org", "example.org", "http://", "http://user@example.org/",
            "http://user:word@example.org/", "http://example.org:0/",
            "http://example.org:70000/", "http://[fe80::1%25lo]/", "http://[::1", "file:///etc/passwd",
            "http://\(String(repeating: "a", count: 254))/",
        ]
    )
    func noAddress(text: String) {
        #expect(SiteAddress(text) == nil)
    }

    @Test("A redirect leads from where it was answered")
    func locations() throws {
        let address = try #require(SiteAddress("https://example.org/a/b?c"))
        #expect(address.following("/d")?.text == "https://example.org/d")
        #expect(address.following("d")?.text == "https://example.org/a/d")
        #expect(address.following("//other.org/e")?.text == "https://other.org/e")
        #expect(address.following("http://other.org:81")?.text == "http://other.org:81/")
        #expect(address.following("gopher://other.org") == nil)
    }
}
