import FoundationEssentials
import Glibc
import IngotCore

/// What a runner was told in confidence, said in every form in which a program might write it: a careless source, for
/// tests of what the gateway does with its words.
struct ProbeRevelation {
    let settings: [(name: String, value: String)]
    /// A line a setting and form.
    let lines: [String]

    /// - Throws: `SettingsError`.
    init(of settings: Settings) throws {
        self.settings = try Self.names.compactMap { name in
            try settings.string(name).map { (name, $0) }
        }
        lines = self.settings.flatMap { name, value in
            [
                "\(name) as it is: \(value)",
                "\(name) percent-encoded: \(PercentEncoding.encode(value))",
                "\(name) as JSON: \(JSONValue.string(value).canonicalText)",
                "\(name) as base64: \(Data(value.utf8).base64EncodedString())",
                "\(name) within base64: \(Data("\(name):\(value)".utf8).base64EncodedString())",
            ]
        }
    }

    private static let names = [
        Assignment.Name.token, Assignment.Name.origin, StorageSettings.Name.databaseToken,
        StorageSettings.Name.secretAccessKey, StorageSettings.Name.sessionToken,
    ]

    /// Says the lines wherever a runner can say something while it runs.
    func tell(_ progress: any ProgressReporting) {
        for line in lines {
            progress.log(line)
            progress.progress(0, line)
            progress.unit(line, .done, counts: [line: 1], error: nil)
            let bytes = Array((line + "\n").utf8)
            _ = write(STDERR_FILENO, bytes, bytes.count)
        }
    }
}
