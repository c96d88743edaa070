import IngotCore

/// The body of `POST /ingest/{source}`: `jobId`, and perhaps `attempt`, `gateway`, `token` and `origin`; the job's
/// parameters are in `parameters`, or are the other members.
struct RunnerRequest: Sendable {
    /// What is wrong with a body.
    struct Malformed: Error, Sendable, Equatable {
        var problem: String
    }

    private static let ownNames: Set = ["jobId", "attempt", "gateway", "token", "origin", "parameters"]

    private let members: [String: JSONValue]

    init(_ value: JSONValue) throws {
        guard let members = value.objectValue else { throw Malformed(problem: "The body must be a JSON object.") }
        self.members = members
    }

    /// The attempt to run: what the body says over what the settings say.
    ///
    /// - Throws: ``Malformed``; `SettingsError` when the stores are not configured.
    func assignment(source: String, settings: Settings) throws -> Assignment {
        var job = JobID.make()
        if let value = members["jobId"] {
            guard let id = value.stringValue.flatMap({ JobID($0) }) else {
                throw Malformed(problem: "'jobId' must be a UUID of version 7.")
            }
            job = id
        }
        var attempt = 1
        if let value = members["attempt"] {
            guard let number = value.integerValue, number > 0 else {
                throw Malformed(problem: "'attempt' must be a positive number.")
            }
            attempt = Int(number)
        }
        let rest = members.filter { !RunnerRequest.ownNames.contains($0.key) }
        return Assignment(
            job: job,
            source: source,
            parameters: members["parameters"] ?? .object(rest),
            attempt: attempt,
            token: try text("token").map(Secret.init) ?? settings.string(Assignment.Name.token).map(Secret.init),
            gateway: try text("gateway") ?? settings.string(Assignment.Name.gateway),
            origin: try text("origin") ?? settings.string(Assignment.Name.origin),
            storage: try StorageSettings(settings: settings),
            workFolder: try settings.string(Assignment.Name.workFolder)
        )
    }

    private func text(_ name: String) throws -> String? {
        guard let value = members[name] else { return nil }
        guard let text = value.stringValue else { throw Malformed(problem: "'\(name)' must be text.") }
        return text
    }
}
