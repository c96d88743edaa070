import ArgumentParser
import IngotGateway
import Testing

@testable import ingot

@Suite("The pool of proxies, as the command line says it")
struct ProxyPoolOptionsTests {
    @Test("Nothing given is no pool, whose checks would ask nobody but this gateway")
    func standard() throws {
        let settings = try ProxyPoolOptions.parse([]).settings
        #expect(settings == ProxyPoolSettings())
        #expect(settings.sources == [])
        #expect(settings.validationURL == nil)
        #expect(settings.targetCount == 100)
    }

    @Test("Sources have names, and their addresses may hold equals signs")
    func given() throws {
        let settings = try ProxyPoolOptions.parse([
            "--proxy-source", "one=https://h.example/list?a=b", "--proxy-source", "two=http://127.0.0.1:80/",
            "--proxy-target", "7", "--proxy-check-url", "https://h.example/page",
        ]).settings
        #expect(
            settings.sources == [
                ProxySource(name: "one", url: "https://h.example/list?a=b"),
                ProxySource(name: "two", url: "http://127.0.0.1:80/"),
            ]
        )
        #expect(settings.targetCount == 7)
        #expect(settings.validationURL == "https://h.example/page")
    }

    @Test(
        "What cannot be is refused",
        arguments: [
            ["--proxy-source", "https://h.example/"], ["--proxy-source", "a="],
            ["--proxy-source", "=http://h.example"],
            ["--proxy-source", "a=ftp://h.example"], ["--proxy-source", "a=file:///etc/passwd"],
            ["--proxy-source", "a b=http://h.example"], ["--proxy-source", "a=http://me:word@h.example"],
            ["--proxy-source", "a=http://h.example", "--proxy-source", "a=http://i.example"],
            ["--proxy-target", "0"], ["--proxy-target", "10001"], ["--proxy-check-url", "nowhere"],
        ]
    )
    func refused(arguments: [String]) {
        #expect(throws: (any Error).self) { try ProxyPoolOptions.parse(arguments) }
    }
}
