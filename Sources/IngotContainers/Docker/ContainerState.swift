import IngotCore

/// What the engine says of a container.
struct ContainerState: Sendable, Equatable {
    var id: String
    /// `created`, `running`, `paused`, `exited`, `dead` and others.
    var status: String
    var exitCode: Int
    var isOutOfMemory: Bool
    var startedAt: LogMoment?
    var labels: [String: String]

    /// - Returns: `nil` when it is no answer that the API has.
    init?(_ inspected: JSONValue) {
        guard let id = inspected["Id"]?.stringValue, let state = inspected["State"],
            let status = state["Status"]?.stringValue
        else { return nil }
        self.id = id
        self.status = status
        exitCode = Int(state["ExitCode"]?.integerValue ?? 0)
        isOutOfMemory = state["OOMKilled"]?.boolValue ?? false
        startedAt = state["StartedAt"]?.stringValue.flatMap { LogMoment($0) }
        labels = (inspected["Config"]?["Labels"]?.objectValue ?? [:]).compactMapValues(\.stringValue)
    }

    /// Whether it was made and never started.
    var isOnlyCreated: Bool { ["created", "configured", "initialized"].contains(status) }

    var hasEnded: Bool { ["exited", "stopped", "dead", "removing"].contains(status) }
}
