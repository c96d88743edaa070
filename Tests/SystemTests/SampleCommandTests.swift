import IngotSamples
import IngotTesting
import Testing

@Suite("The command sample")
struct SampleCommandTests {
    @Test("writes statutes of the size, edition and seed asked for, with their supplement")
    func statutes() async throws {
        let folder = try TemporaryFolder()
        let ingot = IngotCommandLine(data: folder.path("data"))
        let output = folder.path("site")
        let printed = try await ingot.run(
            "sample",
            "cga",
            "--chapters",
            "20",
            "--sections",
            "90",
            "--edition",
            "2",
            "--seed",
            "5",
            "--supplement",
            "--output",
            output
        ).output
        let expected = folder.path("expected")
        let statutes = SampleStatutes(seed: 5, chapters: 20, sections: 90, edition: 2)
        let paths = try statutes.write(toFolder: expected, withSupplement: true)
        #expect(printed.split(separator: "\n").map(String.init) == paths.map { "\(output)/\($0)" })
        #expect(paths.contains("2028/sup/titles.htm"))
        for path in paths {
            #expect(try WholeFile.bytes("\(output)/\(path)") == WholeFile.bytes("\(expected)/\(path)"))
        }
    }

    @Test(
        "refuses sizes that it cannot make",
        arguments: [
            ["cga", "--chapters", "15"], ["cga", "--chapters", "2001"], ["cga", "--sections", "23"],
            ["cga", "--edition", "21"], ["usc", "--title", "100"], ["other"],
        ]
    )
    func refusals(arguments: [String]) async throws {
        let folder = try TemporaryFolder()
        let ingot = IngotCommandLine(data: folder.path("data"))
        let output = ["--output", folder.path("site")]
        let refused = try await ingot.run(["sample"] + arguments + output, expecting: 2)
        #expect(!refused.errors.isEmpty)
        #expect(throws: (any Error).self) { try WholeFile.paths(in: folder.path("site"), suffix: "") }
    }
}
