public import IngotCore

/// A register or portal whose records Ingot can collect, and how.
public protocol RecordSource: Sendable {
    /// Its parameters are made by ``RecordParameters/schema(_:longestRetention:)``.
    var description: SourceDescription { get }

    /// The most that `retention_days` may be: what the site's terms allow.
    var longestRetentionDays: Int { get }

    /// Names the part of the source that a run with these parameters asks.
    ///
    /// - Parameter host: the site's, in lower case, without a port.
    /// - Throws: `JobFailure` `parameters_invalid`.
    func scope(of host: String, _ parameters: RecordParameters) throws -> String

    /// Asks the site, and writes what it says.
    ///
    /// - Throws: `CancellationError`; `JobFailure`.
    func collect(_ run: RecordRun) async throws -> RecordCollection
}

extension RecordSource {
    public var longestRetentionDays: Int { 3650 }

    public func scope(of host: String, _ parameters: RecordParameters) throws -> String { host }
}

/// What a collection came to.
public struct RecordCollection: Sendable {
    /// Whether all records of the scope were seen, so that what was not is gone.
    public var isWhole: Bool
    /// Whether it is nothing unusual that there are no records, however many are known: of changes only, for example.
    public var mayBeEmpty: Bool

    public init(isWhole: Bool, mayBeEmpty: Bool = false) {
        self.isWhole = isWhole
        self.mayBeEmpty = mayBeEmpty
    }
}
