import IngotCore

/// Whether the database answers, asked once for all who want to know within a short while.
///
/// Anybody may ask, and each call to D1 is of a budget that the jobs need.
actor StoreCheck {
    /// How long an answer is kept.
    static let keepingTime: Duration = .seconds(1)

    /// How long an answer is waited for.
    static let patience: Duration = .seconds(5)

    private let store: JobStore
    private let now: @Sendable () -> ContinuousClock.Instant
    private var kept: (answers: Bool, until: ContinuousClock.Instant)?
    private var question: Task<Bool, Never>?
    /// When the database answered last.
    private var lastSuccess: Timestamp?

    /// - Parameter now: the clock by which an answer is old.
    init(store: JobStore, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.store = store
        self.now = now
    }

    /// Whether the database answers, or did a moment ago.
    func answers() async -> Bool {
        if let question { return await question.value }
        if let kept, now() < kept.until { return kept.answers }
        // Not the caller's own task: others wait for the same answer when the caller has gone.
        let question = Task { await ask() }
        self.question = question
        return await question.value
    }

    /// What is known without asking: whether it answered last, and when it last did.
    var standing: (answers: Bool?, lastSuccess: Timestamp?) { (kept?.answers, lastSuccess) }

    private func ask() async -> Bool {
        // The client itself is patient, and who waits here may hold up the gateway's end.
        let answers = (try? await withDeadline(Self.patience) { [store] in try await store.check() }) != nil
        if answers { lastSuccess = .now() }
        kept = (answers, now().advanced(by: Self.keepingTime))
        question = nil
        return answers
    }
}
