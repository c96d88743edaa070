import IngotTesting
import Subprocess
import SystemPackage
import Testing

@Suite("Output that breaks off", .fillsTheMachine)
struct BrokenOutputTests {
    @Test("an answer that ends in the middle ends the command with an error", arguments: ["ndjson", "csv"])
    func brokenAnswer(format: String) async throws {
        let folder = try TemporaryFolder()
        let gateway = try await RawServer([
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\n{\"a\":1\r\n"
        ])
        let ingot = IngotCommandLine(data: folder.path("data"))
        let export = try await ingot.run(
            "export",
            "usc",
            "--format",
            format,
            "--gateway",
            gateway.url,
            expecting: 3
        )
        #expect(export.output == "{\"a\":1")
        #expect(export.errors.contains("not complete"))
        try await ingot.run("get", "/us/usc/t1/s1", "--gateway", gateway.url, expecting: 3)
        try await gateway.close()
    }

    @Test("a reader that goes away ends the command with an error")
    func noReader() async throws {
        let folder = try TemporaryFolder()
        let release = try folder.sample("release", label: "900-1")
        let ingot = IngotCommandLine(data: folder.path("data"))
        try await ingot.run("ingest", "usc", "--from", release)
        let pipe = try FileDescriptor.pipe()
        try pipe.readEnd.close()
        let result = try await run(
            .path(FilePath(BuiltProducts.path("ingot"))),
            arguments: ["export", "usc", "--data", folder.path("data")],
            output: .fileDescriptor(pipe.writeEnd, closeAfterSpawningProcess: true),
            error: .string(limit: 1 << 16)
        )
        #expect(result.terminationStatus == .exited(1))
        #expect(result.standardError.contains("reader"))
    }
}
