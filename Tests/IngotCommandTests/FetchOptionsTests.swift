import ArgumentParser
import IngotCore
import IngotGateway
import Logging
import SystemPackage
import Testing

@testable import ingot

@Suite("How upstream is asked, as the command line says it")
struct FetchOptionsTests {
    private func settings(_ arguments: [String], over given: FetchSettings = FetchSettings()) throws -> FetchSettings {
        var configuration = GatewayConfiguration(
            dataFolder: "/nowhere",
            runner: "/nowhere",
            logger: Logger(label: "test")
        )
        configuration.fetchSettings = given
        try FetchOptions.parse(arguments).apply(to: &configuration)
        return configuration.fetchSettings
    }

    @Test("options outweigh the environment, and hosts add up")
    func options() throws {
        var given = FetchSettings()
        given.contact = "old@example.org"
        given.proxies.forHTTPS = try ProxyAddress("http://me:secret@old:1")
        given.proxies.exceptions = ["example.org"]
        given.hostsWithoutRobots = ["a.example"]
        #expect(try settings([], over: given) == given)
        let read = try settings(
            ["--contact", "law@example.org", "--proxy", "socks5://new:1080", "--ignore-robots", "B.example"],
            over: given
        )
        #expect(read.contact == "law@example.org")
        #expect(read.proxies.forHTTP == read.proxies.forHTTPS)
        #expect(read.proxies.forHTTPS?.description == "socks5://new:1080")
        #expect(read.proxies.exceptions == ["example.org"])
        #expect(read.hostsWithoutRobots == ["a.example", "b.example"])
        #expect(try settings(["--proxy", "none"], over: given).proxies.forHTTPS == nil)
    }

    @Test(
        "what cannot be meant is refused",
        arguments: [
            ["--contact", "nobody"], ["--proxy", "ftp://proxy"], ["--proxy", "http://me:hunter22@proxy:1"],
            ["--ignore-robots", "https://a.example/"], ["--ca-bundle", "/nowhere/bundle.pem"],
            ["--ca-bundle", "/dev/null"], ["--ca-bundle", "/dev/zero"],
        ]
    )
    func refused(arguments: [String]) {
        let error = #expect(throws: ValidationError.self) { try settings(arguments) }
        #expect(error?.message.contains("hunter22") == false)
    }
}
