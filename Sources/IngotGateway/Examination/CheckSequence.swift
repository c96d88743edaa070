/// Checks of one area that build on one another: once one fails, those after it are not tried.
struct CheckSequence {
    /// What a check found when it did not throw.
    enum Result {
        case ok(String)
        case warning(String, advice: String)
        case failed(String, advice: String)
    }

    let area: Finding.Area
    let report: @Sendable (Finding) async throws -> Void
    private var hasFailed = false

    init(_ area: Finding.Area, report: @escaping @Sendable (Finding) async throws -> Void) {
        self.area = area
        self.report = report
    }

    /// Runs one check and reports it.
    ///
    /// - Parameter cleansUp: removes what an earlier check made, so it runs even when one in between has failed.
    /// - Throws: what the report throws; `CancellationError`.
    mutating func check(_ name: String, cleansUp: Bool = false, _ work: () async throws -> Result) async throws {
        guard !hasFailed || cleansUp else {
            return try await report(
                Finding(area: area, check: name, outcome: .skipped, detail: "not tried, for what failed before it")
            )
        }
        let finding: Finding
        do {
            switch try await work() {
            case .ok(let detail): finding = Finding(area: area, check: name, outcome: .ok, detail: detail)
            case .warning(let detail, let advice):
                finding = Finding(area: area, check: name, outcome: .warning, detail: detail, advice: advice)
            case .failed(let detail, let advice):
                finding = Finding(area: area, check: name, outcome: .failed, detail: detail, advice: advice)
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            let (detail, advice) = Self.words(of: error)
            finding = Finding(area: area, check: name, outcome: .failed, detail: detail, advice: advice)
        }
        if finding.outcome == .failed { hasFailed = true }
        try await report(finding)
    }
}
