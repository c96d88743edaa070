import IngotCore
import IngotRunner

@testable import IngotGateway
@testable import IngotLaw

/// `docs/failures.md`: everything that can go wrong, as the code knows it.
enum FailureCatalogue {
    static var markdown: String {
        [opening, jobs, findings, problems, starts, exits].joined(separator: "\n\n") + "\n"
    }

    private static let opening = """
        # Failures

        Every code that Ingot fails with, its cause, and what to do. This page is made from the code by \
        `scripts/failures`; a test fails when it is out of date.

        - [Failures of jobs](#failures-of-jobs): `error.code` of a job, an attempt or a unit, in `ingot job JOB`.
        - [Findings of the validation gate](#findings-of-the-validation-gate): the items of a job that failed as \
        `validation_failed`.
        - [Problems of the HTTP API](#problems-of-the-http-api): the last part of `type` in a problem document.
        - [When a gateway does not start](#when-a-gateway-does-not-start)
        - [Exit codes](#exit-codes)
        """

    private static func entry(_ name: String, _ lines: [String?]) -> String {
        "### `\(name)`\n\n" + lines.compactMap { $0 }.joined(separator: "\n\n")
    }

    private static var jobs: String {
        let entries = FailureKind.all.map { kind in
            let passing =
                switch kind.passes {
                case .never: "Not tried again by itself."
                case .sometimes: "Tried again by itself when this time's cause can pass."
                case .always: "Tried again by itself, as long as attempts are left."
                }
            return entry(kind.code, ["\(kind.cause) \(passing)", "**What to do:** \(kind.remedy)"])
        }
        return (["## Failures of jobs"] + entries).joined(separator: "\n\n")
    }

    private static var findings: String {
        let opening = """
            ## Findings of the validation gate

            A job with a finding fails as `validation_failed` and changes nothing that readers see; `details` of its \
            error lists the findings. One that is about a single node can be accepted where upstream did publish it \
            so: `ingot ingest usc --set 'accept=["announced_missing:/us/usc/t16/s1"]'`.
            """
        let entries = ValidationGate.Rule.allCases.map { rule in
            entry(rule.rawValue, [rule.explanation.cause, "**What to do:** \(rule.explanation.remedy)"])
        }
        return ([opening] + entries).joined(separator: "\n\n")
    }

    private static var problems: String {
        let opening = """
            ## Problems of the HTTP API

            Errors are problem documents (RFC 9457): `type` ends with one of these words, `detail` says what happened \
            this time, and `X-Request-Id` of the answer finds the request in the gateway's log.
            """
        let entries = ProblemKind.all.map { kind in
            entry(kind.type, ["Status \(kind.status). \(kind.cause)", "**What to do:** \(kind.remedy)"])
        }
        return ([opening] + entries).joined(separator: "\n\n")
    }

    private static var starts: String {
        let entries = GatewayError.Code.allCases.sorted { $0.rawValue < $1.rawValue }.map { code in
            entry(code.rawValue, [code.explanation.cause, "**What to do:** \(code.explanation.remedy)"])
        }
        return (["## When a gateway does not start"] + entries).joined(separator: "\n\n")
    }

    private static let exits = """
        ## Exit codes

        Of `ingot`:

        | code | means |
        | --- | --- |
        | 0 | it was done |
        | 1 | something failed, and the message says what |
        | 2 | the command line or a setting is wrong |
        | 3 | no gateway answers, or it takes no requests now |
        | 130 | it was interrupted |

        Of `ingot-runner`, as an attempt that ended by itself shows it:

        | code | means |
        | --- | --- |
        | \(RunnerExitCode.succeeded) | the attempt succeeded, and the gateway knows |
        | \(RunnerExitCode.failed) | the attempt failed, and the gateway knows why |
        | \(RunnerExitCode.usage) | a setting or an argument is missing or wrong; nothing was run |
        | \(RunnerExitCode.superseded) | the gateway does not want this attempt any more |
        | \(RunnerExitCode.gatewayLost) | the gateway could not be reached for so long that the attempt was given up |
        | \(RunnerExitCode.stopped) | it was asked to stop, and did |
        """
}
