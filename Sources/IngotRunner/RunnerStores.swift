import AsyncHTTPClient
import IngotCore
import IngotD1
import IngotS3
import Logging

/// The two stores of an attempt, and the one HTTP client that everything of the attempt shares.
struct RunnerStores: Sendable {
    /// Lives as long as the process, which ends with its attempt, so that nothing waits for connections to close.
    ///
    /// Made when something is first to be told or asked: its threads and their loops take longer to make than all else
    /// that comes before the first line of a job.
    static let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: .storage)

    let database: D1Client
    let objects: any ObjectStore

    init(settings: StorageSettings, trace: TraceContext? = nil, logger: Logger) {
        let metrics = RunnerMetrics.registry
        database = D1Client(settings: settings, httpClient: Self.client, logger: logger, metrics: metrics, trace: trace)
        objects = S3Client(settings: settings, httpClient: Self.client, logger: logger, metrics: metrics, trace: trace)
    }
}
