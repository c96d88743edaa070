import IngotCore

/// The Job and the Secret of one attempt, as they are sent to the API server.
struct AttemptObjects: Sendable {
    static let container = "runner"

    let options: KubernetesOptions
    let namespace: String
    let gateway: String
    let grace: Duration
    /// What every runner finds in its environment.
    let environment: [String: String]

    /// The Job.
    func job(_ assignment: Assignment, limits: JobLimits, launch: String) -> JSONValue {
        let name = AttemptName(job: assignment.job, attempt: assignment.attempt)
        let labels = JSONValue.object(name.labels(gateway: gateway, source: assignment.source, launch: launch))
        var spec: [String: JSONValue] = [
            "backoffLimit": 0,
            "completions": 1,
            "parallelism": 1,
            "ttlSecondsAfterFinished": .integer(Int64(options.secondsKeptAfterEnd)),
            // A pod that is being ended is not replaced, and one that is disturbed ends the Job.
            "podReplacementPolicy": "Failed",
            "podFailurePolicy": [
                "rules": [
                    [
                        "action": "FailJob",
                        "onPodConditions": [["type": "DisruptionTarget", "status": "True"]],
                    ]
                ]
            ],
            "template": ["metadata": ["labels": labels], "spec": pod(name, limits: limits)],
        ]
        // The launcher's own timer comes first; this one is for when there is no launcher any more.
        if let seconds = limits.wallSeconds {
            let waiting = (options.schedulingPatience + options.startPatience + grace).components.seconds
            spec["activeDeadlineSeconds"] = .integer(Int64(seconds) + waiting + 120)
        }
        return [
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": ["name": .string(name.object), "namespace": .string(namespace), "labels": labels],
            "spec": .object(spec),
        ]
    }

    /// The Secret with the attempt's settings; it goes with the Job.
    ///
    /// - Throws: `JobFailure` when there is more than a Secret or an environment can hold.
    func secret(_ assignment: Assignment, launch: String, ownedBy uid: String) throws -> JSONValue {
        let name = AttemptName(job: assignment.job, attempt: assignment.attempt)
        let inside = try ContainerEnvironment(
            assignment,
            environment: environment,
            omitting: options.credentialsSecret == nil ? [] : Set(assignment.storage.settings.keys)
        )
        return [
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "Opaque",
            "immutable": true,
            "metadata": [
                "name": .string(name.object),
                "namespace": .string(namespace),
                "labels": .object(name.labels(gateway: gateway, source: assignment.source, launch: launch)),
                "ownerReferences": [
                    [
                        "apiVersion": "batch/v1", "kind": "Job", "name": .string(name.object), "uid": .string(uid),
                    ]
                ],
            ],
            "stringData": .object(inside.settings.mapValues(JSONValue.string)),
        ]
    }

    private func pod(_ name: AttemptName, limits: JobLimits) -> JSONValue {
        var sources: [JSONValue] = []
        if let secret = options.credentialsSecret { sources.append(["secretRef": ["name": .string(secret)]]) }
        sources.append(["secretRef": ["name": .string(name.object)]])
        let container: [String: JSONValue] = [
            "name": .string(Self.container),
            "image": .string(options.image),
            "imagePullPolicy": .string(options.imagePullPolicy),
            "args": ["run"],
            "envFrom": .array(sources),
            "resources": resources(limits),
            "securityContext": [
                "allowPrivilegeEscalation": false,
                "readOnlyRootFilesystem": true,
                "runAsNonRoot": true,
                "capabilities": ["drop": ["ALL"]],
            ],
            "terminationMessagePolicy": "FallbackToLogsOnError",
            "volumeMounts": [["name": "scratch", "mountPath": "/tmp"]],
        ]
        var spec: [String: JSONValue] = [
            "restartPolicy": "Never",
            "automountServiceAccountToken": false,
            "enableServiceLinks": false,
            "terminationGracePeriodSeconds": .integer(graceSeconds),
            "securityContext": [
                "runAsNonRoot": true,
                "runAsUser": .integer(Int64(options.user)),
                "runAsGroup": .integer(Int64(options.user)),
                "fsGroup": .integer(Int64(options.user)),
                "seccompProfile": ["type": "RuntimeDefault"],
            ],
            "containers": [.object(container)],
            "volumes": [["name": "scratch", "emptyDir": ["sizeLimit": .string(options.scratchSize)]]],
            "tolerations": .array(options.tolerations + Self.silentNodes),
        ]
        if let account = options.serviceAccount { spec["serviceAccountName"] = .string(account) }
        if !options.nodeSelector.isEmpty {
            spec["nodeSelector"] = .object(options.nodeSelector.mapValues(JSONValue.string))
        }
        if !options.imagePullSecrets.isEmpty {
            spec["imagePullSecrets"] = .array(options.imagePullSecrets.map { ["name": .string($0)] })
        }
        return .object(spec)
    }

    /// A runner that its gateway has not heard of for longer than this is ended anyway.
    private static let silentNodes: [JSONValue] = ["not-ready", "unreachable"].map {
        [
            "key": .string("node.kubernetes.io/\($0)"), "operator": "Exists", "effect": "NoExecute",
            "tolerationSeconds": 30,
        ]
    }

    var graceSeconds: Int64 { max(1, (grace + .milliseconds(999)).components.seconds) }

    /// What the cluster holds the container to: memory and processors.
    ///
    /// Kubernetes has no limit of processor time, of open files or of one pod's processes (a node has its own
    /// `podPidsLimit`), so those of a job have no effect here.
    private func resources(_ limits: JobLimits) -> JSONValue {
        var amounts: [String: JSONValue] = ["ephemeral-storage": .string(options.scratchSize)]
        if let bytes = limits.memoryBytes { amounts["memory"] = .string(String(bytes)) }
        if let processors = limits.processors {
            amounts["cpu"] = .string("\(max(1, Int((processors * 1000).rounded(.up))))m")
        }
        return ["requests": .object(amounts), "limits": .object(amounts)]
    }
}
