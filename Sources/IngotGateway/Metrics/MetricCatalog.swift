import IngotMetrics

/// Every metric that a gateway shows, with what it means.
enum MetricCatalog {
    /// What is counted by the gateway (`component="gateway"`) and by its runners, which report it
    /// (`component="runner"`, with the job's `source`).
    static let shared = [
        counter("ingot_d1_calls_total", "Calls to the SQL database over HTTP, repeats included."),
        counter("ingot_d1_rows_read_total", "Rows that these calls read, by the database's own count."),
        counter("ingot_d1_rows_written_total", "Rows that these calls wrote, by the database's own count."),
        counter(
            "ingot_d1_failures_total",
            labels: ["cause"],
            "Calls to the database that brought no result, by cause."
        ),
        counter("ingot_d1_retries_total", labels: ["cause"], "Calls to the database that were made again, by cause."),
        counter("ingot_s3_requests_total", labels: ["operation"], "Requests to the object store, repeats included."),
        counter("ingot_s3_failures_total", labels: ["cause"], "Requests to the object store that failed, by cause."),
        counter(
            "ingot_s3_retries_total",
            labels: ["cause"],
            "Requests to the object store that were made again, by cause."
        ),
        counter("ingot_s3_sent_bytes_total", "Bytes of bodies that were sent to the object store."),
        counter("ingot_s3_received_bytes_total", "Bytes of bodies that the object store has answered."),
        counter(
            "ingot_fetch_requests_total",
            labels: ["host", "status"],
            "Requests to upstream hosts, by host and status."
        ),
        counter("ingot_fetch_retries_total", labels: ["host"], "Requests to upstream hosts that were made again."),
        counter(
            "ingot_fetch_bytes_total",
            labels: ["host"],
            "Bytes of bodies that upstream hosts have sent, unpacked."
        ),
    ]

    private static func counter(_ name: String, labels: [String] = [], _ help: String) -> MetricDescription {
        MetricDescription(name, .counter, labels: labels + ["component", "source"], help)
    }

    private static let jobs = [
        MetricDescription("ingot_jobs_submitted_total", .counter, labels: ["source"], "Jobs that were taken."),
        MetricDescription(
            "ingot_jobs_ended_total",
            .counter,
            labels: ["source", "status", "code"],
            "Jobs that have ended, by status and, where they failed, by the failure's code."
        ),
        MetricDescription("ingot_attempts_started_total", .counter, labels: ["source"], "Attempts that were started."),
        MetricDescription(
            "ingot_attempts_retried_total",
            .counter,
            labels: ["source", "code"],
            "Attempts that failed and are followed by another one, by the failure's code."
        ),
        MetricDescription(
            "ingot_job_queue_seconds",
            .longSeconds,
            labels: ["source"],
            "How long a job waited for the start of an attempt from the moment in which it was due."
        ),
        MetricDescription(
            "ingot_runner_start_seconds",
            .seconds,
            labels: ["source"],
            "From the start of an attempt to its runner's first report."
        ),
        MetricDescription(
            "ingot_attempt_seconds",
            .longSeconds,
            labels: ["source"],
            "From the start of an attempt to its end."
        ),
        MetricDescription(
            "ingot_job_last_success_timestamp_seconds",
            .gauge,
            labels: ["source"],
            "When a job of the source succeeded last, in seconds since 1970; 0 for never."
        ),
        MetricDescription(
            "ingot_lease_renewals_total",
            .counter,
            labels: ["source"],
            "Reports of runners, each of which renews its attempt's lease."
        ),
        MetricDescription(
            "ingot_lease_losses_total",
            .counter,
            labels: ["source"],
            "Attempts whose runners were silent for longer than their lease."
        ),
        MetricDescription("ingot_queue_waiting_jobs", .gauge, "Jobs that wait for a slot."),
        MetricDescription("ingot_queue_retrying_jobs", .gauge, "Jobs that wait for their next attempt."),
        MetricDescription(
            "ingot_schedule_ticks_total",
            .counter,
            labels: ["decision", "reason"],
            "Due times of schedules that this gateway has decided, by what was decided and why."
        ),
        MetricDescription(
            "ingot_schedule_delay_seconds",
            .gauge,
            "For how long the most overdue tick of any schedule waits to be decided."
        ),
        MetricDescription("ingot_queue_slots", .gauge, "How many jobs may run at a time."),
        MetricDescription("ingot_runners_running", .gauge, "Attempts that run now."),
        MetricDescription(
            "ingot_queue_stalls_total",
            .counter,
            "How often a job waited for more than a second although a slot that fits it was free."
        ),
        MetricDescription("ingot_queue_stalled", .gauge, "1 while /healthz fails because the queue stands still."),
        MetricDescription("ingot_jobs_unwritten", .gauge, "Jobs with a change that the store does not take now."),
    ]

    private static let serving = [
        MetricDescription(
            "ingot_http_requests_total",
            .counter,
            labels: ["route", "method", "status"],
            "Requests, by the route's pattern."
        ),
        MetricDescription(
            "ingot_http_request_seconds",
            .seconds,
            labels: ["route", "method"],
            "From a request to the beginning of its answer."
        ),
        MetricDescription("ingot_event_watchers", .gauge, "Streams of events that are open."),
        MetricDescription(
            "ingot_event_resets_total",
            .counter,
            "How often a watcher was too slow, lost events and was given the job as it is."
        ),
        MetricDescription(
            "ingot_event_delay_seconds",
            .seconds,
            "How long an event waited until its watcher's connection took it."
        ),
        MetricDescription(
            "ingot_webhook_attempts_total",
            .counter,
            labels: ["outcome"],
            "Tries to tell a webhook: delivered, failed (and tried again), given_up, gone."
        ),
    ]

    private static let surroundings = [
        MetricDescription("ingot_build_info", .gauge, labels: ["version"], "1; the label says which version runs."),
        MetricDescription("ingot_store_up", .gauge, "1 when the database answered when it was asked last."),
        MetricDescription(
            "ingot_store_last_success_timestamp_seconds",
            .gauge,
            "When the database answered the gateway's own question last, in seconds since 1970."
        ),
        MetricDescription("ingot_launcher_up", .gauge, "1 when runners could be started when that was last looked at."),
        MetricDescription(
            "ingot_d1_call_seconds",
            .seconds,
            labels: ["component", "source"],
            "How long the database took to answer a call of the gateway."
        ),
        MetricDescription(
            "ingot_d1_calls_left",
            .gauge,
            "Calls that the database still takes from all clients of the token, by its last answer that said so."
        ),
        MetricDescription(
            "ingot_embedded_requests_total",
            .counter,
            labels: ["store", "status"],
            "Requests that the embedded stores have answered, which come from runners."
        ),
        MetricDescription(
            "ingot_event_loop_delay_seconds",
            .gauge,
            "The longest delay of a timer since the last look."
        ),
        MetricDescription("ingot_disk_free_bytes", .gauge, "What is free on the disk of the data folder."),
        MetricDescription("ingot_disk_size_bytes", .gauge, "How large the disk of the data folder is."),
        MetricDescription(
            "ingot_disk_reserve_reached",
            .gauge,
            "1 when no more is free than jobs leave to the gateway."
        ),
        MetricDescription("process_resident_memory_bytes", .gauge, "Memory of the gateway's process."),
        MetricDescription("process_cpu_seconds_total", .counter, "Processor time of the gateway's process."),
        MetricDescription("process_open_fds", .gauge, "Files that the gateway's process has open."),
        MetricDescription("process_max_fds", .gauge, "How many files it may have open."),
        MetricDescription(
            "process_start_time_seconds",
            .gauge,
            "When the gateway's process was started, in seconds since 1970."
        ),
    ]

    private static let proxies = [
        MetricDescription("ingot_proxies_valid", .gauge, "Proxies of the pool that have passed their last check."),
        MetricDescription("ingot_proxies_target", .gauge, "How many of them there should be."),
        MetricDescription("ingot_proxy_sources", .gauge, "Sources of proxies that are set."),
        MetricDescription("ingot_proxy_sources_failing", .gauge, "Those of them whose list could not be had last."),
        MetricDescription(
            "ingot_proxy_checks_total",
            .counter,
            labels: ["outcome"],
            "Checks of proxies: passed, unreachable, timeout, wrong_status, wrong_body."
        ),
        MetricDescription(
            "ingot_proxy_asks_total",
            .counter,
            labels: ["outcome"],
            "Questions of runners for a proxy: lent, none."
        ),
    ]

    static let all = shared + jobs + serving + proxies + surroundings

    /// The metrics that runners may report, by name.
    static let byRunners = Dictionary(uniqueKeysWithValues: shared.map { ($0.name, Set($0.labels)) })
}
