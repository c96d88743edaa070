import ArgumentParser
import IngotCore

/// Assignments on the command line: `NAME=NUMBER`.
enum NamedNumbers {
    /// Reads the assignments of one option.
    ///
    /// - Throws: `ValidationError` naming the option.
    static func parse(_ assignments: [String], option: String, example: String) throws -> [String: Int] {
        var numbers: [String: Int] = [:]
        for assignment in assignments {
            // A host may hold colons, and a number holds no equals sign.
            guard let equals = assignment.lastIndex(of: "="), equals > assignment.startIndex,
                let number = Int(assignment[assignment.index(after: equals)...]), number > 0
            else { throw ValidationError("\(option) takes NAME=NUMBER, for example \(example)") }
            numbers[String(assignment[..<equals])] = number
        }
        return numbers
    }

    /// Reads limits of one attempt by their names.
    ///
    /// - Throws: `ValidationError`.
    static func limits(_ assignments: [String], option: String) throws -> JobLimits {
        var limits = JobLimits()
        for (name, number) in try parse(assignments, option: option, example: "memory_mib=2048") {
            guard let limit = JobLimitName(rawValue: name) else {
                let known = JobLimitName.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("\(option) knows no '\(name)'; there are \(known)")
            }
            guard limit.range.contains(number) else {
                throw ValidationError(
                    "\(option) \(name) is a number from \(limit.range.lowerBound) to \(limit.range.upperBound)"
                )
            }
            limit.set(number, in: &limits)
        }
        return limits
    }

    /// Reads limits of one attempt by source: `SOURCE:NAME=NUMBER`.
    ///
    /// - Throws: `ValidationError`.
    static func limitsBySource(_ assignments: [String], option: String) throws -> [String: JobLimits] {
        var bySource: [String: [String]] = [:]
        for assignment in assignments {
            guard let colon = assignment.firstIndex(of: ":"), colon > assignment.startIndex else {
                throw ValidationError("\(option) takes SOURCE:NAME=NUMBER, for example usc:memory_mib=768")
            }
            bySource[String(assignment[..<colon]), default: []].append(
                String(assignment[assignment.index(after: colon)...])
            )
        }
        return try bySource.mapValues { try limits($0, option: option) }
    }
}
