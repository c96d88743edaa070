import IngotCore
import Logging

/// Follows one attempt in the cluster from its Job's creation to its end.
struct AttemptLife: Sendable {
    /// What came of it.
    enum End: Sendable {
        case ended(RunnerExit)
        case failed(JobFailure)
        /// There was nothing of it.
        case absent
        /// It goes on without this launcher.
        case left
    }

    let name: AttemptName
    let limits: JobLimits
    let options: KubernetesOptions
    let grace: Duration
    let watch: ClusterWatch
    let log: PodLog
    let removal: AttemptRemoval
    let stop: AttemptStopRequest
    let logger: Logger

    /// - Parameters:
    ///   - pod: the attempt's pod, when an earlier gateway has seen it run.
    ///   - started: called once with the pod's name when its container runs.
    func run(pod: String?, started: @escaping @Sendable (String) async -> Void) async -> End {
        let (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        stop.tell(signal)
        let changes = await watch.changes(of: name.object)
        let feeding = Task { for await _ in changes { signal.yield() } }
        // For what is to happen at a time and not after a change.
        let ticking = Task {
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(1))
                signal.yield()
            }
        }
        defer {
            feeding.cancel()
            ticking.cancel()
        }
        var state = Progress()
        state.pod = pod
        for await _ in signals {
            if stop.isLeft {
                await log.leave()
                return .left
            }
            if let end = await look(&state, started: started) { return await finish(end, of: state.pod) }
        }
        return .left
    }

    /// What has been seen so far.
    private struct Progress {
        let begin = ContinuousClock.now
        var isSeen = false
        var lastCheck = ContinuousClock.now
        var deadline: ContinuousClock.Instant?
        var isStarted = false
        /// When the present kind of waiting began.
        var waiting: (kind: AttemptSight.Delay.Kind, since: ContinuousClock.Instant)?
        /// Since when the pod is silent.
        var silence: ContinuousClock.Instant?
        /// The attempt's pod, once it is there.
        var pod: String?
    }

    /// How following ends, and with which pod, whose log may be left to read.
    private struct Ending {
        var end: End
        var pod: String?
        /// The runner may still run.
        var isAlive = false
        /// Its container has never run, so nobody needs time to stop.
        var isUnstarted = false
        /// Nothing that is seen afterwards changes how it ended.
        var isCertain = false
        /// The pod is being deleted and does not say why.
        var isUnexplained = false
        /// Why it ends, whatever its exit code.
        var reason: String?
    }

    private func look(_ state: inout Progress, started: @Sendable (String) async -> Void) async -> Ending? {
        let view = await watch.view(of: name.object)
        let sight = AttemptSight(view)
        if sight != .absent { state.isSeen = true }
        if case .silent = sight { state.silence = state.silence ?? .now } else { state.silence = nil }
        if let pod = state.pod, view.pods[pod] == nil, !view.pods.isEmpty {
            // It is gone and was replaced: a second runner of the same attempt is not to be.
            let exit = AttemptSight.end(of: view.gonePods[pod], job: view.job) ?? RunnerExit(reason: "lost")
            return Ending(end: .ended(exit), isAlive: true, isCertain: true)
        }
        state.pod = state.pod ?? AttemptSight.pod(in: view).map(AttemptSight.name)
        switch sight {
        case .ended(let exit, let pod): return Ending(end: .ended(exit), pod: pod)
        case .running(let pod):
            await begin(pod, view, &state, started)
        case .absent:
            if await isGone(&state) { return Ending(end: .ended(RunnerExit(reason: "lost"))) }
        case .waiting(let delay):
            if let failure = impatience(with: delay, &state) {
                return Ending(end: .failed(failure), isAlive: true, isUnstarted: true)
            }
        case .leaving(let pod, let reason):
            // At once, as the Job may put another pod in its place while this one still has its grace period.
            await log.follow(pod)
            return Ending(
                end: .ended(RunnerExit(reason: reason)),
                pod: pod,
                isAlive: true,
                isUnexplained: reason == "lost",
                reason: reason == "lost" ? nil : reason
            )
        case .silent(let pod):
            if let silence = state.silence, ContinuousClock.now - silence >= options.nodePatience {
                return Ending(end: .ended(RunnerExit(reason: "node_lost")), pod: pod, isAlive: true)
            }
        }
        if stop.isRequested { return Ending(end: .ended(RunnerExit(reason: "lost")), isAlive: true) }
        if let deadline = state.deadline, ContinuousClock.now >= deadline {
            return Ending(end: .ended(RunnerExit(reason: "deadline")), isAlive: true, reason: "deadline")
        }
        return nil
    }

    private func begin(
        _ pod: String,
        _ view: ClusterWatch.View,
        _ state: inout Progress,
        _ started: @Sendable (String) async -> Void
    ) async {
        await log.follow(pod)
        guard !state.isStarted else { return }
        state.isStarted = true
        if let seconds = limits.wallSeconds {
            // One that was taken over has run for a while; clocks of two machines may differ.
            let ran = AttemptSight.beginning(in: view).map {
                Timestamp.now().millisecondsSinceEpoch - $0.millisecondsSinceEpoch
            }
            let left = Duration.seconds(seconds) - .milliseconds(min(max(ran ?? 0, 0), Int64(seconds) * 1000))
            state.deadline = .now + max(left, .zero)
        }
        await started(pod)
    }

    /// Ends what may still run, reads the last of the log, and removes everything.
    ///
    /// - Parameter pod: the attempt's, once it was seen.
    private func finish(_ ending: Ending, of pod: String?) async -> End {
        var end = ending.end
        if ending.isAlive {
            let watching = Task { await exitOnTheWay(of: pod) }
            // What is written during the grace period is read before the pod is gone. A node takes seconds to let go of
            // a pod whose container has ended, so that is not waited for.
            let reading = Task { [log, removal, name, options] in
                guard let seen = await watching.value else { return nil as RunnerExit? }
                // The pod that is seen then is another one.
                await log.finish(ending.isCertain ? nil : seen.pod, patience: options.logPatience)
                if seen.pod != nil { _ = await removal.remove(name, .atOnce) }
                return seen.exit
            }
            let removed = await removal.outcome(of: name, ending.isUnstarted ? .atOnce : .gracefully)
            if !ending.isUnstarted { await letWatchCatchUp() }
            watching.cancel()
            if var exit = await reading.value {
                if !exit.isSuccess { exit.reason = ending.reason ?? exit.reason }
                if case .ended = end, !ending.isCertain { end = .ended(exit) }
            } else {
                await log.finish(nil, patience: .seconds(2))
                // Its node had all the time that it has, and did not end it.
                if ending.isUnexplained, removed.wasForced { end = .ended(RunnerExit(reason: "node_lost")) }
            }
        } else {
            await log.finish(ending.pod, patience: options.logPatience)
            // Left while its last words were read: the next gateway reads them, and tells its end.
            if stop.isLeft { return .left }
            _ = await removal.remove(name, .atOnce)
        }
        return end
    }

    /// How the container ends while its pod is being deleted, when the cluster shows it.
    ///
    /// - Returns: the pod is `nil` when it is gone.
    private func exitOnTheWay(of pod: String?) async -> (exit: RunnerExit, pod: String?)? {
        for await _ in await watch.changes(of: name.object) {
            if let exit = await visibleExit(of: pod) { return exit }
        }
        // What was seen in the very end.
        return await visibleExit(of: pod)
    }

    private func visibleExit(of pod: String?) async -> (exit: RunnerExit, pod: String?)? {
        let view = await watch.view(of: name.object)
        if let pod {
            // The cluster may have put another one beside it in the same second.
            if let present = view.pods[pod] { return AttemptSight.end(of: present, job: view.job).map { ($0, pod) } }
            guard let exit = AttemptSight.end(of: view.gonePods[pod], job: view.job), exit.reason != "lost" else {
                return nil
            }
            return (exit, nil)
        }
        switch AttemptSight(view) {
        case .ended(let exit, let pod?): return (exit, pod)
        // A Job alone does not tell how a container has ended.
        case .ended(let exit, nil) where !view.gonePods.isEmpty && exit.reason != "lost": return (exit, nil)
        default: return nil
        }
    }

    /// The watch may be a little behind what the removal has seen.
    private func letWatchCatchUp() async {
        for _ in 0..<20 {
            if await watch.view(of: name.object).pods.isEmpty { return }
            await Pause.uncancelled(.milliseconds(100))
        }
    }

    /// Whether an attempt that the watch does not show is not there; asked now and then, as the watch may be behind.
    private func isGone(_ state: inout Progress) async -> Bool {
        let wait: Duration = state.isSeen ? .zero : .seconds(5)
        guard ContinuousClock.now - state.lastCheck >= wait else { return false }
        state.lastCheck = .now
        return await removal.isGone(name)
    }

    private func impatience(with delay: AttemptSight.Delay?, _ state: inout Progress) -> JobFailure? {
        guard let delay else {
            state.waiting = nil
            guard ContinuousClock.now - state.begin >= options.schedulingPatience + options.startPatience else {
                return nil
            }
            return Self.failure(.init(kind: .scheduling, message: "no pod has come to run"))
        }
        if state.waiting?.kind != delay.kind { state.waiting = (delay.kind, .now) }
        let patience = delay.kind == .scheduling ? options.schedulingPatience : options.startPatience
        let since = state.waiting?.since ?? .now
        return delay.isFinal || ContinuousClock.now - since >= patience ? Self.failure(delay) : nil
    }

    private static func failure(_ delay: AttemptSight.Delay) -> JobFailure {
        switch delay.kind {
        case .image:
            JobFailure(
                code: "image_unavailable",
                message: "The cluster cannot get the runner's image (\(delay.message)).",
                advice: "Look at the image's name and tag, and whether the pods' imagePullSecrets open its registry."
            )
        case .container:
            JobFailure(
                code: "container_not_started",
                message: "The cluster cannot start the runner's container (\(delay.message)).",
                advice: "Look whether the Secret and the service account that runners are to have exist."
            )
        case .scheduling:
            JobFailure(
                code: "unschedulable",
                message: "The cluster has found no node for the runner (\(delay.message)).",
                advice: "Add nodes, lower the limits of jobs, or look at the node selector and the namespace's quota.",
                isTransient: true
            )
        }
    }
}
