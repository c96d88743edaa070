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
    /// Who sends the requests.
    enum Sender: String, CaseIterable, CustomTestStringConvertible {
        case admin, viewer, nobody

        var testDescription: String { rawValue }

        /// Whose requests are refused early needs fewer of them.
        var examples: Int { self == .admin ? 20 : 4 }
    }

    @Test(
        "None is answered with a failure or not at all, and who may change nothing has changed nothing",
        arguments: Sender.allCases
    )
    func schemathesis(sender: Sender) async throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: folder.path("origin"),
            withIntermediateDirectories: true
        )
        // Nothing leaves the machine: upstream is an empty folder, and jobs are of the source that fetches nothing.
        let arguments = ["--origin", "usc=\(folder.path("origin"))", "--slots", "2", "--requests-per-second", "100000"]
        try await RunningGateway.run(data: folder.path("data"), arguments: arguments) { gateway in
            var key: String?
            switch sender {
            case .admin: key = gateway.key.revealed
            case .viewer:
                let made = try await gateway.send(.POST, "/api/keys", ["role": "viewer"])
                key = try #require(made.body["key"]?.stringValue)
            case .nobody: break
            }
            let before = try await self.changeable(gateway)
            try folder.write(
                "schemathesis.toml",
                """
                \(key == nil ? "" : "headers = { Authorization = \"Bearer ${INGOT_API_KEY}\" }")
                [parameters]
                "path.source" = "probe"
                [phases.stateful]
                enabled = false
                """
            )
            let tool = try #require(ThirdParty.executable("schemathesis"))
            let examples = ProcessInfo.processInfo.environment["INGOT_FUZZ_EXAMPLES"] ?? "\(sender.examples)"
            // One worker: with more threads the tool's own parser of Python sometimes fails.
            let result = try await run(
                .path(FilePath(tool)),
                arguments: [
                    "--config-file", folder.path("schemathesis.toml"), "run", "\(gateway.url)/openapi.yaml",
                    "--checks", "not_a_server_error", "--max-examples", examples, "--seed", "1",
                    "--generation-deterministic", "--request-timeout", "30", "--workers", "1", "--no-color",
                    // Each answer would wait for upstream, or has no end.
                    "--exclude-path-regex", "releases$|ingest/jobs/events$",
                ],
                environment: .inherit.updating(["INGOT_API_KEY": key ?? "", "HOME": folder.path("")]),
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
            if sender != .admin { #expect(try await self.changeable(gateway) == before) }
        }
    }

    /// What somebody who may change things could have changed.
    private func changeable(_ gateway: RunningGateway) async throws -> [JSONValue] {
        var answers: [JSONValue] = []
        for path in ["/api/ingest/jobs", "/api/webhooks", "/api/sources/usc/revisions"] {
            answers.append(try await gateway.send(.GET, path, nil).body)
        }
        // Its other members say when a key was last used.
        let keys = try await gateway.send(.GET, "/api/keys", nil).body["keys"]?.arrayValue ?? []
        return answers + keys.map { .array([$0["id"] ?? .null, $0["revoked_at"] ?? .null]) }
    }
}
