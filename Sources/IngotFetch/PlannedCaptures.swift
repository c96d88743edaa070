/// What came of asking for a file while the job was planned, kept for the unit that the file is of: no file is asked for
/// twice.
actor PlannedCaptures {
    enum Outcome {
        case captured(Capture)
        /// It is what these describe.
        case notModified(CaptureValidators)
    }

    private var outcomes: [String: Outcome] = [:]

    func keep(_ outcome: Outcome, of url: String) { outcomes[url] = outcome }

    func take(_ url: String) -> Outcome? { outcomes.removeValue(forKey: url) }
}
