extension JobFailure {
    /// Failures that a message names; the rest is counted, and all are in the details.
    private static let maximumNamed = 5

    /// One failure for several that happened side by side: it lists them all, and can pass when all of them can.
    ///
    /// - Returns: the failure itself for one; `nil` for none.
    public static func joining(_ failures: [JobFailure]) -> JobFailure? {
        guard failures.count > 1, let first = failures.first else { return failures.first }
        let named = failures.prefix(maximumNamed).map(\.message).joined(separator: " ")
        let others = failures.count > maximumNamed ? " And \(failures.count - maximumNamed) more." : ""
        return JobFailure(
            code: Set(failures.map(\.code)).count == 1 ? first.code : "several_failures",
            message: named + others,
            unit: first.unit,
            advice: first.advice,
            isTransient: failures.allSatisfy(\.isTransient),
            details: failures.map { failure in
                var members: [String: JSONValue] = [
                    "code": .string(failure.code), "message": .string(failure.message),
                ]
                if let unit = failure.unit { members["unit"] = .string(unit) }
                return .object(members)
            }
        )
    }
}
