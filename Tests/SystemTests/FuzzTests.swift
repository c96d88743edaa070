import FoundationEssentials
import IngotCore
import IngotTesting
import NIOHTTP1
import Subprocess
import SystemPackage
import Testing

/// Thousands of requests that a program made up from the API's own description.
@Suite(
    "The API under made-up requests",
    .fillsTheMachine,
    .timeLimit(.minutes(10)),
    .enabled(if: ThirdParty.executable("schemathesis") != nil, "\(ThirdParty.absence)")
)
struct FuzzTests {
    @Test("No request is answered with a failure of the gateway, and none is left without an answer")
    func schemathesis() async throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: folder.path("origin"),
            withIntermediateDirectories: true
        )
        // Nothing leaves the machine: upstream is an empty folder, and jobs are of the source that fetches nothing.
        let arguments = ["--origin", "usc=\(folder.path("origin"))", "--slots", "2"]
        try await RunningGateway.run(data: folder.path("data"), arguments: arguments) { gateway in
            try folder.write(
                "schemathesis.toml",
                """
                headers = { Authorization = "Bearer ${INGOT_API_KEY}" }
                [parameters]
                "path.source" = "probe"
                [phases.stateful]
                enabled = false
                """
            )
            let tool = try #require(ThirdParty.executable("schemathesis"))
            let examples = ProcessInfo.processInfo.environment["INGOT_FUZZ_EXAMPLES"] ?? "20"
            // One worker: with more threads the tool's own parser of Python sometimes fails.
            let result = try await run(
                .path(FilePath(tool)),
                arguments: [
                    "--config-file", folder.path("schemathesis.toml"), "run", "\(gateway.url)/openapi.yaml",
                    "--checks", "not_a_server_error", "--max-examples", examples, "--seed", "1",
                    "--generation-deterministic", "--request-timeout", "30", "--workers", "1", "--no-color",
                    // A wait for upstream, and the address that ends the key in use.
                    "--exclude-path-regex", "releases$",
                ],
                environment: .inherit.updating(["INGOT_API_KEY": gateway.key.revealed, "HOME": folder.path("")]),
                workingDirectory: FilePath(folder.path("")),
                output: .string(limit: 16 << 20),
                error: .string(limit: 1 << 20)
            )
            #expect(
                result.terminationStatus == .exited(0),
                "\(result.standardOutput.suffix(6000)) \(result.standardError.suffix(2000))"
            )
            let ready = try await gateway.send(.GET, "/readyz", nil)
            #expect(ready.status == 200)
        }
    }
}
