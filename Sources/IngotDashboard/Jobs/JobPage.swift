import IngotCore
import IngotGateway

/// One job: how far it is, what its runners do and did, and what came of it.
enum JobPage {
    /// Of the log, what is in the page itself.
    private static let logLines = 200

    struct Content {
        var id: String
        var name: String
        var jobSource: String
        var status: String
        var isRunning: Bool
        var isQueued: Bool
        var isEnded: Bool
        var mayCancel: Bool
        var mayRetry: Bool
        var mayOperate: Bool
        var command: String
        var progress: Int
        var remark: String
        var took: String
        var since: String?
        /// How long it will still take, as it looks.
        var left: String?
        var attemptStart: String?
        var failure: JobFailureContent?
        var nextAttempt: NextAttempt?
        var stages: [JobStages.Step]
        var units: JobUnitsContent?
        var outcome: JobResultContent?
        /// Pictures that are markup already, escaped by their makers.
        var timelineMarkup: String
        var useMarkup: [String]
        var attempts: [JobAttemptRow]
        var facts: [JobFact]
        var parameters: String
        var log: [String]
        var isLogCut: Bool
        var isLogUnread: Bool
    }

    struct NextAttempt {
        var at: String
        var reason: String
    }

    static func page(_ asking: PageRequest) async throws -> Page {
        let path = try JobPages.path(of: asking.parameter("id"))
        let value = try await asking.get(path)
        let job = try Job(value)
        let attempts = try await asking.get(path + "/attempts")["attempts"]?.arrayValue ?? []
        let samples = try await asking.get(path + "/samples")["attempts"]?.arrayValue ?? []
        let units = try await JobUnitsContent(asking, path: path)
        let log = await log(asking, path: path)
        let charts = JobCharts(job, attempts: attempts, samples: samples)
        let clock = JobClock(job)
        let stages = JobStages(job, hasUnits: units != nil)
        let content = Content(
            id: job.id.rawValue,
            name: JobTitle.parameters(job.parameters),
            jobSource: job.source,
            status: job.status.rawValue,
            isRunning: job.status == .running,
            isQueued: job.status == .queued,
            isEnded: job.status.isTerminal,
            mayCancel: asking.mayOperate && !job.status.isTerminal,
            mayRetry: asking.mayOperate && job.status.isTerminal,
            mayOperate: asking.mayOperate,
            command: job.status.isTerminal ? "ingot retry \(job.id)" : "ingot cancel \(job.id)",
            progress: job.progress,
            remark: JobRemark.text(job),
            took: clock.text,
            since: clock.since?.description,
            left: JobEstimate.left(job, attempts: attempts),
            attemptStart: job.status == .running ? attempts.last?["started_at"]?.stringValue : nil,
            failure: job.status == .failed ? job.error.map { JobFailureContent($0) } : nil,
            nextAttempt: job.status == .queued
                ? job.nextAttemptAt.map {
                    NextAttempt(at: $0.description, reason: job.error.map { "\($0.code): \($0.message)" } ?? "")
                } : nil,
            stages: stages.steps,
            units: units,
            outcome: try await JobResultContent(job, asking),
            timelineMarkup: charts.timeline,
            useMarkup: charts.use,
            attempts: attempts.map { JobAttemptRow($0) },
            facts: JobFact.all(of: job, value),
            parameters: job.parameters.indentedText,
            log: log ?? [],
            isLogCut: (log?.count ?? 0) >= logLines,
            isLogUnread: log == nil
        )
        return Page(
            title: "\(job.source): \(content.name)",
            part: .jobs,
            template: "job",
            content: content,
            scripts: ["job.js"],
            styles: ["charts.css", "jobs.css", "job.css"]
        )
    }

    /// The last lines of the log; `nil` when it cannot be read, which is no reason to show nothing else.
    private static func log(_ asking: PageRequest, path: String) async -> [String]? {
        guard let text = try? await asking.text(path + "/logs?tail=\(logLines)") else { return nil }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }
}

/// A fact about a job for its list of details.
struct JobFact {
    var term: String
    var words: String
    var isCode = false
    var isTime = false
    var link: String?

    static func all(of job: Job, _ value: JSONValue) -> [JobFact] {
        var facts = [
            JobFact(term: "Job", words: job.id.rawValue, isCode: true),
            JobFact(term: "Source", words: job.source, link: "/sources/\(PercentEncoding.encode(job.source))"),
            JobFact(term: "Created", words: job.createdAt.description, isTime: true),
        ]
        func add(_ term: String, _ words: String?, isCode: Bool = false, isTime: Bool = false, link: String? = nil) {
            guard let words else { return }
            facts.append(JobFact(term: term, words: words, isCode: isCode, isTime: isTime, link: link))
        }
        add("Created by", job.createdBy, isCode: true)
        add("Started", job.startedAt?.description, isTime: true)
        add("Ended", job.finishedAt?.description, isTime: true)
        add("Attempts", JobAttemptCount.text(job, of: "of at most"))
        if job.endlessRetries != nil {
            add("Tried", "until it succeeds" + (job.deadlineAt.map { ", at most until \($0)" } ?? ""))
        }
        add("Priority", job.priority == 0 ? nil : String(job.priority))
        add("Limits", job.limits.flatMap(limits))
        add("Again what was", job.retryOf?.rawValue, isCode: true, link: job.retryOf.map { "/jobs/\($0)" })
        add("Launcher", job.launcher)
        add("Runner", job.runnerHandle, isCode: true)
        add("Idempotency key", job.idempotencyKey, isCode: true)
        add("Trace", value["trace_id"]?.stringValue, isCode: true)
        return facts
    }

    private static func limits(_ limits: JobLimits) -> String? {
        let parts = [
            limits.wallSeconds.map { "\(Figures.duration(.seconds($0))) of time" },
            limits.memoryBytes.map { "\(Figures.bytes($0)) of memory" },
            limits.cpuSeconds.map { "\(Figures.duration(.seconds($0))) of processor time" },
            limits.processors.map { "\(Figures.number($0)) processors" },
            limits.processes.map { Figures.count($0, "process", plural: "processes") },
            limits.openFiles.map { Figures.count($0, "open file") },
        ]
        let known = parts.compactMap(\.self)
        return known.isEmpty ? nil : known.joined(separator: ", ")
    }
}

/// How long a job will still take, as it looks now.
enum JobEstimate {
    /// Below so many percent nothing can be said.
    private static let least = 3

    static func left(_ job: Job, attempts: [JSONValue], now: Timestamp = .now()) -> String? {
        guard job.status == .running, job.progress >= least, job.progress < 100,
            let start = attempts.last?["started_at"]?.stringValue.flatMap(Timestamp.init)
        else { return nil }
        let elapsed = now.millisecondsSinceEpoch - start.millisecondsSinceEpoch
        guard elapsed > 2000 else { return nil }
        return Figures.duration(milliseconds: elapsed * Int64(100 - job.progress) / Int64(job.progress))
    }
}

extension JSONValue {
    /// On several lines, the members in the order of their names.
    var indentedText: String { text(indentation: "") }

    private func text(indentation: String) -> String {
        let inner = indentation + "  "
        switch self {
        case .object(let members) where !members.isEmpty:
            let lines = members.sorted { $0.key < $1.key }.map { name, value in
                "\(inner)\(JSONValue.string(name).canonicalText): \(value.text(indentation: inner))"
            }
            return "{\n\(lines.joined(separator: ",\n"))\n\(indentation)}"
        case .array(let elements) where elements.contains { $0.objectValue != nil || $0.arrayValue != nil }:
            let lines = elements.map { inner + $0.text(indentation: inner) }
            return "[\n\(lines.joined(separator: ",\n"))\n\(indentation)]"
        case .array(let elements): return "[\(elements.map(\.canonicalText).joined(separator: ", "))]"
        default: return canonicalText
        }
    }
}
