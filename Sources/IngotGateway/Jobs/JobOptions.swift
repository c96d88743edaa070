import IngotCore

/// How a job is to be run, as its request says.
struct JobOptions: Sendable, Equatable {
    /// What a request may say of its place in the queue.
    static let priorities = -100...100
    /// How many attempts a request may ask for.
    static let attempts = 1...10

    var priority = 0
    /// `nil`: as many as the gateway gives.
    var maximumAttempts: Int?
    /// What one attempt may use, where the request says less than the operator allows.
    var limits: JobLimits?

    init() {}

    /// The options of a job that is there already.
    init(of job: Job) {
        priority = job.priority
        maximumAttempts = job.maxAttempts
        limits = job.limits
    }

    /// Reads options from a query.
    ///
    /// - Parameters:
    ///   - query: names and values.
    ///   - ceilings: what the operator allows one attempt of the source.
    /// - Throws: ``Problem`` 400 for a name that is not an option, or a value that is out of its range.
    init(query: [(name: String, value: String)], ceilings: JobLimits) throws {
        var wanted = JobLimits()
        for (name, value) in query {
            switch name {
            case "priority": priority = try JobOptions.number(name, value, in: JobOptions.priorities)
            case "max_attempts": maximumAttempts = try JobOptions.number(name, value, in: JobOptions.attempts)
            default:
                guard let limit = JobLimitName(rawValue: name) else {
                    let known = ["priority", "max_attempts"] + JobLimitName.allCases.map(\.rawValue)
                    throw Problem.invalidQuery(
                        name,
                        "is not an option of a job; there are \(known.joined(separator: ", "))"
                    )
                }
                let number = try JobOptions.number(name, value, in: limit.range)
                if let ceiling = limit.value(in: ceilings), number > ceiling {
                    throw Problem.invalidQuery(name, "must not be more than \(ceiling), which the operator has set")
                }
                limit.set(number, in: &wanted)
            }
        }
        limits = wanted == JobLimits() ? nil : wanted
    }

    private static func number(_ name: String, _ text: String, in range: ClosedRange<Int>) throws -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw Problem.invalidQuery(name, "must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}
