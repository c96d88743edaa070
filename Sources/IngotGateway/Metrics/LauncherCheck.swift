import IngotCore

/// Whether runners can be started, asked once for all who want to know within a short while.
actor LauncherCheck {
    /// What came of a question.
    enum Answer: Sendable, Equatable {
        case none
        /// Runners cannot be started, with a sentence for people.
        case problem(String)
    }

    /// How long an answer is kept.
    static let keepingTime: Duration = .seconds(10)
    /// How long an answer may take.
    static let patience: Duration = .seconds(5)

    private let launcher: any Launcher
    private let now: @Sendable () -> ContinuousClock.Instant
    private(set) var kept: Answer?
    private var until: ContinuousClock.Instant?
    private var question: Task<Answer, Never>?

    /// - Parameter now: the clock by which an answer is old.
    init(launcher: any Launcher, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.launcher = launcher
        self.now = now
    }

    /// Whether runners can be started now, or could a moment ago.
    func answer() async -> Answer {
        if let question { return await question.value }
        if let kept, let until, now() < until { return kept }
        // Not the caller's own task: others wait for the same answer when the caller has gone.
        let question = Task { await ask() }
        self.question = question
        return await question.value
    }

    private func ask() async -> Answer {
        var answer = Answer.none
        do {
            try await withDeadline(Self.patience) { [launcher] in try await launcher.checkReadiness() }
        } catch let error as LauncherError {
            answer = .problem("\(error)")
        } catch let failure as JobFailure {
            answer = .problem(failure.message)
        } catch is DeadlineExceeded {
            answer = .problem("What starts runners (\(launcher.name)) does not answer.")
        } catch {
            answer = .problem("What starts runners (\(launcher.name)) cannot be used: \(error).")
        }
        kept = answer
        until = now().advanced(by: Self.keepingTime)
        question = nil
        return answer
    }
}
