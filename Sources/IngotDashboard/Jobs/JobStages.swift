import IngotCore

/// The stages of a job as steps, and at which it is.
///
/// The message says where the runner is: the jobs of law sources plan, read their units, validate, and then make a
/// revision visible. The page's module does the same with each message that comes.
struct JobStages {
    enum State: String {
        case done, current, failed, waiting
    }

    struct Step {
        var name: String
        var state: String
        /// In words, for those who do not see the sign.
        var stateWords: String
        var isCurrent: Bool
        /// What a message begins with at this stage; empty for the stage of all other messages.
        var beginning: String?
    }

    var steps: [Step]

    init(_ job: Job, hasUnits: Bool) {
        let isLaw = hasUnits || job.message.map { $0 == "planning" || $0.hasPrefix("revision ") } ?? false
        let stages: [(name: String, beginning: String?)] =
            [("Queued", nil), ("Runner", nil)]
            + (isLaw
                ? [("Plan", "planning"), ("Units", ""), ("Validation", "validating"), ("Visible", "revision ")]
                : [("Work", ""), ("Ended", nil)])
        let place = Self.place(of: job, in: stages.map(\.beginning))
        steps = stages.enumerated().map { index, stage in
            let state = Self.state(of: index, place: place, last: stages.count - 1, job.status)
            let words: String =
                switch state {
                case .done: "done"
                case .current: "now"
                case .failed: job.status == .cancelled ? "cancelled here" : "failed here"
                case .waiting: job.status.isTerminal ? "not reached" : "to come"
                }
            return Step(
                name: stage.name,
                state: state.rawValue,
                stateWords: words,
                isCurrent: state == .current,
                beginning: stage.beginning
            )
        }
    }

    private static func place(of job: Job, in beginnings: [String?]) -> Int {
        if job.status == .queued { return 0 }
        if job.status == .succeeded { return beginnings.count - 1 }
        if job.attempt == 0 { return 0 }
        guard let message = job.message else { return 1 }
        return beginnings.lastIndex { $0.map { !$0.isEmpty && message.hasPrefix($0) } ?? false }
            ?? beginnings.lastIndex { $0 == "" } ?? 1
    }

    private static func state(of index: Int, place: Int, last: Int, _ status: JobStatus) -> State {
        if index < place { return .done }
        if index > place { return .waiting }
        switch status {
        case .succeeded: return .done
        case .failed, .cancelled: return .failed
        case .queued, .running: return .current
        }
    }
}
