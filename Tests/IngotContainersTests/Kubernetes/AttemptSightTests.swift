import IngotCore
import Testing

@testable import IngotContainers

@Suite("What a cluster's objects say of an attempt")
struct AttemptSightTests {
    private static func pod(
        _ status: JSONValue,
        name: String = "pod",
        created: String = "2026-01-01T00:00:00Z",
        isLeaving: Bool = false
    ) -> JSONValue {
        var metadata: [String: JSONValue] = ["name": .string(name), "creationTimestamp": .string(created)]
        if isLeaving { metadata["deletionTimestamp"] = "2026-01-01T00:01:00Z" }
        return ["metadata": .object(metadata), "status": status]
    }

    private static func container(_ state: JSONValue) -> JSONValue {
        [["name": "runner", "state": state]]
    }

    private static func sight(_ pod: JSONValue, job: JSONValue? = [:]) -> AttemptSight {
        AttemptSight(ClusterWatch.View(job: job, pods: [AttemptSight.name(pod): pod]))
    }

    private static let waiting: [(reason: String, kind: AttemptSight.Delay.Kind, isFinal: Bool)] = [
        ("ErrImagePull", .image, false), ("ImagePullBackOff", .image, false), ("InvalidImageName", .image, true),
        ("ErrImageNeverPull", .image, true), ("CreateContainerConfigError", .container, false),
        ("RunContainerError", .container, false),
    ]

    @Test("A container that waits tells why", arguments: waiting)
    func waits(reason: String, kind: AttemptSight.Delay.Kind, isFinal: Bool) {
        let state: JSONValue = ["waiting": ["reason": .string(reason), "message": "the cluster's words"]]
        let sight = Self.sight(Self.pod(["phase": "Pending", "containerStatuses": Self.container(state)]))
        let words = "\(reason): the cluster's words"
        #expect(sight == .waiting(AttemptSight.Delay(kind: kind, message: words, isFinal: isFinal)))
    }

    @Test("What is on its way is no delay; what finds no node is")
    func begins() {
        let creating: JSONValue = ["waiting": ["reason": "ContainerCreating"]]
        let pod = Self.pod(["phase": "Pending", "containerStatuses": Self.container(creating)])
        #expect(Self.sight(pod) == .waiting(nil))
        let condition: JSONValue = ["type": "PodScheduled", "status": "False", "message": "0/3 nodes are available"]
        let unscheduled = Self.pod(["phase": "Pending", "conditions": [condition]])
        let delay = AttemptSight.Delay(kind: .scheduling, message: "0/3 nodes are available")
        #expect(Self.sight(unscheduled) == .waiting(delay))
    }

    private static let endings: [(terminated: JSONValue, status: [String: JSONValue], exit: RunnerExit)] = [
        (["exitCode": 0, "reason": "Completed"], [:], RunnerExit(code: 0)),
        (["exitCode": 7, "reason": "Error"], [:], RunnerExit(code: 7)),
        (["exitCode": 143, "reason": "Error"], [:], RunnerExit(code: 143)),
        (["exitCode": 134, "reason": "Error"], [:], RunnerExit(signal: 6)),
        (["exitCode": 137, "reason": "OOMKilled"], [:], RunnerExit(signal: 9, reason: "out_of_memory")),
        (["exitCode": 137, "reason": "Error"], ["reason": "Evicted"], RunnerExit(signal: 9, reason: "evicted")),
        (["exitCode": 137, "reason": "ContainerStatusUnknown"], [:], RunnerExit(reason: "lost")),
        (["exitCode": 137], ["reason": "NodeLost"], RunnerExit(signal: 9, reason: "node_lost")),
        (["exitCode": 0], ["reason": "Evicted"], RunnerExit(code: 0)),
    ]

    @Test("A container that has ended tells its code, and what the cluster did to it", arguments: endings)
    func ends(terminated: JSONValue, status: [String: JSONValue], exit: RunnerExit) {
        var status = status
        status["phase"] = "Failed"
        status["containerStatuses"] = Self.container(["terminated": terminated])
        #expect(Self.sight(Self.pod(.object(status))) == .ended(exit, pod: "pod"))
    }

    @Test("The end of a pod that is gone is known when it was the last that was seen of it")
    func gone() {
        let ended = Self.pod(["phase": "Failed", "containerStatuses": Self.container(["terminated": ["exitCode": 7]])])
        let view = ClusterWatch.View(job: [:], gonePods: ["pod": ended])
        #expect(AttemptSight(view) == .ended(RunnerExit(code: 7), pod: nil))
        let running = Self.pod(["phase": "Running", "containerStatuses": Self.container(["running": [:]])])
        #expect(AttemptSight(ClusterWatch.View(gonePods: ["pod": running])) == .absent)
        #expect(AttemptSight(ClusterWatch.View(job: [:], gonePods: ["pod": running])) == .waiting(nil))
    }

    @Test("A quota that has no room is waited for, and told as such")
    func quota() {
        let words = "jobs.batch is forbidden: exceeded quota: runners, requested: count/jobs.batch=1"
        let failure = KubernetesError(status: 403, body: ["message": .string(words)], operation: "create jobs").failure
        #expect(failure.isTransient)
        #expect(failure.advice?.contains("quota") == true)
    }

    @Test(
        "A pod that has failed without a container tells why",
        arguments: [
            ("Evicted", "evicted"), ("Preempting", "evicted"), ("OutOfmemory", "evicted"), ("NodeLost", "node_lost"),
            ("DeadlineExceeded", "deadline"), ("Whatever", "lost"),
        ]
    )
    func fails(reason: String, expected: String) {
        let sight = Self.sight(Self.pod(["phase": "Failed", "reason": .string(reason)]))
        #expect(sight == .ended(RunnerExit(reason: expected), pod: "pod"))
    }

    @Test(
        "A pod that is being deleted is on its way out, for the reason that its conditions give",
        arguments: [("DeletionByTaintManager", "node_lost"), ("EvictionByEvictionAPI", "evicted"), ("", "lost")]
    )
    func leaves(condition: String, expected: String) {
        var status: [String: JSONValue] = ["phase": "Running", "containerStatuses": Self.container(["running": [:]])]
        if !condition.isEmpty {
            status["conditions"] = [["type": "DisruptionTarget", "status": "True", "reason": .string(condition)]]
        }
        let pod = Self.pod(.object(status), isLeaving: true)
        #expect(Self.sight(pod) == .leaving(pod: "pod", reason: expected))
    }

    @Test("The first pod is the attempt's, not what the cluster puts in its place")
    func replacement() {
        let running: JSONValue = ["phase": "Running", "containerStatuses": Self.container(["running": [:]])]
        let first = Self.pod(running, name: "z", isLeaving: true)
        let second = Self.pod(running, name: "a")
        let view = ClusterWatch.View(job: [:], pods: ["z": first, "a": second])
        #expect(AttemptSight(view) == .leaving(pod: "z", reason: "lost"))
        let later = Self.pod(running, name: "a", created: "2026-01-01T00:00:05Z")
        let failed = Self.pod(["phase": "Failed"], name: "z")
        let other = ClusterWatch.View(job: [:], pods: ["a": later, "z": failed])
        #expect(AttemptSight(other) == .ended(RunnerExit(reason: "lost"), pod: "z"))
    }

    @Test("Without a pod, the Job says what there is")
    func job() {
        func job(_ type: String, _ reason: String) -> ClusterWatch.View {
            let condition: JSONValue = ["type": .string(type), "status": "True", "reason": .string(reason)]
            return ClusterWatch.View(job: ["status": ["conditions": [condition]]])
        }
        #expect(AttemptSight(ClusterWatch.View()) == .absent)
        #expect(AttemptSight(ClusterWatch.View(job: [:])) == .waiting(nil))
        #expect(AttemptSight(job("Failed", "DeadlineExceeded")) == .ended(RunnerExit(reason: "deadline"), pod: nil))
        #expect(AttemptSight(job("Failed", "BackoffLimitExceeded")) == .ended(RunnerExit(reason: "lost"), pod: nil))
        #expect(AttemptSight(job("Complete", "")) == .ended(RunnerExit(code: 0), pod: nil))
    }

    @Test("Of a pod whose node is silent nobody knows")
    func silent() {
        #expect(Self.sight(Self.pod(["phase": "Unknown"])) == .silent(pod: "pod"))
    }
}
