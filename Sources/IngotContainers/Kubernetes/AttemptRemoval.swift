import IngotCore
import Logging

/// Takes an attempt's Job, pods and Secret out of the cluster, and looks that they are gone.
struct AttemptRemoval: Sendable {
    /// How much time a runner has.
    enum Manner: Sendable {
        /// The grace period.
        case gracefully
        /// A second: it is to be killed, and its node says when it is.
        case quickly
        /// None: its container has ended or never run, so nobody needs to wait for its node.
        case atOnce
    }

    /// How long after that it is given up.
    static let patience: Duration = .seconds(60)

    let api: KubernetesAPI
    let namespace: String
    let gateway: String
    let grace: Duration
    /// How long after the time that a runner has its pod is taken out of the cluster, whatever its node says.
    let nodePatience: Duration
    let logger: Logger
    /// Is told what could not be removed.
    var failed: (@Sendable (AttemptName) async -> Void)?

    /// What a removal came to.
    struct Outcome: Sendable {
        /// Whether nothing is left.
        var isGone: Bool
        /// Whether a pod was taken out of the cluster although its node had not let go of it.
        var wasForced: Bool
    }

    /// Asks for the deletion and waits for it; a task's cancellation does not end it.
    ///
    /// - Returns: whether nothing is left.
    func remove(_ name: AttemptName, _ manner: Manner) async -> Bool { await outcome(of: name, manner).isGone }

    /// The same, and how it went.
    func outcome(of name: AttemptName, _ manner: Manner) async -> Outcome {
        await Task {
            let outcome = await removeShielded(name, manner)
            if !outcome.isGone { await failed?(name) }
            return outcome
        }.value
    }

    private func removeShielded(_ name: AttemptName, _ manner: Manner) async -> Outcome {
        let begin = ContinuousClock.now
        let forcing: ContinuousClock.Instant
        switch manner {
        case .gracefully: forcing = begin + grace + nodePatience
        case .quickly: forcing = begin + .seconds(1) + nodePatience
        case .atOnce: forcing = begin
        }
        let end = forcing + Self.patience
        var wait = Duration.milliseconds(50)
        var isAsked = false
        var hurried: Set<String> = []
        var wasForced = false
        while true {
            do {
                if !isAsked {
                    // The server deletes what hangs on the Job first, each pod with its own grace period.
                    try await delete("jobs", name.object, propagation: "Foreground")
                    try await delete("secrets", name.object)
                    isAsked = true
                }
            } catch {
                logger.warning("An attempt's objects could not be removed yet", metadata: ["reason": "\(error)"])
            }
            do {
                let pods = try await pods(of: name)
                if isAsked, pods.isEmpty, try await !exists(name) {
                    return Outcome(isGone: true, wasForced: wasForced)
                }
                if ContinuousClock.now >= forcing {
                    for pod in pods {
                        wasForced = wasForced || manner != .atOnce
                        try await delete("pods", pod, grace: 0)
                    }
                } else if manner == .quickly {
                    for pod in pods where !hurried.contains(pod) {
                        try await delete("pods", pod, grace: 1)
                        hurried.insert(pod)
                    }
                }
            } catch {
                logger.warning("An attempt's pods could not be removed yet", metadata: ["reason": "\(error)"])
            }
            guard ContinuousClock.now < end else {
                logger.error("An attempt's objects are still in the cluster", metadata: ["job": "\(name.object)"])
                return Outcome(isGone: false, wasForced: wasForced)
            }
            try? await Task.sleep(for: wait)
            wait = min(wait * 2, .seconds(2))
        }
    }

    /// Whether neither the Job nor a pod of it is there; no when nobody can say.
    func isGone(_ name: AttemptName) async -> Bool {
        do {
            if try await exists(name) { return false }
            return try await pods(of: name).isEmpty
        } catch { return false }
    }

    private func delete(_ resource: String, _ name: String, propagation: String? = nil, grace: Int64? = nil)
        async throws
    {
        do {
            _ = try await api.call(
                .delete(resource, name, propagation: propagation, grace: grace, in: namespace)
            )
        } catch let error as KubernetesError where error.kind == .notFound {
            return
        }
    }

    private func exists(_ name: AttemptName) async throws -> Bool {
        do {
            _ = try await api.call(.get("jobs", name.object, in: namespace))
            return true
        } catch let error as KubernetesError where error.kind == .notFound {
            return false
        }
    }

    private func pods(of name: AttemptName) async throws -> [String] {
        let selector =
            "\(AttemptName.selector(gateway: gateway)),\(AttemptName.Label.job)=\(name.job),"
            + "\(AttemptName.Label.attempt)=\(name.attempt)"
        let (pods, _) = try await ClusterWatch.list("pods", api, namespace, selector)
        return pods.compactMap { $0["metadata"]?["name"]?.stringValue }
    }
}
