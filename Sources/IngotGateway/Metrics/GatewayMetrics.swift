import CoreMetrics
import HTTPTypes
import IngotCore
public import IngotMetrics
import NIOCore
import Synchronization

/// What a gateway counts, and what its runners have counted.
///
/// What is counted often has its counters ready; the rest is found by name, which takes a lock for a moment.
public final class GatewayMetrics: Sendable {
    public let registry: MetricRegistry

    let watchers: Meter
    let resets: Counter
    let eventDelay: Timer
    /// Counts the gateway's own calls to the stores.
    let stores: LabellingFactory
    /// What of the figures that are read and not counted was added already.
    private let added = Mutex((stalls: 0, cpuSeconds: 0.0))
    private let known: Set<String> = Set(FailureKind.all.map(\.code))

    public init() {
        registry = MetricRegistry(descriptions: MetricCatalog.all)
        stores = LabellingFactory(registry, labels: [("component", "gateway")])
        watchers = Meter(label: "ingot_event_watchers", factory: registry)
        resets = Counter(label: "ingot_event_resets_total", factory: registry)
        eventDelay = Timer(label: "ingot_event_delay_seconds", factory: registry)
        gauge("ingot_build_info", labels: [("version", IngotVersion.current)], 1)
        for outcome in WebhookAttempt.allCases { count("ingot_webhook_attempts_total", outcome.labels, 0) }
        for outcome in ProxyCheck.Outcome.allCases {
            count("ingot_proxy_checks_total", [("outcome", outcome.rawValue)], 0)
        }
        for outcome in ProxyAskOutcome.allCases { count("ingot_proxy_asks_total", [("outcome", outcome.rawValue)], 0) }
    }

    /// Shows what has not happened yet as 0, so that its first time is seen as a rise.
    func prepare(sources: [String]) {
        for source in sources {
            let labels = [("source", source)]
            for name in [
                "ingot_jobs_submitted_total", "ingot_attempts_started_total", "ingot_lease_renewals_total",
                "ingot_lease_losses_total",
            ] { count(name, labels, 0) }
            count("ingot_jobs_ended_total", labels + [("status", JobStatus.succeeded.rawValue)], 0)
            gauge("ingot_job_last_success_timestamp_seconds", labels: labels, 0)
        }
    }

    // MARK: - Jobs

    func submitted(_ job: Job) { count("ingot_jobs_submitted_total", [("source", job.source)]) }

    /// - Parameter wait: since the attempt was due.
    func attemptStarted(_ job: Job, after wait: Duration) {
        count("ingot_attempts_started_total", [("source", job.source)])
        time("ingot_job_queue_seconds", [("source", job.source)], max(.zero, wait))
    }

    /// Counts ticks of schedules that were decided.
    func ticksDecided(_ decision: TickDecision, because reason: TickReason? = nil, _ amount: Int = 1) {
        count(
            "ingot_schedule_ticks_total",
            [("decision", decision.rawValue), ("reason", reason?.rawValue ?? "")],
            Int64(amount)
        )
    }

    func firstReport(_ job: Job, after start: Duration) {
        time("ingot_runner_start_seconds", [("source", job.source)], start)
    }

    func leaseRenewed(_ job: Job) { count("ingot_lease_renewals_total", [("source", job.source)]) }

    func leaseLost(source: String) { count("ingot_lease_losses_total", [("source", source)]) }

    /// - Parameter run: how long its last attempt ran; `nil` where this gateway did not see it begin.
    func ended(_ job: Job, run: Duration?) {
        var labels = [("source", job.source), ("status", job.status.rawValue)]
        if job.status == .failed { labels.append(("code", code(of: job.error))) }
        count("ingot_jobs_ended_total", labels)
        if let run { time("ingot_attempt_seconds", [("source", job.source)], run) }
        if job.status == .succeeded { noteSuccess(of: job.source, at: job.finishedAt ?? job.updatedAt) }
    }

    func retried(_ job: Job, _ failure: JobFailure, run: Duration?) {
        count("ingot_attempts_retried_total", [("source", job.source), ("code", code(of: failure))])
        if let run { time("ingot_attempt_seconds", [("source", job.source)], run) }
    }

    func noteSuccess(of source: String, at time: Timestamp) {
        gauge(
            "ingot_job_last_success_timestamp_seconds",
            labels: [("source", source)],
            Double(time.millisecondsSinceEpoch) / 1000
        )
    }

    /// A source may fail with a code of its own; how many there are is bounded all the same.
    private func code(of failure: JobFailure?) -> String {
        guard let code = failure?.code else { return "unknown" }
        return known.contains(code) ? code : "other"
    }

    // MARK: - Runners

    /// The most counts of one event that are taken.
    private static let maximumCounts = 1000
    /// No runner counts more than this between two reports.
    private static let maximumAmount: Int64 = 1 << 50

    /// Adds what a runner has counted.
    ///
    /// What is not a metric of runners, or cannot be, is left out.
    func add(_ counts: [RunnerCount], source: String) {
        for runnerCount in counts.prefix(Self.maximumCounts) {
            guard let labels = MetricCatalog.byRunners[runnerCount.name],
                (1...Self.maximumAmount).contains(runnerCount.amount),
                labels.subtracting(["component", "source"]) == Set(runnerCount.labels.keys)
            else { continue }
            count(
                runnerCount.name,
                runnerCount.labels.map { ($0.key, $0.value) } + [("component", "runner"), ("source", source)],
                runnerCount.amount
            )
        }
    }

    // MARK: - Requests

    /// - Parameter route: the route's pattern; `nil` when none fits.
    func answered(_ method: HTTPRequest.Method, route: String?, status: Int, after time: Duration) {
        let known: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .patch, .delete, .options]
        let labels = [("route", route ?? "none"), ("method", known.contains(method) ? method.rawValue : "other")]
        count("ingot_http_requests_total", labels + [("status", String(status))])
        self.time("ingot_http_request_seconds", labels, time)
    }

    // MARK: - Webhooks

    enum WebhookAttempt: String, CaseIterable {
        case delivered, failed
        case givenUp = "given_up"
        case gone

        fileprivate var labels: [(String, String)] { [("outcome", rawValue)] }
    }

    func webhook(_ outcome: WebhookAttempt) { count("ingot_webhook_attempts_total", outcome.labels) }

    // MARK: - Proxies

    enum ProxyAskOutcome: String, CaseIterable {
        case lent, none
    }

    func proxyChecked(_ outcome: ProxyCheck.Outcome) {
        count("ingot_proxy_checks_total", [("outcome", outcome.rawValue)])
    }

    func proxyAsked(_ outcome: ProxyAskOutcome) { count("ingot_proxy_asks_total", [("outcome", outcome.rawValue)]) }

    func show(validProxies: Int, of target: Int, sources: Int, failing: Int) {
        gauge("ingot_proxies_valid", Double(validProxies))
        gauge("ingot_proxies_target", Double(target))
        gauge("ingot_proxy_sources", Double(sources))
        gauge("ingot_proxy_sources_failing", Double(failing))
    }

    // MARK: - Figures that are read

    func show(_ health: QueueHealth) {
        gauge("ingot_queue_waiting_jobs", Double(health.waiting))
        gauge("ingot_queue_retrying_jobs", Double(health.retrying))
        gauge("ingot_queue_slots", Double(health.slots))
        gauge("ingot_runners_running", Double(health.running))
        gauge("ingot_queue_stalled", health.status == .failing ? 1 : 0)
        gauge("ingot_jobs_unwritten", Double(health.unwritten))
        let further = added.withLock { added in
            defer { added.stalls = max(added.stalls, health.violations) }
            return health.violations - added.stalls
        }
        count("ingot_queue_stalls_total", [], Int64(max(0, further)))
    }

    func show(_ use: ProcessUse) {
        gauge("process_resident_memory_bytes", Double(use.residentBytes))
        gauge("process_open_fds", Double(use.openFiles))
        gauge("process_max_fds", Double(use.maximumFiles))
        gauge("process_start_time_seconds", use.startedAt)
        let further = added.withLock { added in
            defer { added.cpuSeconds = max(added.cpuSeconds, use.cpuSeconds) }
            return use.cpuSeconds - added.cpuSeconds
        }
        FloatingPointCounter(label: "process_cpu_seconds_total", factory: registry).increment(by: max(0, further))
    }

    func show(_ disk: DiskSpace) {
        gauge("ingot_disk_free_bytes", Double(disk.free))
        gauge("ingot_disk_size_bytes", Double(disk.size))
        gauge("ingot_disk_reserve_reached", disk.isReserveReached ? 1 : 0)
    }

    func gauge(_ name: String, labels: [(String, String)] = [], _ value: Double) {
        Meter(label: name, dimensions: labels, factory: registry).set(value)
    }

    // MARK: - Details

    private func count(_ name: String, _ labels: [(String, String)], _ amount: Int64 = 1) {
        Counter(label: name, dimensions: labels, factory: registry).increment(by: amount)
    }

    private func time(_ name: String, _ labels: [(String, String)], _ duration: Duration) {
        Timer(label: name, dimensions: labels, factory: registry).recordNanoseconds(duration.nanoseconds)
    }
}

extension Duration {
    /// Whole nanoseconds; what is longer than centuries is cut.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds > 9_000_000_000 ? .max : seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
