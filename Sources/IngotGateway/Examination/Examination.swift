import IngotCore
import IngotD1
import IngotEmbedded
import IngotS3
import Logging
import ServiceLifecycle
import SystemPackage

/// Looks whether everything that a job needs is there and works, and says in plain words what to fix.
///
/// The stores are looked at as runners use them, over HTTP, be they Cloudflare's or embedded.
public struct Examination: Sendable {
    private let configuration: GatewayConfiguration

    public init(configuration: GatewayConfiguration) {
        self.configuration = configuration
    }

    /// Runs all checks in order.
    ///
    /// - Parameter report: told each finding as soon as it is there.
    /// - Throws: what the report throws; `CancellationError`.
    public func run(report: @escaping @Sendable (Finding) async throws -> Void) async throws {
        try await MachineExamination(
            dataFolder: configuration.dataFolder,
            runner: configuration.runner,
            runnerEnvironment: configuration.runnerEnvironment,
            needsSandbox: configuration.sandbox
        ).run(report: report)
        let folder = DataFolder(configuration.dataFolder)
        if let settings = configuration.storage {
            return try await examineStores(settings, report: report)
        }
        if let occupant = folder.occupant() {
            try await report(
                Finding(
                    area: .gateway,
                    check: "runs",
                    outcome: .ok,
                    detail: "\(occupant.url), process \(occupant.pid), with its embedded stores"
                )
            )
            if let settings = try EmbeddedCloud.settings(inFolder: folder.stores.string) {
                return try await examineStores(settings, report: report)
            }
        }
        let cloud: EmbeddedCloud
        do {
            cloud = try await GatewayStores.openEmbedded(in: folder.stores, faults: nil, logger: configuration.logger)
        } catch {
            let (detail, advice) = CheckSequence.words(of: error)
            return try await report(
                Finding(area: .database, check: "opens", outcome: .failed, detail: detail, advice: advice)
            )
        }
        let service = ServiceGroup(
            configuration: .init(
                services: [.init(service: cloud, successTerminationBehavior: .gracefullyShutdownGroup)],
                logger: configuration.logger
            )
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await service.run() }
            do {
                try await cloud.ready()
                try await examineStores(cloud.settings, report: report)
            } catch {
                // Also when the reader of the findings has gone.
                await service.triggerGracefulShutdown()
                throw error
            }
            await service.triggerGracefulShutdown()
            try await group.waitForAll()
        }
    }

    private func examineStores(
        _ settings: StorageSettings,
        report: @escaping @Sendable (Finding) async throws -> Void
    ) async throws {
        let client = GatewayStores.sharedClient
        let logger = configuration.logger
        try await DatabaseExamination(
            client: D1Client(settings: settings, httpClient: client, logger: logger, configuration: .impatient)
        ).run(report: report)
        try await ObjectStoreExamination(
            client: S3Client(settings: settings, httpClient: client, logger: logger, configuration: .impatient),
            endpoint: settings.objectEndpoint,
            httpClient: client
        ).run(report: report)
    }
}

extension D1Client.Configuration {
    /// Whoever asks what is wrong does not want to wait for it to pass.
    fileprivate static var impatient: Self {
        Self(
            attemptDeadline: .seconds(10),
            totalDeadline: .seconds(15),
            retry: RetryPolicy(maximumAttempts: 2, firstDelay: .milliseconds(100), maximumDelay: .seconds(1))
        )
    }
}

extension S3Client.Configuration {
    /// Whoever asks what is wrong does not want to wait for it to pass.
    fileprivate static var impatient: Self {
        Self(
            retry: RetryPolicy(maximumAttempts: 2, firstDelay: .milliseconds(100), maximumDelay: .seconds(1)),
            deadline: .seconds(15)
        )
    }
}
