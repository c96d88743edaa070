import IngotCore

/// What a request says of a job definition.
enum DefinitionBody {
    /// - Parameter isNew: whether a name and a source have to be there.
    static func schema(isNew: Bool) -> JSONValue {
        var schema: [String: JSONValue] = [
            "type": "object",
            "properties": .object(
                members.merging(isNew ? ["source": ["type": "string", "maxLength": 200]] : [:]) { $1 }
            ),
            "additionalProperties": false,
        ]
        if isNew { schema["required"] = ["name", "source"] }
        return .object(schema)
    }

    private static let members: [String: JSONValue] = [
        "name": ["type": "string", "minLength": 1, "maxLength": 100],
        "config": ["type": "object"],
        "enabled": ["type": ["boolean", "integer"], "minimum": 0, "maximum": 1],
        "retries": [
            "type": "object",
            "properties": [
                "endless": [
                    "type": "object",
                    "properties": [
                        "shortest_pause_seconds": ["type": "number", "minimum": 1, "maximum": 3600],
                        "longest_pause_seconds": ["type": "number", "minimum": 1, "maximum": 3600],
                        "deadline_seconds": ["type": "integer", "minimum": 1, "maximum": 31_536_000],
                    ],
                    "additionalProperties": false,
                ]
            ],
            "additionalProperties": false,
        ],
        "max_attempts": ["type": ["integer", "null"], "minimum": 1, "maximum": 10],
        "priority": ["type": "integer", "minimum": -100, "maximum": 100],
        "limits": [
            "type": ["object", "null"],
            "properties": .object(
                Dictionary(
                    uniqueKeysWithValues: JobLimitName.allCases.map { name in
                        (
                            name.rawValue,
                            [
                                "type": "integer", "minimum": .integer(Int64(name.range.lowerBound)),
                                "maximum": .integer(Int64(name.range.upperBound)),
                            ]
                        )
                    }
                )
            ),
            "additionalProperties": false,
        ],
        "host_terms": [
            "type": ["object", "null"],
            "required": ["requests_per_hour", "reason"],
            "properties": [
                "requests_per_hour": [
                    "type": "integer", "minimum": .integer(Int64(HostTerms.hourlyRequests.lowerBound)),
                    "maximum": .integer(Int64(HostTerms.hourlyRequests.upperBound)),
                ],
                "reason": ["type": "string", "minLength": 1, "maxLength": 500],
            ],
            "additionalProperties": false,
        ],
    ]

    /// Changes a definition as a body says that fits the schema; what it does not name stays.
    ///
    /// - Throws: ``Problem``.
    static func apply(
        _ body: JSONValue,
        to definition: inout JobDefinition,
        ceilings: JobLimits,
        by caller: String?,
        at now: Timestamp
    ) throws {
        if let name = body["name"]?.stringValue {
            guard JobDefinition.isName(name) else {
                throw Problem.invalidBody("/name", "must be letters, digits, '-', '_', '.' and spaces inside")
            }
            definition.name = name
        }
        if let parameters = body["config"] { definition.parameters = parameters }
        if let enabled = body["enabled"] {
            definition.isEnabled = enabled.boolValue ?? (enabled.integerValue == 1)
        }
        if let retries = body["retries"] { definition.retries = try Self.retries(retries) }
        if let attempts = body["max_attempts"] { definition.maximumAttempts = attempts.integerValue.map { Int($0) } }
        if let priority = body["priority"]?.integerValue { definition.priority = Int(priority) }
        if let limits = body["limits"] { definition.limits = try Self.limits(limits, ceilings) }
        if let terms = body["host_terms"] {
            definition.hostTerms = terms["requests_per_hour"]?.integerValue.map { number in
                HostTermsOverride(
                    terms: HostTerms(requestsPerHour: Int(number)),
                    reason: terms["reason"]?.stringValue ?? "",
                    decidedBy: caller,
                    decidedAt: now
                )
            }
        }
    }

    private static func retries(_ value: JSONValue) throws -> JobRetries {
        guard let members = value["endless"] else { return .bounded }
        var endless = EndlessRetries()
        if let pause = members["shortest_pause_seconds"]?.realValue { endless.shortestPause = pause }
        if let pause = members["longest_pause_seconds"]?.realValue { endless.longestPause = pause }
        endless.deadlineSeconds = members["deadline_seconds"]?.integerValue.map { Int($0) }
        guard endless.shortestPause <= endless.longestPause else {
            throw Problem.invalidBody("/retries/endless/longest_pause_seconds", "must not be less than the shortest")
        }
        return .endless(endless)
    }

    private static func limits(_ value: JSONValue, _ ceilings: JobLimits) throws -> JobLimits? {
        guard let members = value.objectValue, !members.isEmpty else { return nil }
        var limits = JobLimits()
        for name in JobLimitName.allCases {
            guard let number = members[name.rawValue]?.integerValue.map({ Int($0) }) else { continue }
            if let ceiling = name.value(in: ceilings), number > ceiling {
                throw Problem.invalidBody(
                    "/limits/\(name.rawValue)",
                    "must not be more than \(ceiling), which the operator has set"
                )
            }
            name.set(number, in: &limits)
        }
        return limits
    }
}

extension JSONValue {
    fileprivate var realValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}
