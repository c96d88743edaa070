public import IngotCore
import IngotD1
import Logging

/// Runs one attempt: builds what the source needs, runs it, and tells how it ended.
public struct AttemptExecution: Sendable {
    private let assignment: Assignment
    private let registry: SourceRegistry
    private let logger: Logger

    public init(assignment: Assignment, registry: SourceRegistry, logger: Logger) {
        self.assignment = assignment
        self.registry = registry
        self.logger = logger
    }

    /// Runs the attempt to its end.
    ///
    /// - Returns: the process's exit code, see ``RunnerExitCode``.
    public func run(stop: StopSignal) async -> Int32 {
        let stores = RunnerStores(settings: assignment.storage, logger: logger)
        var assignment = assignment
        let reporter: any AttemptReporter
        if let gateway = assignment.gateway {
            reporter = GatewayReporter(
                gateway: gateway,
                job: assignment.job,
                attempt: assignment.attempt,
                token: assignment.token,
                client: stores.client,
                logger: logger
            )
        } else {
            do {
                let job = try await StandaloneJob.begin(assignment, database: stores.database)
                assignment.attempt = job.attempt
                reporter = StandaloneReporter(job: job)
            } catch {
                StandardStreams.log("the job cannot be started: \(error)")
                return RunnerExitCode.failed
            }
        }
        // A task of its own: a source that does not listen must not keep a superseded runner from ending.
        let work = Task { [assignment] in
            let outcome = await outcome(of: assignment, stores: stores, reporter: reporter, stop: stop)
            // Calls are what a hosted database counts, so whoever reads the log sees what the job cost.
            let calls = stores.database.callCount
            if calls > 0 { StandardStreams.log("calls to the database: \(calls)") }
            reporter.finish(outcome)
        }
        stop.onRequest { work.cancel() }
        return await reporter.deliver { stop.request() }
    }

    private func outcome(
        of assignment: Assignment,
        stores: RunnerStores,
        reporter: any AttemptReporter,
        stop: StopSignal
    ) async -> AttemptOutcome {
        do {
            let source = try registry.source(assignment.source)
            let folder = try AttemptFolder(given: assignment.workFolder)
            defer { folder.remove() }
            let context = AttemptContext(
                job: assignment.job,
                attempt: assignment.attempt,
                parameters: assignment.parameters,
                origin: assignment.origin ?? source.description.defaultOrigin,
                database: stores.database,
                objects: stores.objects,
                progress: reporter,
                workFolder: folder.path
            )
            return .succeeded(try await source.run(context))
        } catch  where stop.isRequested {
            // Whatever a stopped source throws, it ended because it was asked to.
            return .cancelled
        } catch {
            let isOutOfFiles = OpenFileLimit.isReached(by: error)
            var failure = isOutOfFiles ? OpenFileLimit.failure(from: error) : JobFailure.from(error)
            // This is what the process will end with; the gateway hears of the failure before that.
            failure.exit = RunnerExit(
                code: Int(RunnerExitCode.failed),
                reason: isOutOfFiles ? "open_files" : nil
            )
            StandardStreams.log("the attempt failed: \(failure)")
            return .failed(failure)
        }
    }
}

extension JobFailure {
    /// Any error of a source as a failure with a code.
    static func from(_ error: any Error) -> JobFailure {
        switch error {
        case let failure as JobFailure: failure
        case let error as DatabaseError:
            JobFailure(
                code: "database_\(error.kind)".snakeCased,
                message: error.description,
                advice: error.advice,
                isTransient: error.isTransient
            )
        case let error as ObjectStoreError:
            JobFailure(
                code: "object_store_\(error.kind)".snakeCased,
                message: error.description,
                isTransient: error.isTransient
            )
        case is CancellationError:
            JobFailure(code: "interrupted", message: "The source stopped although nobody asked it to.")
        default:
            JobFailure(code: "internal", message: "The source failed unexpectedly: \(error).")
        }
    }
}

extension String {
    /// `notFound` as `not_found`.
    fileprivate var snakeCased: String {
        reduce(into: "") { text, character in
            if character.isUppercase { text += "_" }
            text += character.lowercased()
        }
    }
}
