import FoundationEssentials
public import IngotCore
public import Logging
import NIOHTTP1
import Synchronization

/// Starts each runner as a Job of a Kubernetes cluster, one an attempt, and takes it away when it has ended.
///
/// What a runner is told is in a Secret of the attempt's own, which belongs to the Job and goes with it. Nothing is
/// read from a pod but its state and its log. A runner outlives the gateway; the next one takes it over.
public final class KubernetesLauncher: Launcher {
    public let name = "kubernetes"

    private let options: KubernetesOptions
    private let surroundings: LauncherSurroundings
    private let namespace: String
    private let api: KubernetesAPI
    private let watch: ClusterWatch
    private let objects: AttemptObjects
    private let removal: AttemptRemoval
    /// Attempts whose objects could not be removed when they ended.
    private let removals: RepeatedRemoval<AttemptName>
    private let notes: LogNotes
    private let logger: Logger
    /// The attempts that this launcher follows, and when each is let go.
    private let followed = Mutex<[AttemptName: Followed]>([:])

    private struct Followed {
        var stop: AttemptStopRequest
        var isOver: Task<Void, Never>
    }

    /// - Throws: `JobFailure` when the certificates cannot be read.
    public init(
        _ access: ClusterAccess,
        options: KubernetesOptions,
        surroundings: LauncherSurroundings,
        logger: Logger
    ) throws {
        self.options = options
        self.surroundings = surroundings
        self.logger = logger
        namespace = options.namespace ?? access.namespace ?? "default"
        api = try KubernetesAPI(access, logger: logger)
        watch = ClusterWatch(
            api: api,
            namespace: namespace,
            selector: AttemptName.selector(gateway: surroundings.gateway),
            resync: options.resync,
            logger: logger
        )
        objects = AttemptObjects(
            options: options,
            namespace: namespace,
            gateway: surroundings.gateway,
            grace: surroundings.grace,
            environment: surroundings.environment
        )
        var removal = AttemptRemoval(
            api: api,
            namespace: namespace,
            gateway: surroundings.gateway,
            grace: surroundings.grace,
            nodePatience: options.deletionPatience,
            logger: logger
        )
        let removals = RepeatedRemoval { [removal] name in await removal.remove(name, .quickly) }
        removal.failed = { await removals.add($0) }
        self.removal = removal
        self.removals = removals
        notes = LogNotes(folder: surroundings.notesFolder)
    }

    /// Asks the API server for its version.
    public func checkReadiness() async throws {
        _ = try await api.call(.version)
    }

    /// Looks whether the cluster can be reached and lets this launcher do all that it has to.
    ///
    /// - Throws: `LauncherError`.
    public func check() async throws {
        try await ClusterRights(api: api, namespace: namespace).check()
        logger.notice(
            "A cluster holds runners to wall_seconds and memory_mib; cpu_seconds, processes and open_files have no effect"
        )
        let folders = surroundings.origins.filter { !$0.value.hasPrefix("http://") && !$0.value.hasPrefix("https://") }
        if let (source, folder) = folders.min(by: { $0.key < $1.key }) {
            throw LauncherError(
                message: "The upstream of \(source) is the folder \(folder), which pods do not have.",
                advice: "Give --origin \(source)= an http(s) address that the cluster reaches, or leave it out."
            )
        }
        if surroundings.usesEmbeddedStores {
            throw LauncherError(
                message: "Pods cannot reach the gateway's embedded stores, which listen on loopback only.",
                advice: "Configure stores that the cluster reaches (CF_ACCOUNT_ID and the settings beside it)."
            )
        }
    }

    public func run(
        _ assignment: Assignment,
        limits: JobLimits,
        started: @escaping @Sendable (_ handle: String) async -> Void,
        output: @escaping @Sendable (_ bytes: [UInt8]) async -> Void
    ) async throws -> RunnerExit {
        let name = AttemptName(job: assignment.job, attempt: assignment.attempt)
        let stop = AttemptStopRequest()
        let end = await follow(name, stop) { [self] in
            guard !stop.isRequested else { return .ended(RunnerExit(reason: "not_started")) }
            let launch = UUID().uuidString.lowercased()
            // What a pod cannot be told is found before there is one.
            do { _ = try objects.secret(assignment, launch: launch, ownedBy: "") } catch {
                return .failed(Self.failure(error))
            }
            let uid: String
            do { uid = try await createJob(assignment, name, limits, launch) } catch {
                // What was refused is not there, or is another's.
                if Self.mayHaveBeenDone(error) { _ = await removal.remove(name, .quickly) }
                return .failed(Self.failure(error))
            }
            do { try await createSecret(assignment, name, launch, ownedBy: uid) } catch {
                _ = await removal.remove(name, .quickly)
                return .failed(Self.failure(error))
            }
            return await life(name, limits, stop, output).run(pod: nil) { [namespace] in
                await started("\(namespace)/\($0)")
            }
        }
        switch end {
        case .ended(let exit): return exit
        case .failed(let failure): throw failure
        case .absent: return RunnerExit(reason: "lost")
        case .left: throw CancellationError()
        }
    }

    public func adopt(
        _ runner: LeftoverRunner,
        output: @escaping @Sendable (_ bytes: [UInt8]) async -> Void
    ) async -> RunnerExit? {
        do { return try await adopt(runner, started: { _ in }, output: output) } catch { return nil }
    }

    public func adopt(
        _ runner: LeftoverRunner,
        started: @escaping @Sendable (_ handle: String?) async -> Void,
        output: @escaping @Sendable (_ bytes: [UInt8]) async -> Void
    ) async throws -> RunnerExit? {
        let name = AttemptName(job: runner.job, attempt: runner.attempt)
        let stop = AttemptStopRequest()
        let end = await follow(name, stop) { [self] in
            if await removal.isGone(name) {
                _ = await removal.remove(name, .atOnce)
                return .absent
            }
            // Another pod in its place would be a second runner of the same attempt.
            let pod = runner.handle.flatMap { $0.split(separator: "/").last }.map(String.init)
            return await life(name, runner.limits, stop, output).run(pod: pod) { [namespace] in
                await started("\(namespace)/\($0)")
            }
        }
        switch end {
        case .ended(let exit): return exit
        case .failed(let failure): throw failure
        case .absent, .left: return nil
        }
    }

    public func leave(_ runner: LeftoverRunner) async {
        let name = AttemptName(job: runner.job, attempt: runner.attempt)
        guard let followed = followed.withLock({ $0[name] }) else { return }
        followed.stop.leave()
        await followed.isOver.value
    }

    public func endLeftover(_ runner: LeftoverRunner) async -> Bool {
        let name = AttemptName(job: runner.job, attempt: runner.attempt)
        let isGone = await removal.remove(name, .quickly)
        if isGone, followed.withLock({ $0[name] }) == nil { notes.forget(job: name.job, attempt: name.attempt) }
        return isGone
    }

    public func endLeftovers(except kept: [(job: JobID, attempt: Int)]) async {
        let selector = AttemptName.selector(gateway: surroundings.gateway)
        var names: Set<AttemptName> = []
        do {
            for resource in ["jobs", "pods"] {
                let (objects, _) = try await ClusterWatch.list(resource, api, namespace, selector)
                names.formUnion(objects.compactMap(AttemptName.init(labelsOf:)))
            }
        } catch {
            logger.error("What earlier gateways left in the cluster is not known", metadata: ["reason": "\(error)"])
            return
        }
        names.subtract(kept.map { AttemptName(job: $0.job, attempt: $0.attempt) })
        let removal = removal
        await withTaskGroup(of: Void.self) { group in
            for (index, name) in names.enumerated() {
                if index >= 16 { await group.next() }
                group.addTask { _ = await removal.remove(name, .quickly) }
            }
        }
        for name in names { notes.forget(job: name.job, attempt: name.attempt) }
    }

    // MARK: - One attempt

    /// Does the work in a task that cancellation does not reach; a cancelled caller only asks the runner to end.
    private func follow(
        _ name: AttemptName,
        _ stop: AttemptStopRequest,
        _ work: @escaping @Sendable () async -> AttemptLife.End
    ) async -> AttemptLife.End {
        let task = Task(operation: work)
        let isOver = Task { _ = await task.value }
        followed.withLock { $0[name] = Followed(stop: stop, isOver: isOver) }
        let end = await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            stop.request()
        }
        _ = followed.withLock { $0.removeValue(forKey: name) }
        if case .left = end {} else { notes.forget(job: name.job, attempt: name.attempt) }
        return end
    }

    private func life(
        _ name: AttemptName,
        _ limits: JobLimits,
        _ stop: AttemptStopRequest,
        _ output: @escaping @Sendable ([UInt8]) async -> Void
    ) -> AttemptLife {
        AttemptLife(
            name: name,
            limits: limits,
            options: options,
            grace: surroundings.grace,
            watch: watch,
            log: PodLog(name, api: api, namespace: namespace, notes: notes, logger: logger, output: output),
            removal: removal,
            stop: stop,
            logger: logger
        )
    }

    /// Makes the Job, whose container does not start until the Secret is there.
    ///
    /// - Returns: its `uid`, by which the Secret belongs to it.
    private func createJob(
        _ assignment: Assignment,
        _ name: AttemptName,
        _ limits: JobLimits,
        _ launch: String
    ) async throws -> String {
        let job = objects.job(assignment, limits: limits, launch: launch)
        var created: JSONValue
        do { created = try await api.call(.create("jobs", job, in: namespace)) } catch let error as KubernetesError
            where error.kind == .conflict
        {
            created = try await api.call(.get("jobs", name.object, in: namespace))
            // This very start has made it, and the answer was lost.
            guard created["metadata"]?["labels"]?[AttemptName.Label.launch]?.stringValue == launch else {
                throw error
            }
        }
        guard let uid = created["metadata"]?["uid"]?.stringValue else {
            throw KubernetesError(.malformedAnswer, operation: "create jobs", message: "a Job without a uid")
        }
        return uid
    }

    private func createSecret(
        _ assignment: Assignment,
        _ name: AttemptName,
        _ launch: String,
        ownedBy uid: String
    ) async throws {
        let secret = try objects.secret(assignment, launch: launch, ownedBy: uid)
        do { _ = try await api.call(.create("secrets", secret, in: namespace)) } catch let error as KubernetesError
            where error.kind == .conflict
        {
            // It is of this start, or a remainder; it cannot be read, so it is made anew.
            do { _ = try await api.call(.delete("secrets", name.object, in: namespace)) } catch let error
                as KubernetesError where error.kind == .notFound
            {}
            _ = try await api.call(.create("secrets", secret, in: namespace))
        }
    }

    /// Whether a call that failed may have been carried out.
    private static func mayHaveBeenDone(_ error: any Error) -> Bool {
        switch (error as? KubernetesError)?.kind {
        case .unauthenticated?, .forbidden?, .notFound?, .conflict?, .invalid?: false
        default: true
        }
    }

    private static func failure(_ error: any Error) -> JobFailure {
        switch error {
        case let failure as JobFailure: failure
        case let error as KubernetesError: error.failure
        default: KubernetesError(.unavailable, operation: "create jobs", message: "it was interrupted").failure
        }
    }
}
