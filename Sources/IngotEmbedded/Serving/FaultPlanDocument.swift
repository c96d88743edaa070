import IngotCore

extension FaultPlan {
    /// Reads a plan from a JSON document.
    ///
    /// ```json
    /// {
    ///   "seed": 1,
    ///   "database": {
    ///     "first": [null, "drop_after", {"fault": "rate_limited", "retry_after_s": 1}],
    ///     "chances": [{"fault": "trickle", "seconds": 2, "probability": 0.05}]
    ///   },
    ///   "objects": {"chances": [{"fault": "corrupted_body", "probability": 0.01}]},
    ///   "database_call_budget": 1200,
    ///   "window_s": 300
    /// }
    /// ```
    ///
    /// Every member may be missing. The faults are `delay` and `trickle`, which need `seconds`; `rate_limited`, which
    /// may have `retry_after_s`; `overloaded`, `internal_error`, `gateway_timeout`, `drop_before`, `drop_after`,
    /// `truncated_body` and `corrupted_body`.
    ///
    /// - Throws: ``FaultPlanError`` when the document is not exactly such a plan.
    public init(parsing document: [UInt8]) throws(FaultPlanError) {
        self = try FaultPlanDocument.plan(document)
    }
}

/// A document is not a fault plan.
public struct FaultPlanError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Where in the document: `database.chances[0].probability`; empty for the document itself.
    public let place: String
    public let reason: String

    public init(place: String, reason: String) {
        self.place = place
        self.reason = reason
    }

    public var description: String { "fault plan: \(place.isEmpty ? "" : "\(place): ")\(reason)" }
}

/// The form of a fault plan on paper.
///
/// What it does not know, it refuses: a misspelled fault would never happen, and a trial with it would show nothing.
private enum FaultPlanDocument {
    private static let largestDocument = 64 << 10
    private static let mostFaults = 1000
    private static let longestSeconds: ClosedRange<Double> = 0...600
    private static let retryAfterSeconds: ClosedRange<Int64> = 0...3600
    private static let callBudget: ClosedRange<Int64> = 1...1_000_000
    private static let windowSeconds: ClosedRange<Int64> = 1...3600

    private static let faultNames = [
        "corrupted_body", "delay", "drop_after", "drop_before", "gateway_timeout", "internal_error", "overloaded",
        "rate_limited", "trickle", "truncated_body",
    ]

    static func plan(_ document: [UInt8]) throws(FaultPlanError) -> FaultPlan {
        guard document.count <= largestDocument else {
            throw FaultPlanError(
                place: "",
                reason: "it has \(document.count) bytes, and \(largestDocument) are allowed"
            )
        }
        let value: JSONValue
        do {
            value = try JSONParser.parse(document, maximumDepth: 5)
        } catch {
            throw FaultPlanError(place: "", reason: error.description)
        }
        let members = try members(
            value,
            at: "",
            known: ["seed", "database", "objects", "database_call_budget", "window_s"]
        )
        var plan = FaultPlan()
        if let seed = members["seed"] { plan.seed = UInt64(try whole(seed, at: "seed", within: 0...Int64.max)) }
        if let script = members["database"] { plan.database = try self.script(script, at: "database") }
        if let script = members["objects"] { plan.objects = try self.script(script, at: "objects") }
        if let budget = members["database_call_budget"] {
            plan.databaseCallBudget = Int(try whole(budget, at: "database_call_budget", within: callBudget))
        }
        if let window = members["window_s"] {
            plan.window = .seconds(try whole(window, at: "window_s", within: windowSeconds))
        }
        return plan
    }

    private static func script(_ value: JSONValue, at place: String) throws(FaultPlanError) -> FaultPlan.Script {
        let members = try members(value, at: place, known: ["first", "chances"])
        var script = FaultPlan.Script()
        for (index, entry) in try list(members["first"], at: "\(place).first").enumerated() {
            let place = "\(place).first[\(index)]"
            switch entry {
            case .null: script.first.append(nil)
            case .string: script.first.append(try fault(["fault": entry], at: place))
            default:
                script.first.append(
                    try fault(
                        try self.members(entry, at: place, known: ["fault", "seconds", "retry_after_s"]),
                        at: place
                    )
                )
            }
        }
        for (index, entry) in try list(members["chances"], at: "\(place).chances").enumerated() {
            let place = "\(place).chances[\(index)]"
            let members = try self.members(
                entry,
                at: place,
                known: ["fault", "probability", "seconds", "retry_after_s"]
            )
            let probability = try number(members["probability"], at: "\(place).probability", within: 0...1)
            script.chances.append(FaultPlan.Chance(try fault(members, at: place), probability: probability))
        }
        return script
    }

    private static func fault(
        _ members: [String: JSONValue],
        at place: String
    ) throws(FaultPlanError) -> FaultPlan.Fault {
        guard case .string(let name)? = members["fault"], faultNames.contains(name) else {
            throw FaultPlanError(
                place: "\(place).fault",
                reason: "is not a fault; there are \(faultNames.joined(separator: ", "))"
            )
        }
        let lasts = name == "delay" || name == "trickle"
        for (member, belongs) in [("seconds", lasts), ("retry_after_s", name == "rate_limited")]
        where !belongs && members[member] != nil {
            throw FaultPlanError(place: "\(place).\(member)", reason: "\(name) has no such member")
        }
        switch name {
        case "delay", "trickle":
            let seconds = try number(members["seconds"], at: "\(place).seconds", within: longestSeconds)
            return name == "delay" ? .delay(.seconds(seconds)) : .trickle(.seconds(seconds))
        case "rate_limited":
            guard let value = members["retry_after_s"] else { return .rateLimited(retryAfterSeconds: nil) }
            let seconds = try whole(value, at: "\(place).retry_after_s", within: retryAfterSeconds)
            return .rateLimited(retryAfterSeconds: Int(seconds))
        case "overloaded": return .overloaded
        case "internal_error": return .internalError
        case "gateway_timeout": return .gatewayTimeout
        case "drop_before": return .dropBefore
        case "drop_after": return .dropAfter
        case "truncated_body": return .truncatedBody
        default: return .corruptedBody
        }
    }

    // MARK: - Values

    private static func members(
        _ value: JSONValue,
        at place: String,
        known: [String]
    ) throws(FaultPlanError) -> [String: JSONValue] {
        guard case .object(let members) = value else { throw FaultPlanError(place: place, reason: "is not an object") }
        if let unknown = members.keys.filter({ !known.contains($0) }).min() {
            throw FaultPlanError(
                place: place.isEmpty ? unknown : "\(place).\(unknown)",
                reason: "is not known; there are \(known.joined(separator: ", "))"
            )
        }
        return members
    }

    private static func list(_ value: JSONValue?, at place: String) throws(FaultPlanError) -> [JSONValue] {
        guard let value else { return [] }
        guard case .array(let list) = value else { throw FaultPlanError(place: place, reason: "is not an array") }
        guard list.count <= mostFaults else {
            throw FaultPlanError(place: place, reason: "has \(list.count) entries, and \(mostFaults) are allowed")
        }
        return list
    }

    private static func whole(
        _ value: JSONValue,
        at place: String,
        within range: ClosedRange<Int64>
    ) throws(FaultPlanError) -> Int64 {
        guard let whole = value.integerValue, range.contains(whole) else {
            throw FaultPlanError(
                place: place,
                reason: "is not a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return whole
    }

    private static func number(
        _ value: JSONValue?,
        at place: String,
        within range: ClosedRange<Double>
    ) throws(FaultPlanError) -> Double {
        let number: Double? =
            switch value {
            case .integer(let whole)?: Double(whole)
            case .number(let number)?: number
            default: nil
            }
        guard let number, range.contains(number) else {
            throw FaultPlanError(
                place: place,
                reason: "is not a number from \(Int64(range.lowerBound)) to \(Int64(range.upperBound))"
            )
        }
        return number
    }
}
