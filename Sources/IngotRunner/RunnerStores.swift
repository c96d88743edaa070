import AsyncHTTPClient
import IngotCore
import IngotD1
import IngotS3
import Logging

/// The two stores of an attempt, and the one HTTP client that everything of the attempt shares.
struct RunnerStores: Sendable {
    /// Lives as long as the process, which ends with its attempt, so that nothing waits for connections to close.
    private static let sharedClient = HTTPClient(eventLoopGroupProvider: .singleton, configuration: .storage)

    let client = RunnerStores.sharedClient
    let database: D1Client
    let objects: any ObjectStore

    init(settings: StorageSettings, trace: TraceContext? = nil, logger: Logger) {
        let metrics = RunnerMetrics.registry
        database = D1Client(settings: settings, httpClient: client, logger: logger, metrics: metrics, trace: trace)
        objects = S3Client(settings: settings, httpClient: client, logger: logger, metrics: metrics, trace: trace)
    }
}
