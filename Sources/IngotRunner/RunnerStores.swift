import AsyncHTTPClient
import IngotCore
import IngotD1
import IngotS3
import Logging

/// The two stores of an attempt, over one HTTP client.
struct RunnerStores: Sendable {
    let database: any Database
    let objects: any ObjectStore

    init(settings: StorageSettings, client: HTTPClient, logger: Logger) {
        database = D1Client(settings: settings, httpClient: client, logger: logger)
        objects = S3Client(settings: settings, httpClient: client, logger: logger)
    }
}
