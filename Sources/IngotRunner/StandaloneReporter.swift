import Glibc
import IngotCore
import Synchronization

/// Reports to standard output, one JSON object a line, for an attempt that runs without a gateway.
///
/// The job's row is kept by ``StandaloneJob``.
final class StandaloneReporter: AttemptReporter {
    private struct State {
        var sequence: Int64 = 0
        var outcome: AttemptOutcome?
    }

    private let job: StandaloneJob
    private let state = Mutex(State())
    private let end: AsyncStream<AttemptOutcome>.Continuation
    private let ends: AsyncStream<AttemptOutcome>

    init(job: StandaloneJob) {
        self.job = job
        (ends, end) = AsyncStream.makeStream(of: AttemptOutcome.self, bufferingPolicy: .bufferingOldest(1))
    }

    func progress(_ fraction: Double, _ message: String) { write(.progress(fraction, message)) }

    func unit(_ unit: String, _ status: UnitStatus, counts: [String: Int64], error: JobFailure?) {
        write(.unit(unit, status, counts: counts, error: error))
    }

    func log(_ line: String) { StandardStreams.log(line) }

    func finish(_ outcome: AttemptOutcome) {
        end.yield(outcome)
        end.finish()
    }

    func deliver(stop: @escaping @Sendable () -> Void) async -> Int32 {
        for await outcome in ends {
            do { try await job.end(outcome) } catch {
                StandardStreams.log("the job's end could not be written: \(error)")
                write(outcome.event)
                return RunnerExitCode.failed
            }
            write(outcome.event)
            return outcome.exitCode
        }
        return RunnerExitCode.failed
    }

    private func write(_ event: RunnerEvent) {
        state.withLock { state in
            state.sequence += 1
            var event = event
            event.sequence = state.sequence
            if event.kind == .finished { event.add(.now()) }
            guard let line = try? JSONText.string(event) else { return }
            StandardStreams.writeLine(line, to: STDOUT_FILENO)
        }
    }
}
