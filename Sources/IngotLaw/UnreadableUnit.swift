import IngotCore

/// A unit's files are not what they should be: other units can be read all the same, unlike when a store fails.
struct UnreadableUnit: Error {
    var failure: JobFailure

    /// Runs a step of a reader; what it says of its document is thrown as this.
    static func catching<Value>(_ step: () throws -> Value) throws -> Value {
        do {
            return try step()
        } catch let failure as JobFailure where failure.code != "disk_full" {
            throw UnreadableUnit(failure: failure)
        }
    }
}
