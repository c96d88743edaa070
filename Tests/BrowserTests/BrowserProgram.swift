import FoundationEssentials
import IngotCore
import IngotTesting
import Subprocess
import SystemPackage

/// The program in Python that drives Chromium.
enum BrowserProgram {
    /// Why the checks are skipped; `nil` when all that they need is there.
    static let absence: String? = {
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/chromium") else {
            return "Chromium is \(ThirdParty.absence)"
        }
        guard ThirdParty.executable("playwright") != nil else { return "Playwright is \(ThirdParty.absence)" }
        return nil
    }()

    // This file lies in CHECKOUT/Tests/BrowserTests.
    private static let checkout = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    /// Where the evidence of failed checks stays.
    static let evidence = "\(checkout)/.build/browser-evidence"

    /// Where the sample law of a run lies; the next one makes it anew.
    static let law = "\(checkout)/.build/browser-law"

    struct Outcome {
        var succeeded: Bool
        var output: String
        var errors: String
    }

    /// Runs it with the executables of this build.
    static func run(_ arguments: [String]) async throws -> Outcome {
        let program = "\(checkout)/Tests/BrowserTests/Browser/run.py"
        let python = ThirdParty.executable("python") ?? "python3"
        let result = try await Subprocess.run(
            .path(FilePath(python)),
            arguments: Arguments([program, "--ingot", executable] + arguments),
            input: .none,
            output: .string(limit: 16 << 20),
            error: .string(limit: 4 << 20)
        )
        return Outcome(
            succeeded: result.terminationStatus == .exited(0),
            output: result.standardOutput,
            errors: result.standardError
        )
    }

    /// What there is to check.
    static func checks() async throws -> [BrowserCheck] {
        let result = try await run(["--list"])
        let checks = try result.output.split(separator: "\n").compactMap { line -> BrowserCheck? in
            let value = try JSONValue(parsing: line.utf8)
            guard let id = value["check"]?.stringValue, let sentence = value["sentence"]?.stringValue else {
                return nil
            }
            return BrowserCheck(id: id, sentence: sentence)
        }
        guard result.succeeded, !checks.isEmpty else { throw NoList(description: result.errors) }
        return checks
    }

    private struct NoList: Error, CustomStringConvertible {
        let description: String
    }

    /// The `ingot` beside the tests, or the one in the folder `INGOT_BIN`.
    private static var executable: String {
        if let folder = ProcessInfo.processInfo.environment["INGOT_BIN"] { return "\(folder)/ingot" }
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return own.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") + "/ingot"
    }
}
