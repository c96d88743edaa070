import IngotCore

/// What stands between a read revision and its readers: every rule that fails is a finding, and one finding fails
/// the job.
struct ValidationGate {
    /// The share of a unit's live nodes that may disappear unless the request allows more.
    ///
    /// Real releases lose up to a quarter of a small appendix when acts are moved elsewhere.
    static let defaultShrinkLimit = 1.0 / 3

    /// What must hold of a revision.
    enum Rule: String, Sendable, CaseIterable {
        // Of each unit by itself, see UnitCheck.
        case textCoverage = "text_coverage"
        case unitEmpty = "unit_empty"
        case keyTwice = "key_twice"
        case announcedMissing = "announced_missing"
        case announcedVanished = "announced_vanished"
        case nodeTwice = "node_twice"
        case pieceEmpty = "piece_empty"
        case unitShrunk = "unit_shrunk"
        // Of the revision as the store would show it.
        case unitNotDone = "unit_not_done"
        case rowsMissing = "rows_missing"
        case parentMissing = "parent_missing"
    }

    /// A finding about one node that the request accepts, because upstream did publish it so: `RULE:KEY`.
    struct Acceptance: Hashable {
        var rule: Rule
        var key: String

        init(rule: Rule, key: String) {
            self.rule = rule
            self.key = key
        }

        /// - Returns: `nil` when the text is not of this form, or its rule is not about single nodes.
        init?(_ text: String) {
            let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
            guard parts.count == 2, let rule = Rule(rawValue: parts[0]), Self.rules.contains(rule) else { return nil }
            self.init(rule: rule, key: parts[1])
        }

        /// The rules whose findings can be right about a document as upstream publishes it.
        static let rules: [Rule] = [.announcedMissing, .announcedVanished, .nodeTwice, .pieceEmpty]
        /// The form of an acceptance, as a regular expression.
        static let pattern = "^(" + rules.map(\.rawValue).joined(separator: "|") + "):/.{1,999}$"
    }

    /// One rule that does not hold.
    struct Finding: Equatable {
        var rule: Rule
        var unit: String?
        var message: String
        /// The nodes that it is about, at most a few.
        var keys: [String] = []

        var json: JSONValue {
            var members: [String: JSONValue] = ["rule": .string(rule.rawValue), "message": .string(message)]
            if let unit { members["unit"] = .string(unit) }
            if !keys.isEmpty { members["keys"] = .array(keys.map(JSONValue.string)) }
            return .object(members)
        }
    }

    private(set) var findings: [Finding] = []

    mutating func add(_ findings: [Finding]) {
        for finding in findings { add(finding) }
    }

    /// Checks that not too much of the corpus is gone from upstream at once.
    mutating func checkRemoval(of units: [String], nodes: Int, among all: Int, limit: Double) {
        guard Double(nodes) > Double(all) * limit else { return }
        add(
            Finding(
                rule: .unitShrunk,
                message: "\(units.count) units with \(nodes) of \(all) nodes are gone from upstream, among them "
                    + units.prefix(5).joined(separator: ", ")
            )
        )
    }

    /// Checks that the store would show what was read.
    ///
    /// - Parameters:
    ///   - planned: the units of the plan.
    ///   - done: nodes of each unit that is done.
    mutating func check(planned: [String], done: [String: Int], shown: CorpusWriter.Shown) {
        let failed = Set(findings.compactMap(\.unit))
        for unit in planned where done[unit] == nil && !failed.contains(unit) {
            add(Finding(rule: .unitNotDone, unit: unit, message: "the unit was planned and is not done"))
        }
        for (unit, nodes) in done.sorted(by: { $0.key < $1.key }) where shown.nodes[unit, default: 0] != nodes {
            add(
                Finding(
                    rule: .rowsMissing,
                    unit: unit,
                    message: "\(nodes) nodes were read, the store would show \(shown.nodes[unit, default: 0])"
                )
            )
        }
        for key in shown.orphans {
            add(Finding(rule: .parentMissing, message: "the node \(key) has a parent that is not there", keys: [key]))
        }
        for key in shown.repeated {
            add(Finding(rule: .keyTwice, message: "two units have a node \(key)", keys: [key]))
        }
    }

    /// The failure that ends the job, when anything was found.
    var failure: JobFailure? { Self.failure(findings) }

    /// The failure that findings make; `nil` for none.
    static func failure(_ findings: [Finding]) -> JobFailure? {
        guard let first = findings.first else { return nil }
        let others = findings.count > 1 ? " and \(findings.count - 1) more" : ""
        let keys = first.keys.isEmpty ? "" : " (" + first.keys.prefix(3).joined(separator: ", ") + ")"
        return JobFailure(
            code: "validation_failed",
            message: "\(first.rule.rawValue): \(first.message)\(keys)\(others).",
            unit: first.unit,
            advice: advice(findings),
            details: findings.map(\.json)
        )
    }

    private static func advice(_ findings: [Finding]) -> String {
        let advice = "The live revision is unchanged. Compare the unit's capture with upstream."
        guard let finding = findings.first(where: { Acceptance.rules.contains($0.rule) && !$0.keys.isEmpty }) else {
            return advice
        }
        let example = "\(finding.rule.rawValue):\(finding.keys[0])"
        return advice + " What upstream did publish so can be let through: --set 'accept=[\"\(example)\"]'."
    }

    private mutating func add(_ finding: Finding) {
        // A broken store could find a million orphans; the first ones tell.
        guard findings.count < 100 else { return }
        findings.append(finding)
    }
}
