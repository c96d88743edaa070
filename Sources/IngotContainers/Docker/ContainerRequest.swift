import IngotCore

/// The body of `POST /containers/create` for one attempt; it holds secrets.
struct ContainerRequest: Sendable {
    /// All that the user may run on the machine; the container's own count is `PidsLimit`.
    ///
    /// An engine sets its own where a request sets only others, and refuses those that it may not give itself.
    private static let userProcesses: Int64 = 32_768
    private static let openFiles: Int64 = 8192
    /// How long after its limit of processor time a process is killed by the kernel, in seconds: the launcher ends it
    /// before, and tells why.
    private static let processorMargin: Int64 = 10

    let assignment: Assignment
    let limits: JobLimits
    let settings: ContainerSettings
    let gateway: String
    let environment: ContainerEnvironment
    let grace: Duration

    var name: String { ContainerLabels.name(job: assignment.job, attempt: assignment.attempt) }

    var body: JSONValue {
        var body: [String: JSONValue] = [
            "Image": .string(settings.image),
            "Cmd": ["run"],
            "Env": .array(variables),
            "Labels": [
                ContainerLabels.gateway: .string(gateway),
                ContainerLabels.job: .string(assignment.job.rawValue),
                ContainerLabels.attempt: .string(String(assignment.attempt)),
                ContainerLabels.source: .string(assignment.source),
                ContainerLabels.version: .string(IngotVersion.current),
            ],
            "HostConfig": .object(host),
            // Its heartbeats say how the runner is; the image's check is for those that nobody else watches.
            "Healthcheck": ["Test": ["NONE"]],
            "StopTimeout": .integer(max(1, grace.milliseconds / 1000)),
            "Tty": false,
            "OpenStdin": false,
        ]
        if let user = settings.user { body["User"] = .string(user) }
        return .object(body)
    }

    private var variables: [JSONValue] {
        environment.settings.sorted { $0.key < $1.key }.map { .string("\($0.key)=\($0.value)") }
    }

    private var host: [String: JSONValue] {
        var host: [String: JSONValue] = [
            "NetworkMode": .string(settings.network),
            "ReadonlyRootfs": true,
            "Tmpfs": [
                "/tmp": .string("rw,noexec,nosuid,nodev,mode=1777,size=\(settings.temporaryMiB)m")
            ],
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges"],
            "RestartPolicy": ["Name": "no"],
            "AutoRemove": false,
            // Files, as not every driver can be read again; Podman takes it for its own of that kind.
            "LogConfig": ["Type": "json-file", "Config": ["max-size": .string("\(settings.logMiB)m")]],
            "Ulimits": .array(ulimits),
        ]
        if let memory = limits.memoryBytes {
            host["Memory"] = .integer(memory)
            // The same, so that none of it is swapped out.
            host["MemorySwap"] = .integer(memory)
        }
        if let processors = limits.processors { host["NanoCpus"] = .integer(Int64(processors * 1e9)) }
        if let processes = limits.processes { host["PidsLimit"] = .integer(Int64(processes)) }
        if let origin = assignment.origin, origin.hasPrefix("/") {
            host["Mounts"] = [
                ["Type": "bind", "Source": .string(origin), "Target": .string(origin), "ReadOnly": true]
            ]
        }
        return host
    }

    private var ulimits: [JSONValue] {
        func limit(_ name: String, _ soft: Int64, _ hard: Int64) -> JSONValue {
            ["Name": .string(name), "Soft": .integer(soft), "Hard": .integer(hard)]
        }
        var all: [JSONValue] = []
        guard limits.openFiles != nil || limits.cpuSeconds != nil else { return all }
        let files = limits.openFiles.map { Int64($0) } ?? Self.openFiles
        all.append(limit("nofile", files, files))
        all.append(limit("nproc", Self.userProcesses, Self.userProcesses))
        if let seconds = limits.cpuSeconds {
            let soft = Int64(seconds) + Self.processorMargin
            all.append(limit("cpu", soft, soft + 1))
        }
        return all
    }
}
