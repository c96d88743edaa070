import IngotCore

/// A job's id on the command line.
enum JobArgument {
    /// - Throws: `CommandFailure` for what no job is called.
    static func checked(_ text: String) throws -> JobID {
        guard let id = JobID(text) else {
            throw CommandFailure(
                message: "no job has the id '\(text)'\n  `ingot jobs` lists the jobs",
                exitCode: CommandFailure.failed
            )
        }
        return id
    }
}
