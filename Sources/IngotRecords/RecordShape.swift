public import IngotCore

/// The members that each row of a site's list is known to have: the canary for a site that has changed.
public struct RecordShape: Sendable {
    /// What a row is called in errors, for example `closed call`.
    public var name: String
    public var required: Set<String>
    public var optional: Set<String>

    public init(_ name: String, required: Set<String>, optional: Set<String> = []) {
        self.name = name
        self.required = required
        self.optional = optional
    }

    /// Looks at rows.
    ///
    /// - Parameter place: where they stand, for the message.
    /// - Throws: `JobFailure` `records_shape`, with the members that are missing and the ones that are unknown.
    public func check(_ rows: [JSONValue], in place: String) throws {
        for (index, row) in rows.enumerated() {
            guard let members = row.objectValue else {
                throw failure("row \(index) of \(place) is not an object", [])
            }
            let names = Set(members.keys)
            let missing = required.subtracting(names).sorted()
            let unknown = names.subtracting(required).subtracting(optional).sorted()
            guard !missing.isEmpty || !unknown.isEmpty else { continue }
            var parts: [String] = []
            if !missing.isEmpty { parts.append("lacks \(Self.listed(missing))") }
            if !unknown.isEmpty { parts.append("has \(Self.listed(unknown)), which nobody knows") }
            throw failure(
                "row \(index) of \(place) " + parts.joined(separator: " and "),
                [
                    [
                        "missing": .array(missing.prefix(50).map(JSONValue.string)),
                        "unknown": .array(unknown.prefix(50).map { .string(String($0.prefix(100))) }),
                    ]
                ]
            )
        }
    }

    private static func listed(_ names: [String]) -> String {
        names.prefix(10).map { "“\($0.prefix(40))”" }.joined(separator: ", ")
    }

    private func failure(_ reason: String, _ details: [JSONValue]) -> JobFailure {
        JobFailure(
            code: "records_shape",
            message: "The list has changed: \(name) \(reason).",
            advice: "Look at the site. If the rows are well all the same, start the job with \"allow_shape\": true.",
            details: details
        )
    }
}
