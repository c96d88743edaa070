import AsyncHTTPClient
import FoundationEssentials
import IngotCore
import IngotD1
import IngotS3
import Logging

/// The stores that the environment names, with clients made as the runner makes them.
struct Stores {
    private let settings: StorageSettings
    private let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: .storage)
    private let logger = Logger(label: "ingot-benchmark")

    /// - Throws: `SettingsError` when the environment does not name all of it.
    init() throws {
        settings = try StorageSettings(
            settings: Settings(ProcessInfo.processInfo.environment) { try String(contentsOfFile: $0, encoding: .utf8) }
        )
    }

    var database: D1Client { D1Client(settings: settings, httpClient: client, logger: logger) }

    func objects(_ configuration: S3Client.Configuration = S3Client.Configuration()) -> S3Client {
        S3Client(settings: settings, httpClient: client, logger: logger, configuration: configuration)
    }

    func close() async throws { try await client.shutdown() }
}
