import IngotCore

/// A job that is registered under a name, to be run again and again: one row of `job_definitions`.
struct JobDefinition: Sendable, Equatable {
    /// Given once, and to no other definition afterwards.
    var id: Int64
    /// Unique.
    var name: String
    var source: String
    /// What its runs are given; a run and a schedule can lay members of their own over it.
    var parameters: JSONValue
    /// Whether it can be run.
    var isEnabled = true
    var retries = JobRetries.bounded
    /// `nil`: as many as the gateway gives; without a meaning where ``retries`` has no end.
    var maximumAttempts: Int?
    var priority = 0
    /// What one attempt may use, where that is less than the operator allows.
    var limits: JobLimits?
    /// The operator's decision to ask the source's host otherwise than its owner has published.
    var hostTerms: HostTermsOverride?
    /// Whether it came with its source.
    var isBuiltIn = false
    var createdAt: Timestamp
    var createdBy: String?
    var updatedAt: Timestamp
    var updatedBy: String?

    /// What a name may be: letters, digits, and `-_.` with spaces inside.
    static func isName(_ text: String) -> Bool {
        (1...100).contains(text.utf8.count) && text.first != " " && text.last != " "
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || " -_.".utf8.contains(byte)
            }
    }
}

/// Terms that hold in the place of those that a host's owner has published, with who decided so and why.
struct HostTermsOverride: Sendable, Codable, Equatable {
    var terms: HostTerms
    var reason: String
    var decidedBy: String?
    var decidedAt: Timestamp

    enum CodingKeys: String, CodingKey {
        case terms, reason
        case decidedBy = "decided_by"
        case decidedAt = "decided_at"
    }
}

/// What makes a job a run of a definition.
struct DefinitionRun: Sendable, Equatable {
    var definitionID: Int64
    /// The schedule and the due time of the tick that started it.
    var tick: Tick?
    var endlessRetries: EndlessRetries?
    var deadlineAt: Timestamp?
    var hostTerms: HostTerms?

    struct Tick: Sendable, Equatable {
        var scheduleID: Int64
        var due: Timestamp
    }

    /// A run of a definition that begins now.
    init(of definition: JobDefinition, tick: Tick? = nil, deadlineAt: Timestamp? = nil, at now: Timestamp) {
        definitionID = definition.id
        self.tick = tick
        var deadlines = [deadlineAt].compactMap { $0 }
        if case .endless(let endless) = definition.retries {
            endlessRetries = endless
            if let seconds = endless.deadlineSeconds { deadlines.append(now.advanced(by: .seconds(seconds))) }
        }
        self.deadlineAt = deadlines.min()
        hostTerms = definition.hostTerms?.terms
    }

    /// The run that does an ended one again; `nil` when that was no definition's.
    init?(again job: Job, at now: Timestamp) {
        guard let definition = job.definitionID else { return nil }
        definitionID = definition
        endlessRetries = job.endlessRetries
        deadlineAt = job.endlessRetries?.deadlineSeconds.map { now.advanced(by: .seconds($0)) }
        hostTerms = job.hostTerms
    }

    func apply(to job: inout Job) {
        job.definitionID = definitionID
        job.scheduleID = tick?.scheduleID
        job.scheduledFor = tick?.due
        job.endlessRetries = endlessRetries
        job.deadlineAt = deadlineAt
        job.hostTerms = hostTerms
    }
}

extension JSONValue {
    /// An object with the members of another laid over it; the other one's members count.
    func overlaid(with other: JSONValue?) -> JSONValue {
        guard let other = other?.objectValue else { return self }
        return .object((objectValue ?? [:]).merging(other) { _, new in new })
    }
}
