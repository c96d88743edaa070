import IngotCore

/// What a request says of a schedule.
enum ScheduleBody {
    /// - Parameter isNew: whether a definition and a timing have to be there.
    static func schema(isNew: Bool) -> JSONValue {
        var schema: [String: JSONValue] = [
            "type": "object",
            "properties": .object(members.merging(isNew ? ["job_id": ["type": "integer"]] : [:]) { $1 }),
            "additionalProperties": false,
        ]
        if isNew { schema["required"] = ["job_id", "timing"] }
        return .object(schema)
    }

    private static let members: [String: JSONValue] = [
        "timing": ["type": "object"],
        "config": ["type": "object"],
        "enabled": ["type": "boolean"],
        "missed": [
            "type": "object",
            "properties": [
                "policy": [
                    "type": "string", "enum": .array(MissedTicks.Policy.allCases.map { .string($0.rawValue) }),
                ],
                "most": number(in: MissedTicks.counts),
                "grace_seconds": number(in: MissedTicks.graces),
            ],
            "additionalProperties": false,
        ],
        "overlap": ["type": "string", "enum": .array(OverlapPolicy.allCases.map { .string($0.rawValue) })],
        "jitter_seconds": number(in: Schedule.jitters),
        "deadline_seconds": number(in: Schedule.deadlines, orNull: true),
    ]

    private static func number(in range: ClosedRange<Int>, orNull: Bool = false) -> JSONValue {
        [
            "type": orNull ? ["integer", "null"] : "integer", "minimum": .integer(Int64(range.lowerBound)),
            "maximum": .integer(Int64(range.upperBound)),
        ]
    }

    /// Changes a schedule as a body says that fits the schema; what it does not name stays.
    ///
    /// - Throws: ``Problem``.
    static func apply(_ body: JSONValue, to schedule: inout Schedule, at now: Timestamp) throws {
        if let timing = body["timing"] { schedule.timing = try Self.timing(timing, at: now) }
        if let parameters = body["config"] { schedule.parameters = parameters }
        if let isEnabled = body["enabled"]?.boolValue { schedule.isEnabled = isEnabled }
        if let missed = body["missed"] {
            if let policy = missed["policy"]?.stringValue.flatMap(MissedTicks.Policy.init) {
                schedule.missed.policy = policy
            }
            if let most = missed["most"]?.integerValue { schedule.missed.most = Int(most) }
            if let grace = missed["grace_seconds"]?.integerValue { schedule.missed.graceSeconds = Int(grace) }
        }
        if let overlap = body["overlap"]?.stringValue.flatMap(OverlapPolicy.init) { schedule.overlap = overlap }
        if let jitter = body["jitter_seconds"]?.integerValue { schedule.jitterSeconds = Int(jitter) }
        if let deadline = body["deadline_seconds"] { schedule.deadlineSeconds = deadline.integerValue.map { Int($0) } }
    }

    /// - Throws: ``Problem`` naming what is wrong with the timing.
    static func timing(_ value: JSONValue, at now: Timestamp) throws -> ScheduleTiming {
        do { return try ScheduleTiming(value, at: now) } catch {
            throw Problem.invalidBody("/timing\(error.pointer)", error.problem)
        }
    }
}
