import IngotCore

/// What stands between a read revision and its readers: every rule that fails is a finding, and one finding fails
/// the job.
struct ValidationGate {
    /// The share of the live revision's nodes of the same units that may disappear unless the request allows more.
    static let defaultShrinkLimit = 0.1

    /// One rule that does not hold.
    struct Finding: Equatable {
        var rule: String
        var unit: String?
        var message: String

        var json: JSONValue {
            var members: [String: JSONValue] = ["rule": .string(rule), "message": .string(message)]
            if let unit { members["unit"] = .string(unit) }
            return .object(members)
        }
    }

    /// What is known of one unit after it was read.
    struct UnitFacts {
        var unit: String
        var nodes: Int
        var liveNodes: Int
        var findings: LawReadingFindings
    }

    private(set) var findings: [Finding] = []

    /// Checks one unit against its own document.
    mutating func check(_ facts: UnitFacts, shrinkLimit: Double) {
        let lost = facts.findings.sourceCharacters - facts.findings.keptCharacters
        if lost != 0 {
            add(
                "text_coverage",
                facts.unit,
                "the document has \(facts.findings.sourceCharacters) characters of text, "
                    + "the nodes hold \(facts.findings.keptCharacters)"
            )
        }
        if facts.nodes == 0 {
            add("unit_empty", facts.unit, "the document holds no node")
        }
        let least = Double(facts.liveNodes) * (1 - shrinkLimit)
        if Double(facts.nodes) < least {
            add(
                "unit_shrunk",
                facts.unit,
                "\(facts.nodes) nodes where the live revision has \(facts.liveNodes)"
            )
        }
    }

    /// Checks that the store would show what was read.
    mutating func check(planned: [String: Int], visible: [String: Int], orphans: [String]) {
        for (unit, nodes) in planned.sorted(by: { $0.key < $1.key }) where visible[unit, default: 0] != nodes {
            add(
                "rows_missing",
                unit,
                "\(nodes) nodes were read, the store would show \(visible[unit, default: 0])"
            )
        }
        for key in orphans {
            add("parent_missing", nil, "the node \(key) has a parent that is not there")
        }
    }

    /// The failure that ends the job, when anything was found.
    var failure: JobFailure? {
        guard let first = findings.first else { return nil }
        let others = findings.count > 1 ? " and \(findings.count - 1) more" : ""
        return JobFailure(
            code: "validation_failed",
            message: "\(first.rule): \(first.message)\(others).",
            unit: first.unit,
            advice: "The live revision is unchanged. Compare the unit's capture with upstream.",
            details: findings.map(\.json)
        )
    }

    private mutating func add(_ rule: String, _ unit: String?, _ message: String) {
        // A broken store could find a million orphans; the first ones tell.
        guard findings.count < 100 else { return }
        findings.append(Finding(rule: rule, unit: unit, message: message))
    }
}
