import ArgumentParser
import IngotCore
import IngotGateway
import Logging

/// The command `ingot doctor`.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Checks credentials, rights, stores, the runner and the disk, and says what to fix.",
        discussion: """
            Looks at the stores that the environment names, or at the embedded ones of the data folder. It writes a \
            row and an object, reads them back and removes them.

            Ends with 1 when a check failed.

            --json prints one line a check: {"area", "check", "outcome": "ok", "warning", "failed" or "skipped", "detail", \
            "advice"}.

            Examples:
              ingot doctor
              D1_API_TOKEN_FILE=token.txt CF_ACCOUNT_ID=… ingot doctor --json
            """
    )

    @Option(help: "The folder of the embedded store. (environment: INGOT_DATA; default: the XDG data folder)")
    var data: String?

    @Flag(help: "Print the findings as JSON lines.")
    var json = false

    func run() async throws {
        let gateway = try OwnGateway(dataFolder: try ConnectionOptions.dataFolder(data), logLevel: .error)
        let failures = FailureCount()
        try await gateway.examine { [json] finding in
            if finding.outcome == .failed { await failures.increase() }
            try StandardOutput.line(json ? JSONText.string(finding) : Self.text(of: finding))
        }
        let count = await failures.count
        guard count == 0 else {
            throw CommandFailure(
                message: "\(count) \(count == 1 ? "check" : "checks") failed",
                exitCode: CommandFailure.failed
            )
        }
    }

    /// `ok       database  answers: median 1.2 ms`, with the advice on a line below.
    private static func text(of finding: Finding) -> String {
        let outcome = finding.outcome.rawValue.padded(to: 9)
        let what = "\(finding.area.rawValue.padded(to: 10))\(finding.check)"
        let detail = TerminalText.line(finding.detail)
        guard let advice = finding.advice else { return "\(outcome)\(what): \(detail)" }
        return "\(outcome)\(what): \(detail)\n         to do: \(TerminalText.line(advice))"
    }
}

private actor FailureCount {
    private(set) var count = 0

    func increase() { count += 1 }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(1, width - count))
    }
}
