import ArgumentParser
import IngotEmbedded

/// What the embedded stores do wrong on purpose.
struct FaultOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A JSON file that says which calls of the embedded stores go wrong, for trying clients against them.",
            valueName: "file"
        )
    )
    var faults: String?

    /// - Throws: `CommandFailure` when the file cannot be read or understood.
    var plan: FaultPlan? {
        get throws {
            guard let faults else { return nil }
            do {
                return try FaultPlan(parsing: Array(try wholeFile(faults).utf8))
            } catch {
                throw CommandFailure(message: "\(faults): \(error)", exitCode: CommandFailure.usage)
            }
        }
    }
}
