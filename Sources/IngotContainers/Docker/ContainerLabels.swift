import IngotCore

/// By what a gateway knows its containers again.
enum ContainerLabels {
    static let gateway = "ingot.gateway"
    static let job = "ingot.job"
    static let attempt = "ingot.attempt"
    static let source = "ingot.source"
    static let version = "ingot.version"

    /// The attempt that a container with these labels is of; `nil` when it is of none.
    static func attempt(of labels: [String: String]) -> (job: JobID, attempt: Int)? {
        guard let job = labels[job].flatMap({ JobID($0) }), let attempt = labels[attempt].flatMap({ Int($0) }) else {
            return nil
        }
        return (job, attempt)
    }

    /// The name of an attempt's container.
    static func name(job: JobID, attempt: Int) -> String { "ingot-\(job)-\(attempt)" }
}
