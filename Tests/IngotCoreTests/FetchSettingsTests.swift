import IngotCore
import Testing

@Suite("Settings of fetching")
struct FetchSettingsTests {
    private static func settings(_ values: [String: String]) -> Settings {
        Settings(values) { _ in throw SettingsError.malformed("FILE", "there are no files") }
    }

    @Test("pass from the gateway to a runner unchanged")
    func roundTrip() throws {
        let given = try FetchSettings(
            settings: Self.settings([
                "INGOT_FETCH_CONTACT": "law@example.org", "INGOT_FETCH_CA_BUNDLE": "-----BEGIN",
                "INGOT_FETCH_PROXY": "http://me:p%40ss@proxy.example:3128", "NO_PROXY": "example.org, .gov",
                "INGOT_FETCH_ROBOTS_IGNORED": "A.example,b.example [::1]", "INGOT_FETCH_IDLE_SECONDS": "7",
                "INGOT_FETCH_DEADLINE_SECONDS": "70",
            ])
        )
        #expect(given.userAgent == "ingot/\(IngotVersion.current) (+law@example.org)")
        #expect(given.hostsWithoutRobots == ["a.example", "b.example", "::1"])
        #expect(given.idleDeadline == .seconds(7))
        #expect(given.deadline == .seconds(70))
        #expect(given.proxies.forHTTPS?.credentials?.password == Secret("p@ss"))
        #expect(given.proxies.exceptions == ["example.org", ".gov"])
        // What the runner's environment says of proxies does not count any more.
        let others = ["HTTPS_PROXY": "http://other:1", "ALL_PROXY": "http://other:2"]
        var different = FetchSettings()
        different.proxies.forHTTPS = try ProxyAddress("socks5://socks:1080")
        for settings in [given, FetchSettings(), different] {
            let values = settings.settings.merging(others) { given, _ in given }
            #expect(try FetchSettings(settings: Self.settings(values)) == settings)
        }
        #expect(Set(given.secrets).isSuperset(of: [Secret("p@ss"), Secret("me:p%40ss")]))
    }

    @Test(
        "are refused by name, without their value",
        arguments: [
            ("INGOT_FETCH_CONTACT", "nobody"), ("INGOT_FETCH_CONTACT", "a@b\r\nx-evil: 1"),
            ("INGOT_FETCH_CONTACT", "a@b)(c"), ("INGOT_FETCH_CONTACT", "a@" + String(repeating: "b", count: 200)),
            ("INGOT_FETCH_CONTACT", "ä@example.org"), ("INGOT_FETCH_PROXY", "ftp://proxy:21"),
            ("INGOT_FETCH_PROXY", "http://me:hunter22@proxy:99999"), ("HTTPS_PROXY", "socks5://me:hunter22@proxy"),
            ("ALL_PROXY", "https://hunter22.example"), ("INGOT_FETCH_ROBOTS_IGNORED", "https://example.org"),
            ("INGOT_FETCH_ROBOTS_IGNORED", "*"), ("INGOT_FETCH_ROBOTS_IGNORED", "example.org:443"),
            ("INGOT_FETCH_ROBOTS_IGNORED", "example.org."), ("INGOT_FETCH_NO_PROXY", "10.0.0.0/33"),
            ("INGOT_FETCH_NO_PROXY", "a.test,https://example.org"), ("INGOT_FETCH_NO_PROXY", "example.org/8"),
            ("INGOT_FETCH_NO_PROXY", "example.org:http"), ("INGOT_FETCH_IDLE_SECONDS", "0"),
            ("INGOT_FETCH_DEADLINE_SECONDS", "soon"),
            ("INGOT_FETCH_CA_BUNDLE", String(repeating: "x", count: FetchSettings.maximumCertificateBytes + 1)),
        ]
    )
    func refused(name: String, value: String) {
        let error = #expect(throws: SettingsError.self) {
            try FetchSettings(settings: Self.settings([name: value]))
        }
        #expect(error?.name == name)
        #expect(error?.description.contains("hunter22") == false)
    }

    @Test("say nothing of a password when a proxy is printed")
    func printed() throws {
        let proxy = try ProxyAddress("http://me:hunter22@[::1]:3128/")
        #expect("\(proxy)" == "http://[::1]:3128")
        #expect(proxy.revealed == "http://me:hunter22@[::1]:3128")
        var text = ""
        dump(proxy, to: &text)
        #expect(!text.contains("hunter22"))
        #expect(try ProxyAddress("proxy.example:8080").description == "http://proxy.example:8080")
        #expect(try ProxyAddress("socks5h://proxy.example").description == "socks5://proxy.example:1080")
    }

    @Test("pass over what other programs may understand in their variable")
    func othersExceptions() throws {
        let settings = try FetchSettings(settings: Self.settings(["NO_PROXY": "a.test, <local>, 10.0.0.0/8"]))
        #expect(settings.proxies.exceptions == ["a.test", "10.0.0.0/8"])
        #expect(try FetchSettings(settings: Self.settings(settings.settings)) == settings)
    }

    @Test(
        "name the hosts that are asked directly",
        arguments: [
            ("example.org", 443, false), ("www.example.org", 443, false), ("badexample.org", 443, true),
            ("a.gov", 443, false), ("10.0.0.1", 80, false), ("10.0.0.2", 80, true), ("port.test", 8080, false),
            ("port.test", 80, true), ("2001:db8::1", 443, false), ("127.0.0.1", 443, false), ("127.9.9.9", 1, false),
            ("localhost", 443, false), ("::1", 443, false), ("house.gov.example", 443, true),
            ("172.31.0.1", 443, false),
            ("172.32.0.1", 443, true), ("2001:db8:1:2::3", 443, false), ("2001:db8:2::3", 443, true),
            ("wild.test", 443, false), ("192.0.2.7", 80, false), ("192.0.2.7", 81, true),
        ]
    )
    func exceptions(host: String, port: Int, isProxied: Bool) throws {
        let proxy = try ProxyAddress("http://proxy:3128")
        let settings = ProxySettings(
            forHTTP: proxy,
            forHTTPS: proxy,
            exceptions: [
                "Example.org", ".gov", "10.0.0.1", "port.test:8080", "[2001:db8::1]", "172.16.0.0/12",
                "2001:db8:1::/48", "*.wild.test", "192.0.2.0/24:80",
            ]
        )
        #expect((settings.proxy(toAsk: host, port: port, isEncrypted: true) != nil) == isProxied)
        let none = ProxySettings(forHTTP: proxy, forHTTPS: nil)
        #expect(none.proxy(toAsk: host, port: port, isEncrypted: true) == nil)
        let all = ProxySettings(forHTTP: proxy, forHTTPS: proxy, exceptions: ["*"])
        #expect(all.proxy(toAsk: host, port: port, isEncrypted: false) == nil)
    }
}
