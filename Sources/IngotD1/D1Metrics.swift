import CoreMetrics
import IngotCore

/// What a client counts.
struct D1Metrics: Sendable {
    /// Every attempt of a call, whatever becomes of it.
    let calls: Counter
    let rowsRead: Counter
    let rowsWritten: Counter
    let duration: Timer
    private let failures: ByCause
    private let retries: ByCause

    init(_ factory: any MetricsFactory) {
        calls = Counter(label: "ingot_d1_calls_total", factory: factory)
        rowsRead = Counter(label: "ingot_d1_rows_read_total", factory: factory)
        rowsWritten = Counter(label: "ingot_d1_rows_written_total", factory: factory)
        duration = Timer(label: "ingot_d1_call_seconds", factory: factory)
        failures = ByCause(label: "ingot_d1_failures_total", factory: factory)
        retries = ByCause(label: "ingot_d1_retries_total", factory: factory)
    }

    /// An attempt that brought no result.
    func failed(_ error: DatabaseError) { failures.increment(error.kind) }

    /// A call that is made again.
    func retried(_ error: DatabaseError) { retries.increment(error.kind) }

    /// Made when they are first needed, so that no cause is shown that never was.
    private struct ByCause: Sendable {
        let label: String
        let factory: any MetricsFactory

        func increment(_ kind: DatabaseError.Kind) {
            Counter(label: label, dimensions: [("cause", "\(kind)")], factory: factory).increment()
        }
    }
}
