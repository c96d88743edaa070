import FoundationEssentials
import IngotClient
import IngotCore
import IngotSamples
import IngotTesting
import Testing

@Suite("The page about IngotClient", .timeLimit(.minutes(5)))
struct ClientPageTests {
    private static let root = #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined()

    /// A file's lines without the blanks at their ends.
    private static func lines(_ path: String) throws -> [Substring] {
        let bytes = try #require(FileManager.default.contents(atPath: "\(root)/\(path)"), "\(path) is missing")
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
            .map { line in line.drop { $0 == " " } }.filter { !$0.isEmpty }
    }

    @Test("shows what is compiled here, line by line")
    func examples() throws {
        let compiled = try Self.lines("Tests/SystemTests/Documentation/ClientExamples.swift").joined(separator: "\n")
        let page = try Self.lines("docs/client.md")
        var examples: [[Substring]] = []
        var isInside = false
        for line in page {
            if line == "```swift" { examples.append([]) }
            if line.hasPrefix("```") {
                isInside = line == "```swift"
            } else if isInside {
                examples[examples.count - 1].append(line)
            }
        }
        #expect(examples.count == 7)
        for example in examples { #expect(compiled.contains(example.joined(separator: "\n"))) }
    }

    @Test("shows what runs")
    func running() async throws {
        let folder = try TemporaryFolder()
        for (label, edition) in [("119-36", 1), ("119-59", 2)] {
            _ = try folder.sample("sample", label: label, edition: edition)
        }
        let data = folder.path("data")
        try await RunningGateway.run(data: data, arguments: ["--origin", "usc=\(folder.path("sample"))"]) { gateway in
            try await GatewayClient.with(address: gateway.url, key: gateway.key) { client in
                try await ClientExamples.end(client, label: "119-36")
            }
            try await ClientExamples.follow(gateway.url, gateway.key)
            try await GatewayClient.with(address: gateway.url, key: gateway.key) { client in
                try await ClientExamples.read(client)
                try await ClientExamples.find(client)
                try await ClientExamples.compare(client)
                try await ClientExamples.export(client)
                try await ClientExamples.refusals(client)
                #expect(try await client.revisions(of: "usc").count == 2)
            }
        }
    }
}
