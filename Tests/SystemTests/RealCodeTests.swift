import IngotCore
import IngotTesting
import Subprocess
import SystemPackage
import Testing

@Suite(
    "The real Code, held against an independent reader",
    .fillsTheMachine,
    .enabled(if: SharedFolder.path != nil, "the shared folder is not beside the checkout")
)
struct RealCodeTests {
    private let shared = SharedFolder.path ?? ""

    /// Runs the independent checker over an export and the documents that it should hold.
    private func check(_ export: String, _ documents: [String]) async throws {
        let python = try #require(await Python.with("lxml"), "no python3 with lxml; run scripts/setup --tests")
        let result = try await Subprocess.run(
            .path(FilePath(python)),
            arguments: Arguments([shared + "/tools/check_usc.py", export] + documents),
            output: .string(limit: 4 << 20),
            error: .string(limit: 1 << 20)
        )
        #expect(result.terminationStatus.isSuccess, "\(result.standardOutput) \(result.standardError)")
    }

    @Test("every character of every title of release 119-36 is in the export")
    func release11936() async throws {
        let folder = try TemporaryFolder()
        let release = shared + "/data/usc-olrc/rp-119-36"
        let ingot = IngotCommandLine(data: folder.path + "/data")
        try await ingot.run("ingest", "usc", "--from", release)
        let export = try folder.write("out.ndjson", await ingot.run("export", "usc", "--format", "ndjson").output)
        try await check(export, WholeFile.paths(in: release, suffix: ".zip"))

        // The same again costs no row; a later release of one title costs what it changed.
        try await ingot.run("ingest", "usc", "--from", release)
        #expect(try await ingot.newestJob().result?["counts"]?["rows_written"] == 0)
        let before = try await ingot.run("get", "/us/usc/t1/s1").output
        try await ingot.run("ingest", "usc", "--from", shared + "/data/usc-olrc/rp-119-59")
        let counts = try await ingot.newestJob().result?["counts"]
        let written = try #require(counts?["rows_written"]?.integerValue)
        #expect((1..<10).contains(written), "\(written) rows for a release that changed a few nodes")
        #expect(try await ingot.run("get", "/us/usc/t1/s1", "--at", "119-36").output == before)
        #expect(try await ingot.run("verify", "usc").output.contains(" 0 problems"))
    }
}
