import IngotCore

/// What the cluster's objects say of one attempt, in the launcher's words.
enum AttemptSight: Sendable, Equatable {
    /// Neither Job nor pod is there.
    case absent
    /// The container does not run yet.
    case waiting(Delay?)
    case running(pod: String)
    /// The pod is being deleted, and its container has not been seen to end.
    case leaving(pod: String, reason: String)
    /// Nobody knows how the pod is, as its node does not say.
    case silent(pod: String)
    /// It has ended; the pod is `nil` when that is gone already.
    case ended(RunnerExit, pod: String?)

    /// Why a container does not start.
    struct Delay: Sendable, Equatable {
        enum Kind: Sendable, Equatable {
            case image
            case container
            case scheduling
        }

        var kind: Kind
        /// The cluster's own words.
        var message: String
        /// Whether waiting is of no use.
        var isFinal = false
    }

    init(_ view: ClusterWatch.View) {
        guard let pod = Self.pod(in: view) else {
            if let first = view.gonePods.values.min(by: { Self.order($0) < Self.order($1) }),
                let exit = Self.end(of: first, job: view.job)
            {
                self = .ended(exit, pod: nil)
                return
            }
            guard let job = view.job else {
                self = .absent
                return
            }
            switch Self.failure(of: job) {
            case "DeadlineExceeded"?: self = .ended(RunnerExit(reason: "deadline"), pod: nil)
            case .some: self = .ended(RunnerExit(reason: "lost"), pod: nil)
            case nil where Self.isComplete(job): self = .ended(RunnerExit(code: 0), pod: nil)
            case nil: self = .waiting(nil)
            }
            return
        }
        self.init(pod: pod, job: view.job)
    }

    private init(pod: JSONValue, job: JSONValue?) {
        let name = Self.name(pod)
        let status = pod["status"]
        let phase = status?["phase"]?.stringValue
        let container = status?["containerStatuses"]?.arrayValue?
            .first { $0["name"]?.stringValue == AttemptObjects.container }?["state"]
        let disturbance = Self.disturbance(of: pod)
        let deadline = job.flatMap(Self.failure(of:)) == "DeadlineExceeded" ? "deadline" : nil
        if let terminated = container?["terminated"], terminated.objectValue != nil {
            self = .ended(Self.exit(terminated, disturbance: disturbance ?? deadline), pod: name)
            return
        }
        switch phase {
        case "Failed": self = .ended(RunnerExit(reason: disturbance ?? deadline ?? "lost"), pod: name)
        case "Succeeded": self = .ended(RunnerExit(code: 0), pod: name)
        case _ where pod["metadata"]?["deletionTimestamp"] != nil:
            self = .leaving(pod: name, reason: disturbance ?? deadline ?? "lost")
        case "Unknown": self = .silent(pod: name)
        case _ where container?["running"] != nil: self = .running(pod: name)
        default: self = .waiting(Self.delay(of: pod, container: container))
        }
    }

    /// How the container of a pod that is gone has ended, when the last that was seen of it tells that.
    static func end(of pod: JSONValue?, job: JSONValue?) -> RunnerExit? {
        guard let pod, case .ended(let exit, _) = AttemptSight(pod: pod, job: job) else { return nil }
        return exit
    }

    /// The attempt's pod: the first that the Job has made.
    ///
    /// Clusters before Kubernetes 1.28 replace a pod as soon as it is being deleted; a replacement is not waited for.
    static func pod(in view: ClusterWatch.View) -> JSONValue? {
        view.pods.values.min { order($0) < order($1) }
    }

    /// Times are whole seconds, so the pod that is being deleted goes before.
    private static func order(_ pod: JSONValue) -> (Int, String, String) {
        let metadata = pod["metadata"]
        return (
            metadata?["deletionTimestamp"] == nil ? 1 : 0, metadata?["creationTimestamp"]?.stringValue ?? "", name(pod)
        )
    }

    /// When the container began, by its node's clock.
    static func beginning(in view: ClusterWatch.View) -> Timestamp? {
        for pod in view.pods.values {
            for container in pod["status"]?["containerStatuses"]?.arrayValue ?? [] {
                if let text = container["state"]?["running"]?["startedAt"]?.stringValue,
                    let moment = LogMoment(text)
                {
                    return Timestamp(millisecondsSinceEpoch: moment.seconds * 1000)
                }
            }
        }
        return nil
    }

    private static func exit(_ terminated: JSONValue, disturbance: String?) -> RunnerExit {
        let reason = terminated["reason"]?.stringValue
        if reason == "ContainerStatusUnknown" { return RunnerExit(reason: disturbance ?? "lost") }
        var exit = RunnerExit(containerExitCode: Int(terminated["exitCode"]?.integerValue ?? -1))
        if let signal = terminated["signal"]?.integerValue, signal > 0 { exit = RunnerExit(signal: Int(signal)) }
        // What ended well did so in spite of everything.
        guard !exit.isSuccess else { return exit }
        if let disturbance {
            exit.reason = disturbance
        } else if reason == "OOMKilled" {
            exit.reason = "out_of_memory"
        }
        return exit
    }

    /// What the cluster did to a pod that did nothing itself.
    private static func disturbance(of pod: JSONValue) -> String? {
        let reason = pod["status"]?["reason"]?.stringValue ?? ""
        switch reason {
        case "NodeLost": return "node_lost"
        case "DeadlineExceeded": return "deadline"
        case "Evicted", "Preempting", "Shutdown", "NodeShutdown", "Terminated", "NodeAffinity",
            "UnexpectedAdmissionError":
            return "evicted"
        case _ where reason.hasPrefix("OutOf"): return "evicted"
        default: break
        }
        let conditions = pod["status"]?["conditions"]?.arrayValue ?? []
        let target = conditions.first {
            $0["type"]?.stringValue == "DisruptionTarget" && $0["status"]?.stringValue == "True"
        }
        switch target?["reason"]?.stringValue {
        case nil: return nil
        case "DeletionByTaintManager"?, "DeletionByPodGC"?: return "node_lost"
        case .some: return "evicted"
        }
    }

    private static func delay(of pod: JSONValue, container: JSONValue?) -> Delay? {
        if let waiting = container?["waiting"], let reason = waiting["reason"]?.stringValue {
            let words = waiting["message"]?.stringValue.map { "\(reason): \($0.prefix(500))" } ?? reason
            switch reason {
            case "ErrImagePull", "ImagePullBackOff", "RegistryUnavailable", "ImageInspectError":
                return Delay(kind: .image, message: words)
            case "InvalidImageName", "ErrImageNeverPull": return Delay(kind: .image, message: words, isFinal: true)
            case "CreateContainerConfigError", "CreateContainerError", "RunContainerError", "CrashLoopBackOff":
                return Delay(kind: .container, message: words)
            default: return nil
            }
        }
        let scheduled = pod["status"]?["conditions"]?.arrayValue?.first { $0["type"]?.stringValue == "PodScheduled" }
        guard scheduled?["status"]?.stringValue == "False" else { return nil }
        let words = scheduled?["message"]?.stringValue ?? scheduled?["reason"]?.stringValue ?? "no node fits"
        return Delay(kind: .scheduling, message: String(words.prefix(500)))
    }

    /// The reason of a Job that has failed or is about to.
    private static func failure(of job: JSONValue) -> String? {
        let failed = job["status"]?["conditions"]?.arrayValue?.first {
            ["Failed", "FailureTarget"].contains($0["type"]?.stringValue) && $0["status"]?.stringValue == "True"
        }
        return failed.map { $0["reason"]?.stringValue ?? "Failed" }
    }

    private static func isComplete(_ job: JSONValue) -> Bool {
        job["status"]?["conditions"]?.arrayValue?.contains {
            $0["type"]?.stringValue == "Complete" && $0["status"]?.stringValue == "True"
        } ?? false
    }

    static func name(_ object: JSONValue) -> String { object["metadata"]?["name"]?.stringValue ?? "" }
}
