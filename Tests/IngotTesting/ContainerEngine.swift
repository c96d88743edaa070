import FoundationEssentials
import Subprocess
import SystemPackage

/// Podman, under settings with which it can run containers on this machine.
public enum ContainerEngine {
    /// What `scripts/container-engine` adds to the environment; `nil` when it found no way to run containers.
    private static let additions = Task<[String: String]?, Never> {
        // This file lies in CHECKOUT/Tests/IngotTesting.
        let checkout = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let result = try? await Subprocess.run(
            .path(FilePath("\(checkout)/scripts/container-engine")),
            output: .string(limit: 65_536),
            error: .discarded
        )
        guard let result, result.terminationStatus.isSuccess else { return nil }
        var additions: [String: String] = [:]
        for line in result.standardOutput.split(separator: "\n") {
            let parts = line.dropFirst("export ".count).split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { continue }
            additions[String(parts[0])] = parts[1].split(separator: "'").joined()
        }
        return additions
    }

    /// What its commands need in their environment; `nil` when containers cannot be run on this machine.
    public static var environment: [String: String]? { get async { await additions.value } }
}
