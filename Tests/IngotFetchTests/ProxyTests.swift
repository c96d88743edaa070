import IngotCore
import IngotTesting
import Testing

@testable import IngotFetch

@Suite("Proxies")
struct ProxyTests {
    private static func fetching(
        _ proxy: String,
        site port: Int,
        names: [String: [String]] = [:],
        exceptions: [String] = []
    ) throws -> ScriptedUpstream {
        try ScriptedUpstream(
            "http://site.test:\(port)",
            robots: KeptRobotsFiles.none,
            resolver: ListedResolver(names),
            isOperatorsOwn: false
        ) {
            let address = try ProxyAddress(proxy)
            $0.proxies = ProxySettings(forHTTP: address, forHTTPS: address, exceptions: exceptions)
        }
    }

    @Test("The proxy is told the name, which only it needs to resolve", arguments: ["http", "socks5"])
    func names(scheme: String) async throws {
        let site = try await ScriptedSite { _, _ in .status("200 OK", [], "page") }
        let proxy = try await ConnectProxy(to: site.port, scheme == "http" ? .connect : .socks5)
        // Once as a name that nobody here knows, once as one of a public address.
        for names in [[:], ["site.test": ["192.31.196.1"]]] {
            let fetching = try Self.fetching("\(scheme)://127.0.0.1:\(proxy.port)", site: site.port, names: names)
            #expect(try await fetching.page() == "page")
        }
        #expect(proxy.targets == ["site.test:\(site.port)", "site.test:\(site.port)"])
        #expect(site.heads[0].lowercased().contains("host: site.test:\(site.port)\r\n"))
        try await proxy.close()
        try await site.close()
    }

    @Test("A name that leads into a private network is refused before the proxy hears of it")
    func privateNames() async throws {
        let proxy = try await ConnectProxy(to: 1)
        let names = ["site.test": ["10.0.0.1"]]
        let fetching = try Self.fetching("http://127.0.0.1:\(proxy.port)", site: 80, names: names)
        let failure = await #expect(throws: JobFailure.self) { try await fetching.page() }
        #expect(failure?.code == "address_refused")
        let literal = try ScriptedUpstream(
            "http://192.168.0.1",
            robots: KeptRobotsFiles.none,
            isOperatorsOwn: false
        ) { $0.proxies.forHTTP = try ProxyAddress("http://127.0.0.1:\(proxy.port)") }
        let other = await #expect(throws: JobFailure.self) { try await literal.page() }
        #expect(other?.code == "address_refused")
        #expect(proxy.targets.isEmpty)
        try await proxy.close()
    }

    @Test("A password is sent to the proxy, not to the site, and shows in no failure")
    func passwords() async throws {
        let site = try await ScriptedSite { _, _ in .status("200 OK", [], "page") }
        // “me:hunter22”
        let proxy = try await ConnectProxy(to: site.port, .connectWithPassword("bWU6aHVudGVyMjI="))
        let fetching = try Self.fetching("http://me:hunter22@127.0.0.1:\(proxy.port)", site: site.port)
        #expect(try await fetching.page() == "page")
        #expect(site.heads[0].lowercased().contains("authorization") == false)
        let wrong = try Self.fetching("http://me:hunter33@127.0.0.1:\(proxy.port)", site: site.port)
        let failure = await #expect(throws: JobFailure.self) { try await wrong.page() }
        #expect(failure?.code == "proxy_refused")
        #expect(failure?.isTransient == false)
        #expect(failure?.message.contains("it asks for a name and password") == true)
        #expect(failure.map { "\($0) \($0.advice ?? "")" }?.contains("hunter") == false)
        try await proxy.close()
        try await site.close()
    }

    @Test("A proxy that does not connect, and one that is not there, are told apart from the site")
    func failures() async throws {
        for (scheme, manner) in [
            ("http", ConnectProxy.Manner.refusing("HTTP/1.1 403 Forbidden")), ("socks5", .socks5Refusing(2)),
        ] {
            let proxy = try await ConnectProxy(to: 1, manner)
            let fetching = try Self.fetching("\(scheme)://127.0.0.1:\(proxy.port)", site: 80)
            let failure = await #expect(throws: JobFailure.self) { try await fetching.page() }
            #expect(failure?.code == "proxy_refused", "\(scheme): \(failure?.message ?? "")")
            #expect(failure?.isTransient == true)
            #expect(fetching.budget.requests.map(\.answer) == [.unknown])
            try await proxy.close()
        }
        for scheme in ["http", "socks5"] {
            let fetching = try Self.fetching("\(scheme)://127.0.0.1:1", site: 80)
            let failure = await #expect(throws: JobFailure.self) { try await fetching.page() }
            #expect(failure?.code == "proxy_unreachable", "\(scheme): \(failure?.message ?? "")")
            #expect(failure?.message.contains("the proxy \(scheme)://127.0.0.1:1 cannot be reached") == true)
        }
    }

    @Test("A host that is excepted is asked directly")
    func exceptions() async throws {
        let proxy = try await ConnectProxy(to: 1)
        let fetching = try Self.fetching("http://127.0.0.1:\(proxy.port)", site: 80, exceptions: ["site.test"])
        let failure = await #expect(throws: JobFailure.self) { try await fetching.page() }
        #expect(failure?.message.contains("the name site.test cannot be resolved") == true)
        #expect(proxy.targets.isEmpty)
        try await proxy.close()
    }
}
