import IngotCore

/// What the objects of one attempt are called and labelled.
struct AttemptName: Sendable, Hashable {
    /// The labels' names; all of Ingot's own share one prefix.
    enum Label {
        static let gateway = "ingot.dev/gateway"
        static let job = "ingot.dev/job"
        static let attempt = "ingot.dev/attempt"
        static let source = "ingot.dev/source"
        /// Differs from start to start, so that an object tells whose it is.
        static let launch = "ingot.dev/launch"
    }

    var job: JobID
    var attempt: Int

    /// The name of the attempt's Job and of its Secret.
    var object: String { "ingot-\(job)-\(attempt)" }

    init(job: JobID, attempt: Int) {
        self.job = job
        self.attempt = attempt
    }

    /// The attempt that an object's labels speak of.
    init?(labelsOf object: JSONValue) {
        let labels = object["metadata"]?["labels"]
        guard let job = labels?[Label.job]?.stringValue.flatMap(JobID.init),
            let attempt = labels?[Label.attempt]?.stringValue.flatMap({ Int($0) })
        else { return nil }
        self.init(job: job, attempt: attempt)
    }

    func labels(gateway: String, source: String, launch: String) -> [String: JSONValue] {
        [
            "app.kubernetes.io/name": "ingot-runner",
            "app.kubernetes.io/component": "runner",
            "app.kubernetes.io/managed-by": "ingot",
            Label.gateway: .string(gateway),
            Label.job: .string(job.rawValue),
            Label.attempt: .string(String(attempt)),
            Label.source: .string(source),
            Label.launch: .string(launch),
        ]
    }

    /// Selects everything of one gateway.
    static func selector(gateway: String) -> String { "\(Label.gateway)=\(gateway)" }
}
