import FoundationEssentials
import IngotCore
import Testing

@testable import IngotGateway

@Suite("The catalogue of failures")
struct FailureCatalogueTests {
    private static let path =
        #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined() + "/docs/failures.md"

    @Test("is what the code says; scripts/failures writes it")
    func current() throws {
        if ProcessInfo.processInfo.environment["INGOT_WRITE_DOCS"] != nil {
            try Data(FailureCatalogue.markdown.utf8).write(to: URL(filePath: Self.path))
        }
        let bytes = try #require(FileManager.default.contents(atPath: Self.path), "docs/failures.md is missing")
        let written = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        let wanted = FailureCatalogue.markdown.split(separator: "\n", omittingEmptySubsequences: false)
        let difference = zip(written, wanted).first { $0 != $1 }
        #expect(difference == nil && written.count == wanted.count, "out of date; run scripts/failures")
    }

    @Test("has an entry of its own for every code")
    func entries() {
        let entries = FailureCatalogue.markdown.split(separator: "\n").filter { $0.hasPrefix("### `") }
            .map { $0.dropFirst(5).prefix { $0 != "`" } }
        for kind in FailureKind.all { #expect(entries.contains { $0 == kind.code }, "\(kind.code)") }
        for kind in ProblemKind.all { #expect(entries.contains { $0 == kind.type }, "\(kind.type)") }
        for code in GatewayError.Code.allCases { #expect(entries.contains { $0 == code.rawValue }, "\(code)") }
    }
}
