import IngotCore
import IngotTesting
import Logging
import Synchronization

@testable import IngotFetch

/// An upstream of a test's own site, with what it saw.
struct ScriptedUpstream {
    // Lives as long as the test process.
    private static let connections = UpstreamConnections()

    let folder: TemporaryFolder
    let budget = RecordingRequestBudget()
    let notices = Notices()
    let upstream: Upstream

    /// - Parameter robots: keeps the files; without it each site is asked for its own.
    init(
        _ origin: String,
        attempts: Int = 1,
        robots: any RobotsCache = KeptRobotsFiles(),
        resolver: (any HostResolver)? = nil,
        isOperatorsOwn: Bool = true,
        _ configure: (inout Fetcher.Configuration) throws -> Void = { _ in }
    ) throws {
        folder = try TemporaryFolder()
        var configuration = Fetcher.Configuration()
        configuration.retry = RetryPolicy(
            maximumAttempts: attempts,
            firstDelay: .milliseconds(1),
            maximumDelay: .milliseconds(2)
        )
        try configure(&configuration)
        upstream = Upstream(
            origin: Upstream.Origin(origin),
            isOperatorsOwn: isOperatorsOwn,
            fetcher: Fetcher(
                connections: resolver.map { UpstreamConnections(resolver: $0) } ?? Self.connections,
                captureFolder: folder.path,
                budget: budget,
                robots: robots,
                configuration: configuration,
                logger: .silent
            ).noting(notices.add)
        )
    }

    /// The page as text.
    func page(_ path: String = "a", limit: Int = 8 << 20) async throws -> String {
        String(decoding: try await upstream.page(path, limit: limit), as: UTF8.self)
    }
}

/// What a fetcher told whoever reads the job's log.
final class Notices: Sendable {
    private let state = Mutex<[String]>([])

    var lines: [String] { state.withLock { $0 } }

    func add(_ line: String) { state.withLock { $0.append(line) } }
}
