import FoundationEssentials
import IngotCore
import IngotTesting
import Subprocess
import SystemPackage
import Testing

/// One thing that has to hold in a browser; `Browser/checks` says how it is tried.
struct BrowserCheck: Sendable, CustomTestStringConvertible {
    /// The group and the name.
    let id: String
    let sentence: String

    var testDescription: String { sentence }

    /// The checks of a group, or none where they cannot be run and are skipped.
    static func all(of group: String) async throws -> [BrowserCheck] {
        guard BrowserProgram.absence == nil else { return [] }
        return try await BrowserProgram.checks().filter { $0.id.hasPrefix("\(group).") }
    }

    /// Runs it; what goes wrong becomes an issue with the evidence attached.
    func run() async throws {
        let law = try await SampleStore.shared.law()
        let evidence = BrowserProgram.evidence
        let result = try await BrowserProgram.run([id, "--law", law, "--evidence", evidence])
        guard let line = result.output.split(separator: "\n").last,
            case let outcome = try JSONValue(parsing: line.utf8), outcome["check"] == .string(id)
        else {
            Issue.record("the check has not ended: \(result.output.suffix(2000)) \(result.errors.suffix(4000))")
            return
        }
        if outcome["passed"] == true { return }
        let files = (outcome["evidence"]?.arrayValue ?? []).compactMap(\.stringValue)
        for file in files { Attachment.record(try WholeFile.bytes(file), named: "\(id)-\(FilePath(file).lastName)") }
        let error = outcome["error"]?.stringValue ?? "no error was told"
        Issue.record("\(error)\n\(outcome["trace"]?.stringValue ?? "")\nEvidence: \(evidence)/\(id)")
    }
}

extension FilePath {
    fileprivate var lastName: String { lastComponent?.string ?? "" }
}

/// The law that all checks read, made once; each check's gateway copies it.
private actor SampleStore {
    static let shared = SampleStore()

    private var making: Task<Void, any Error>?

    /// Its folder.
    func law() async throws -> String {
        let making =
            making
            ?? Task {
                let result = try await BrowserProgram.run(["--make-law", BrowserProgram.law])
                guard result.succeeded else { throw LawNotMade(description: result.errors) }
            }
        self.making = making
        try await making.value
        return BrowserProgram.law
    }

    private struct LawNotMade: Error, CustomStringConvertible {
        let description: String
    }
}
