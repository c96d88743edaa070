import IngotCore
import IngotGateway

/// All jobs, the newest first, a page at a time.
enum JobListPage {
    private static let pageSize = 50

    struct Content {
        var jobs: [Row]
        var statuses: [Choice]
        var sources: [Choice]
        var isFiltered: Bool
        var mayStart: Bool
        /// Where the other pages are.
        var older: String?
        var newer: String?
        /// The stream that keeps the page up to date; `nil` where new jobs do not show.
        var stream: String
        var isFirst: Bool
        var wantedStatus: String?
    }

    struct Choice {
        var value: String
        var name: String
        var isChosen: Bool
    }

    struct Row {
        var id: String
        var short: String
        var name: String
        var jobSource: String
        var status: String
        var isRunning: Bool
        var progress: Int
        var remark: String
        var created: String
        var took: String
        /// Since when the time runs that is shown; `nil` when it does not.
        var since: String?
        var attempts: String?
    }

    static func page(_ asking: PageRequest) async throws -> Page {
        let status = asking.query("status")
        let source = asking.query("source")
        let newerThan = asking.query("newer_than")
        let answer = try await asking.get(
            "/api/ingest/jobs",
            [
                "status": status, "source": source, "limit": String(pageSize), "cursor": asking.query("cursor"),
                "newer_than": newerThan,
            ]
        )
        let jobs = try (answer["jobs"]?.arrayValue ?? []).map { try Job($0) }
        let isFirst = asking.query("cursor") == nil && newerThan == nil || answer["newest"]?.boolValue == true
        let known = try await asking.get("/api/sources")["sources"]?.arrayValue ?? []
        let content = Content(
            jobs: jobs.map { Row($0) },
            statuses: choices(
                JobStatus.allCases.map { ($0.rawValue, $0.rawValue) },
                chosen: status,
                all: "Every state"
            ),
            sources: choices(
                known.compactMap { source in
                    source["id"]?.stringValue.map { ($0, source["name"]?.stringValue ?? $0) }
                },
                chosen: source,
                all: "Every source"
            ),
            isFiltered: status != nil || source != nil,
            mayStart: asking.mayOperate,
            older: answer["next"]?.stringValue.map {
                PageAddress.text("/jobs", ["status": status, "source": source, "cursor": $0])
            },
            newer: isFirst
                ? nil
                : PageAddress.text(
                    "/jobs",
                    ["status": status, "source": source, "newer_than": jobs.first?.id.rawValue]
                ),
            stream: PageAddress.text("/api/ingest/jobs/events", ["source": source]),
            isFirst: isFirst,
            wantedStatus: status
        )
        return Page(
            title: "Jobs",
            part: .jobs,
            template: "jobs",
            content: content,
            scripts: ["jobs.js"],
            styles: ["jobs.css"]
        )
    }

    private static func choices(_ known: [(value: String, name: String)], chosen: String?, all: String) -> [Choice] {
        [Choice(value: "", name: all, isChosen: chosen == nil)]
            + known.map { Choice(value: $0.value, name: $0.name, isChosen: $0.value == chosen) }
    }
}

extension JobListPage.Row {
    init(_ job: Job, now: Timestamp = .now()) {
        id = job.id.rawValue
        short = JobTitle.short(id)
        name = JobTitle.parameters(job.parameters)
        jobSource = job.source
        status = job.status.rawValue
        isRunning = job.status == .running
        progress = job.progress
        remark = JobRemark.text(job)
        created = job.createdAt.description
        let clock = JobClock(job, now: now)
        took = clock.text
        since = clock.since?.description
        attempts = job.attempt > 1 ? "attempt \(JobAttemptCount.text(job))" : nil
    }
}

/// Which attempt a job is at, and of how many.
enum JobAttemptCount {
    static func text(_ job: Job, of: String = "of") -> String {
        job.endlessRetries != nil ? Figures.number(job.attempt) : "\(job.attempt) \(of) \(job.maxAttempts)"
    }
}

/// What there is to say of a job in a line.
enum JobRemark {
    static func text(_ job: Job) -> String {
        switch job.status {
        case .queued: job.message ?? "Waits for its turn."
        case .running: job.message ?? "The runner starts."
        case .succeeded: job.message ?? ""
        case .failed: job.error.map { "\($0.code): \($0.message)" } ?? job.message ?? ""
        case .cancelled: "Cancelled."
        }
    }
}

/// How long a job has taken or waited.
struct JobClock {
    var text: String
    /// Since when it still takes or waits.
    var since: Timestamp?

    init(_ job: Job, now: Timestamp = .now()) {
        let start = job.startedAt ?? job.createdAt
        if let end = job.finishedAt {
            text = Figures.duration(from: start, to: end)
        } else {
            text = Figures.duration(from: start, to: now)
            since = start
        }
    }
}

extension Job {
    /// A job as the API shows it.
    init(_ value: JSONValue) throws { self = try JSONText.decode(Job.self, from: value.canonicalBytes) }
}

extension PageRequest {
    /// Whether the reader may start and end jobs.
    var mayOperate: Bool { (context.caller?.role ?? .viewer) >= .operator }
}
