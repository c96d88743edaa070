import FoundationEssentials
import Testing

/// The code in the guide to writing a source of records.
@Suite("The guide to writing a source of records")
struct GuideTests {
    private static let root = #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined()

    /// A file's lines without the blanks at their ends.
    private static func lines(_ path: String) throws -> [Substring] {
        let bytes = try #require(FileManager.default.contents(atPath: "\(root)/\(path)"), "\(path) is missing")
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
            .map { line in line.drop { $0 == " " } }.filter { !$0.isEmpty }
    }

    @Test("shows what is compiled, line by line")
    func examples() throws {
        let compiled = try [
            "Package.swift", "Sources/IngotRunner/SourceRegistry.swift", "Tests/RecordSites/NoticesSite.swift",
            "Tests/IngotRecordsTests/Guide/NoticesSource.swift", "Tests/IngotRecordsTests/Guide/NoticesTests.swift",
        ].map { try Self.lines($0).joined(separator: "\n") }
        var examples: [[Substring]] = []
        var isInside = false
        for line in try Self.lines("CONTRIBUTING.md") {
            if line == "```swift" { examples.append([]) }
            if line.hasPrefix("```") {
                isInside = line == "```swift"
            } else if isInside {
                examples[examples.count - 1].append(line)
            }
        }
        #expect(examples.count == 5)
        for example in examples {
            let text = example.joined(separator: "\n")
            #expect(compiled.contains { $0.contains(text) }, "no file has: \(text.prefix(200))")
        }
    }
}
