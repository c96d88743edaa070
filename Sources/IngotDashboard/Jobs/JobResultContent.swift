import IngotCore

/// What a job that succeeded has made.
struct JobResultContent {
    struct Count {
        var countName: String
        var count: String
        var kind: String
        var link: String?
    }

    /// Of a law source: the label, and what changed.
    var label: String?
    var revision: String?
    var lawLink: String?
    /// The label that was live before, for comparison.
    var before: String?
    var compareLink: String?
    var changes: [Count]
    var others: [Count]
    var isUnchanged: Bool
    /// The result of a source that is no law, as JSON.
    var text: String?

    /// - Returns: `nil` while there is no result.
    init?(_ job: Job, _ asking: PageRequest) async throws {
        guard let result = job.result else { return nil }
        let label = result["label"]?.stringValue
        let revision = result["revision"]?.integerValue
        self.label = label
        self.revision = revision.map { Figures.number($0) }
        changes = []
        others = []
        isUnchanged = false
        guard let label, let revision else {
            text = result.indentedText
            return
        }
        before = try await Self.label(before: revision, of: job, asking)
        lawLink = PageAddress.text("/law", ["source": job.source])
        if let before {
            compareLink = PageAddress.text("/compare", ["source": job.source, "from": before, "to": label])
        }
        let changed = ["added", "changed", "moved", "removed"]
        for (name, value) in JobCounts.pairs(result["counts"]) {
            if changed.contains(name) {
                let link =
                    value == 0
                    ? nil
                    : before.map { before in
                        PageAddress.text(
                            "/compare",
                            ["source": job.source, "from": before, "to": label, "change": name]
                        )
                    }
                changes.append(Count(countName: name, count: Figures.number(value), kind: name, link: link))
            } else {
                others.append(Count(countName: name, count: Figures.number(value), kind: name))
            }
        }
        isUnchanged = changes.allSatisfy { $0.count == "0" }
    }

    /// The label that readers saw before the job's own revision, where it is another.
    private static func label(before revision: Int64, of job: Job, _ asking: PageRequest) async throws -> String? {
        let path = "/api/sources/\(PercentEncoding.encode(job.source))/revisions"
        // Failed jobs leave gaps, but not so many in a row.
        let answer = try await asking.find(path, ["cursor": String(max(1, revision)), "limit": "50"])
        let revisions = answer?["revisions"]?.arrayValue ?? []
        let label = revisions.first { $0["status"]?.stringValue == "promoted" }?["label"]?.stringValue
        return label == job.result?["label"]?.stringValue ? nil : label
    }
}
