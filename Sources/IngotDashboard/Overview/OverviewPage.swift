import IngotCore

/// The start: what runs, what failed, how fresh each source is, and how the last days went.
///
/// An operator's first question is whether anything needs attention; a list of all jobs does not answer it.
enum OverviewPage {
    struct Content {
        var state: GatewayState
        var queue: QueueContent
        var running: [Running]
        var hasMoreRunning: Bool
        var failures: [Failure]
        var sources: [SourceSummary]
        var outcomes: String
        var mayStart: Bool
    }

    struct Running {
        var address: String
        var jobSource: String
        var name: String
        var progress: Int
        var remark: String
        var took: String
    }

    struct Failure {
        var address: String
        var jobSource: String
        var name: String
        var code: String
        var message: String
        var endedAt: String
        var ended: String
    }

    private static let listedRunning = 8
    private static let listedFailures = 5
    private static let days = 30

    static func page(_ asking: PageRequest) async throws -> Page {
        let now = Timestamp.now()
        let running = try await jobs("running", listedRunning + 1, asking)
        let failed = try await jobs("failed", listedFailures, asking)
        let outcomes = try await asking.get("/api/ingest/outcomes", ["days": "\(days)"])
        let content = Content(
            state: await GatewayState.now(asking),
            queue: try await QueueContent.now(asking, listed: 1),
            running: running.prefix(listedRunning).map { job in
                Running(
                    address: "/jobs/\(job.id)",
                    jobSource: job.source,
                    name: JobTitle.parameters(job.parameters),
                    progress: job.progress,
                    remark: JobRemark.text(job),
                    took: JobClock(job, now: now).text
                )
            },
            hasMoreRunning: running.count > listedRunning,
            failures: failed.map { job in
                Failure(
                    address: "/jobs/\(job.id)",
                    jobSource: job.source,
                    name: JobTitle.parameters(job.parameters),
                    code: job.error?.code ?? "failed",
                    message: job.error?.message ?? job.message ?? "",
                    endedAt: (job.finishedAt ?? job.updatedAt).description,
                    ended: Figures.ago(job.finishedAt ?? job.updatedAt, now: now)
                )
            },
            sources: try await SourceSummary.all(asking, now: now),
            outcomes: chart(outcomes["days"]?.arrayValue ?? []),
            mayStart: asking.mayOperate
        )
        return Page(
            title: "Overview",
            part: .overview,
            template: "overview",
            content: content,
            scripts: ["live.js"],
            styles: ["jobs.css", "charts.css", "system.css"]
        )
    }

    private static func jobs(_ status: String, _ limit: Int, _ asking: PageRequest) async throws -> [Job] {
        let answer = try await asking.get("/api/ingest/jobs", ["status": status, "limit": "\(limit)"])
        return try (answer["jobs"]?.arrayValue ?? []).map { try Job($0) }
    }

    private static func chart(_ days: [JSONValue]) -> String {
        func values(_ name: String) -> [Double] { days.map { Double($0[name]?.integerValue ?? 0) } }
        return BarChart(
            title: "Jobs that ended, by day",
            namesTitle: "Day (UTC)",
            names: days.map { $0["day"]?.stringValue ?? "" },
            series: [
                .init(name: "succeeded", values: values("succeeded"), color: .good),
                .init(name: "cancelled", values: values("cancelled"), color: .warn),
                .init(name: "failed", values: values("failed"), color: .bad),
            ],
            empty: "No job has ended within the last \(Self.days) days."
        ).html
    }
}
