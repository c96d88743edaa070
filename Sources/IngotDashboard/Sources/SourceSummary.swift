import IngotCore

/// A source in short: what readers see of it, and how its last jobs went.
struct SourceSummary {
    struct LastJob {
        var address: String
        var at: String
        var ago: String
        /// Of one that has failed.
        var reason: String?
    }

    var id: String
    var name: String
    var address: String
    var kind: String
    /// The label that readers see; `nil` when there is nothing to read.
    var live: String?
    var liveSince: String?
    var liveAgo: String?
    var size: String?
    var growth: String
    var success: LastJob?
    var failure: LastJob?
    /// Whether the newest job that has ended has failed.
    var isFailing: Bool
    var unfinished: String?
    var unfinishedAddress: String?
    var releasesAddress: String?
    var readAddress: String?
    var startAddress: String?

    private static let drawnSizes = 30

    /// All sources that the reader may see.
    static func all(_ asking: PageRequest, now: Timestamp = .now()) async throws -> [SourceSummary] {
        var summaries: [SourceSummary] = []
        for source in try await asking.get("/api/sources")["sources"]?.arrayValue ?? [] {
            summaries.append(try await SourceSummary(source, asking, now: now))
        }
        return summaries
    }

    /// - Parameter source: as the API lists it.
    init(_ source: JSONValue, _ asking: PageRequest, now: Timestamp) async throws {
        id = source["id"]?.stringValue ?? ""
        let encoded = PercentEncoding.encode(id)
        name = source["name"]?.stringValue ?? id
        address = "/sources/\(encoded)"
        kind = SourceWords.kind(source)
        let sizes = try await asking.get("/api/sources/\(encoded)/sizes", ["limit": "\(Self.drawnSizes)"])
        let all = sizes["sizes"]?.arrayValue ?? []
        live = all.first?["label"]?.stringValue
        liveSince = all.first?["promoted_at"]?.stringValue
        liveAgo = liveSince.flatMap { Timestamp($0) }.map { Figures.ago($0, now: now) }
        size = all.first.map(SourceWords.size)
        let sections = all.reversed().map { Double($0["sections"]?.integerValue ?? 0) }
        growth = Sparkline(values: sections, title: "Sections over the last \(sections.count) revisions").html
        let success = try await Self.last("succeeded", of: id, asking)
        let failure = try await Self.last("failed", of: id, asking)
        self.success = success.map { LastJob($0, now: now) }
        self.failure = failure.map { LastJob($0, now: now) }
        isFailing =
            failure.map { failed in success.map { $0.id.rawValue < failed.id.rawValue } ?? true } ?? false
        if let running = try await Self.last("running", of: id, asking) {
            unfinished = "A job is running, at \(running.progress) %."
            unfinishedAddress = "/jobs/\(running.id)"
        } else if let queued = try await Self.last("queued", of: id, asking) {
            unfinished = "A job waits for its turn."
            unfinishedAddress = "/jobs/\(queued.id)"
        }
        let listsReleases = source["lists_releases"]?.boolValue == true
        releasesAddress = listsReleases ? "/sources/\(encoded)/releases" : nil
        readAddress = live == nil ? nil : "/law"
        startAddress = asking.mayOperate ? PageAddress.text("/jobs/new", ["source": id]) : nil
    }

    private static func last(_ status: String, of source: String, _ asking: PageRequest) async throws -> Job? {
        let answer = try await asking.get(
            "/api/ingest/jobs",
            ["source": source, "status": status, "limit": "1"]
        )
        return try answer["jobs"]?.arrayValue?.first.map { try Job($0) }
    }
}

extension SourceSummary.LastJob {
    init(_ job: Job, now: Timestamp) {
        let end = job.finishedAt ?? job.updatedAt
        address = "/jobs/\(job.id)"
        at = end.description
        ago = Figures.ago(end, now: now)
        reason = job.error.map { "\($0.code): \($0.message)" }
    }
}

/// How sources are spoken of.
enum SourceWords {
    /// For example `statute, us, federal`.
    static func kind(_ source: JSONValue) -> String {
        ["document_type", "jurisdiction", "region"].compactMap { source[$0]?.stringValue }
            .filter { !$0.isEmpty && $0 != "none" }.joined(separator: " · ")
    }

    /// For example `54 units, 66,120 sections`.
    static func size(_ size: JSONValue) -> String {
        let units = Figures.count(size["units"]?.integerValue ?? 0, "unit")
        let sections = Figures.count(size["sections"]?.integerValue ?? 0, "section")
        return "\(units), \(sections), " + Figures.count(size["nodes"]?.integerValue ?? 0, "node")
    }
}
