import IngotCore

/// The JSON of the events, one shape for each kind.
enum EventData {
    /// `progress`: where the job is.
    struct Progress: Encodable {
        var status: JobStatus
        var progress: Int
        var message: String?
        var attempt: Int
        var at: Timestamp
    }

    /// `unit`: a unit changed its state.
    struct Unit: Encodable {
        var unit: String
        var status: UnitStatus
        var counts: [String: Int64]?
        var error: JobFailure?
        var at: Timestamp
    }

    /// `log`: lines that the runner wrote, and how many more there were.
    struct Log: Encodable {
        var lines: [String]
        var omitted: Int
        var at: Timestamp
    }

    static func encode(_ value: some Encodable) -> [UInt8] {
        // These shapes hold nothing that JSON cannot say.
        (try? JSONText.encode(value)) ?? Array("null".utf8)
    }
}
