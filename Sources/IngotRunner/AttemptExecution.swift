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
        var logger = logger
        if let trace = assignment.trace {
            logger[metadataKey: "trace"] = "\(trace.traceID)"
            logger[metadataKey: "span"] = "\(trace.spanID)"
        }
        let stores = RunnerStores(settings: assignment.storage, trace: assignment.trace, logger: logger)
        var assignment = assignment
        let reporter: any AttemptReporter
        if let gateway = assignment.gateway {
            reporter = GatewayReporter(
                gateway: gateway,
                job: assignment.job,
                attempt: assignment.attempt,
                token: assignment.token,
                client: RunnerStores.client,
                logger: logger,
                reportsLog: assignment.reportsLog,
                trace: assignment.trace,
                counts: RunnerMetrics.takeCounts
            )
        } else {
            do {
                let job = try await StandaloneJob.begin(assignment, database: stores.database)
                assignment.attempt = job.attempt
                // Nobody would begin another one.
                assignment.maxAttempts = job.attempt
                reporter = StandaloneReporter(job: job)
            } catch {
                StandardStreams.log("the job cannot be started: \(error)")
                return RunnerExitCode.failed
            }
        }
        let folder = Result { () throws(JobFailure) in try AttemptFolder(given: assignment.workFolder) }
        // Also when the attempt is given up while its source still runs.
        defer { if case .success(let folder) = folder { folder.remove() } }
        // A task of its own: a source that does not listen must not keep a superseded runner from ending.
        let work = Task { [assignment] in
            let outcome = await outcome(of: assignment, in: folder, stores: stores, reporter: reporter, stop: stop)
            // Calls are what a hosted database counts, so whoever reads the log sees what the job cost.
            let calls = stores.database.callCount
            if calls > 0 { StandardStreams.log("calls to the database: \(calls)") }
            reporter.finish(outcome)
        }
        stop.onRequest { work.cancel() }
        return await reporter.deliver { stop.request() }
    }

    /// What the attempt asks its gateway; `nil` when it runs without one.
    private func questions(of assignment: Assignment) -> GatewayQuestions? {
        assignment.gateway.map {
            GatewayQuestions(gateway: $0, job: assignment.job, token: assignment.token, logger: logger)
        }
    }

    /// Whom the attempt asks before it asks a host: the gateway, which asks for all attempts, or nobody else.
    private func fetchBudget(_ questions: GatewayQuestions?) -> (any RequestBudget, any RobotsCache) {
        guard let questions else { return (LocalRequestBudget(), LocalRobotsCache()) }
        let budget = GatewayRequestBudget(questions)
        return (budget, budget)
    }

    private func outcome(
        of assignment: Assignment,
        in folder: Result<AttemptFolder, JobFailure>,
        stores: RunnerStores,
        reporter: any AttemptReporter,
        stop: StopSignal
    ) async -> AttemptOutcome {
        do {
            let source = try registry.source(assignment.source)
            let questions = questions(of: assignment)
            let (budget, robots) = fetchBudget(questions)
            let proxies = ProxyChoice(try ProxyParameters(assignment.parameters), attempt: assignment.attempt)
            let context = AttemptContext(
                job: assignment.job,
                attempt: assignment.attempt,
                parameters: assignment.parameters,
                origin: assignment.origin,
                database: stores.database,
                objects: stores.objects,
                progress: reporter,
                workFolder: try folder.get().path,
                maxAttempts: assignment.maxAttempts,
                requestBudget: budget,
                robotsCache: robots,
                proxies: proxies.leasing(from: questions),
                hostTerms: assignment.hostTerms,
                isRetriedEndlessly: assignment.isRetriedEndlessly
            )
            return .succeeded(try await source.run(context))
        } catch  where stop.isRequested {
            // Whatever a stopped source throws, it ended because it was asked to.
            return .cancelled
        } catch {
            let isOutOfFiles = OpenFileLimit.isReached(by: error)
            var failure = isOutOfFiles ? OpenFileLimit.failure(from: error) : JobFailure(describing: error)
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
