import IngotCore

/// How a job is to be run.
///
/// ```swift
/// var options = JobOptions()
/// options.idempotencyKey = "nightly-2026-11-22"
/// options.limits[.memoryMiB] = 512
/// let job = try await gateway.submit("usc", options: options)
/// ```
public struct JobOptions: Sendable, Equatable {
    /// Makes repeating the request harmless: the same key gives the same job.
    public var idempotencyKey: String?
    /// Which of the waiting jobs goes first: -100 to 100, the higher the sooner.
    public var priority: Int?
    /// How many attempts the job is given at most, from 1 to 10.
    public var maximumAttempts: Int?
    /// What one attempt may use, at most what the operator allows.
    public var limits: [JobLimitName: Int] = [:]

    /// As the gateway has it.
    public init() {}

    var headers: [(String, String)] { idempotencyKey.map { [("idempotency-key", $0)] } ?? [] }

    func path(of source: String) -> String {
        var path = GatewayPath.path(
            "/api/ingest/\(PercentEncoding.encode(source))",
            ["priority": priority.map(String.init), "max_attempts": maximumAttempts.map(String.init)]
        )
        for name in JobLimitName.allCases {
            path = GatewayPath.path(path, [name.rawValue: limits[name].map(String.init)])
        }
        return path
    }
}
