import IngotTesting
import Testing

@testable import IngotGateway

@Suite("Lists of proxies")
struct ProxyListTests {
    private static func read(_ text: String) -> [String] {
        ProxyList(parsing: Array(text.utf8)).endpoints.map(\.description)
    }

    @Test("Plain lines, lines with a scheme and lines with notes name the same proxies")
    func manners() {
        let expected = ["198.51.100.7:8080", "203.0.113.9:3128"]
        #expect(Self.read("198.51.100.7:8080\n203.0.113.9:3128\n") == expected)
        #expect(Self.read("http://198.51.100.7:8080\r\nsocks5://203.0.113.9:3128/") == expected)
        #expect(Self.read("  198.51.100.7:8080 DE-A +\n\n203.0.113.9:3128\tUS-H-S -\n") == expected)
    }

    @Test("Headings, comments, warnings and blank lines are passed over, and a proxy counts once")
    func passedOver() {
        let text = """
            Http proxy list updated at some time
            Warning: 192.0.2.1:80 is an example
            # 192.0.2.2:80
            IP address:Port 192.0.2.3:80

            192.0.2.4:80
            192.0.2.4:80 again
            """
        #expect(Self.read(text) == ["192.0.2.4:80"])
    }

    @Test(
        "What is no address with a port is no proxy",
        arguments: [
            "not-a-proxy", "999.1.1.1:80", "1999.1.1.1:80", "192.0.2.10", "192.0.2.11:99999", "192.0.2.11:0",
            "192.0.2.11:", "192.0.2:80", "1.2.3.4.5:80", "01.2.3.4:80", "192..2.1:80", "192.0.2.1 :80",
            "192.0.2.256:80", "99999999999999999999.1.1.1:80", "192.0.2.1:999999999999999999999",
        ]
    )
    func malformed(line: String) { #expect(Self.read(line) == []) }

    @Test("The first address of a line counts, and what follows its port does not matter")
    func first() {
        #expect(Self.read("192.0.2.12:8080 # ok with comment") == ["192.0.2.12:8080"])
        #expect(Self.read("1.2.3 then 192.0.2.12:8080,192.0.2.13:8080") == ["192.0.2.12:8080"])
        #expect(Self.read("192.0.2.12:65535") == ["192.0.2.12:65535"])
    }

    @Test("No more than so many lines are read")
    func bounds() {
        let text = (0..<ProxyList.maximumLines + 500).map { "10.1.\($0 / 250).\($0 % 250):80\n" }.joined()
        #expect(ProxyList(parsing: Array(text.utf8)).endpoints.count == ProxyList.maximumLines)
    }

    @Test("Bytes that are no text do no harm")
    func noise() {
        #expect(ProxyList(parsing: (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 131) }).endpoints == [])
    }

    @Test(
        "The samples give what a regular expression finds in them",
        .enabled(if: SharedFolder.item("data/p2c/samples") != nil, "\(SharedFolder.absence)"),
        arguments: ["annotated", "malformed", "plain_ip_port", "scheme_prefixed"]
    )
    func samples(name: String) throws {
        let text = try SharedFolder.text("data/p2c/samples/proxies_\(name).txt")
        var expected: [String] = []
        for line in text.split(whereSeparator: \.isNewline) {
            guard !line.hasPrefix("#"), !line.hasPrefix("Warning"), !line.contains("IP"),
                let match = line.firstMatch(of: /(?:^|[^0-9.])((?:[0-9]+\.){3}[0-9]+):([0-9]+)/),
                match.1.split(separator: ".").allSatisfy({ Int($0).map { $0 < 256 } == true }),
                let port = Int(match.2), (1...65_535).contains(port)
            else { continue }
            expected.append("\(match.1):\(port)")
        }
        #expect(Self.read(text) == expected)
        #expect(name == "malformed" ? expected == ["192.0.2.12:8080"] : expected.count > 100)
        #expect(Set(expected).count == expected.count)
    }
}
