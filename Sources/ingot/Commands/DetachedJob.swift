import IngotCore

/// A job that a command has started and does not follow.
struct DetachedJob {
    let id: JobID

    init(_ id: JobID) { self.id = id }

    /// Prints the id, alone, so that a shell can keep it.
    func print(json: Bool) throws {
        try StandardOutput.line(
            json ? JSONValue.object(["jobId": .string(id.rawValue)]).canonicalText : id.rawValue
        )
    }
}
