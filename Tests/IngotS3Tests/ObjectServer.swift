import AsyncHTTPClient
import Crypto
import FoundationEssentials
import IngotCore
import IngotEmbedded
import IngotTesting
import Logging
import NIOCore
import NIOHTTP1
import Testing

@testable import IngotS3

/// A server that speaks S3: the embedded R2, and two that nobody here wrote.
///
/// The client has to work with all of them unchanged.
enum ObjectServer: String, CaseIterable, CustomTestStringConvertible {
    case embedded = "the embedded R2"
    case seaweedFS = "SeaweedFS"
    case moto

    var testDescription: String { rawValue }

    /// Refuses signatures that are wrong; moto looks at none.
    var checksSignatures: Bool { self != .moto }
    /// Refuses a body that does not have its `content-md5`.
    var checksMD5: Bool { self != .moto }
    /// Answers `NoSuchUpload` to a part of an upload that it does not know; moto fails without a word.
    var knowsLostUploads: Bool { self != .moto }
    /// Refuses a body that does not have its `x-amz-content-sha256`.
    var checksBodyHash: Bool { self == .embedded }
}

/// Where a test may work: a bucket, and the beginning of all keys that are its own.
struct ObjectPlace: Sendable {
    var settings: StorageSettings
    var prefix: String

    func client(_ change: (inout S3Client.Configuration) -> Void = { _ in }) -> S3Client {
        makeClient(settings, change)
    }

    func connection() -> S3Connection {
        S3Connection(
            settings: settings,
            httpClient: storageClient,
            logger: .silent,
            configuration: S3Client.Configuration(retry: quickRetry)
        )
    }

    /// The same place behind a proxy.
    func behind(_ proxy: InterceptingProxy) -> ObjectPlace {
        var place = self
        place.settings.objectEndpoint = proxy.url
        return place
    }
}

/// A client as the programs make it, for all tests.
let storageClient = HTTPClient(eventLoopGroupProvider: .singleton, configuration: .storage)

let quickRetry = RetryPolicy(maximumAttempts: 6, firstDelay: .milliseconds(1), maximumDelay: .milliseconds(10))

func makeClient(
    _ settings: StorageSettings,
    logger: Logger = .silent,
    _ change: (inout S3Client.Configuration) -> Void = { _ in }
) -> S3Client {
    var configuration = S3Client.Configuration(retry: quickRetry)
    change(&configuration)
    return S3Client(settings: settings, httpClient: storageClient, logger: logger, configuration: configuration)
}

func body(_ bytes: [UInt8]) -> ObjectBody {
    ObjectBody(bytes: bytes, sha256: hexadecimal(SHA256.hash(data: bytes)))
}

/// A body that is read in pieces, as from a file.
func streamedBody(_ bytes: [UInt8], piece: Int = 100_000, sha256: String? = nil, md5: String? = nil) -> ObjectBody {
    ObjectBody(size: Int64(bytes.count), sha256: sha256 ?? hexadecimal(SHA256.hash(data: bytes)), md5: md5) {
        let (stream, continuation) = ByteStream.makeStream()
        for start in stride(from: 0, to: bytes.count, by: piece) {
            continuation.yield(Array(bytes[start..<min(start + piece, bytes.count)]))
        }
        continuation.finish()
        return stream
    }
}

func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) } }

extension ObjectServer {
    /// Runs a test in a place of its own; where the server is not installed, the test is skipped and says so.
    func run(_ test: @Sendable (ObjectPlace) async throws -> Void) async throws {
        let prefix = UUID().uuidString.lowercased()
        switch self {
        case .embedded:
            try await withEmbeddedCloud { cloud in
                try await test(ObjectPlace(settings: cloud.settings, prefix: prefix))
            }
        case .seaweedFS:
            guard ThirdParty.executable("weed") != nil else { try Test.cancel("SeaweedFS is \(ThirdParty.absence)") }
            try await test(ObjectPlace(settings: Self.seaweedFSServer.value, prefix: prefix))
        case .moto:
            guard ThirdParty.executable("moto_server") != nil else {
                try Test.cancel("moto_server is \(ThirdParty.absence)")
            }
            try await test(ObjectPlace(settings: Self.motoServer.value, prefix: prefix))
        }
    }

    // One process each, for all tests.
    private static let seaweedFSServer = Task { try await startSeaweedFS() }
    private static let motoServer = Task { try await startMoto() }

    private static func startSeaweedFS() async throws -> StorageSettings {
        let weed = try #require(ThirdParty.executable("weed"))
        let ports = try FreePorts.take(11)
        let settings = try settings(port: ports[0])
        let process = try BoundProcess(weed, name: "seaweedfs") { folder in
            let identities = """
                {"identities": [{"name": "tests", "actions": ["Admin", "Read", "Write", "List", "Tagging"],
                  "credentials": [{"accessKey": "\(settings.accessKeyID)",
                                   "secretKey": "\(settings.secretAccessKey.revealed)"}]}]}
                """
            try Data(identities.utf8).write(to: URL(filePath: "\(folder)/s3.json"))
            try FileManager.default.createDirectory(atPath: "\(folder)/data", withIntermediateDirectories: false)
            return [
                "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-dir=\(folder)/data",
                "-s3", "-s3.port=\(ports[0])", "-s3.port.grpc=\(ports[1])", "-s3.port.iceberg=0", "-s3.port.lance=0",
                "-s3.config=\(folder)/s3.json", "-s3.autoCreateBucket=false",
                "-master.port=\(ports[2])", "-master.port.grpc=\(ports[3])", "-master.volumeSizeLimitMB=64",
                "-master.telemetry=false",
                "-volume.port=\(ports[4])", "-volume.port.grpc=\(ports[5])", "-volume.max=64",
                "-filer", "-filer.port=\(ports[6])", "-filer.port.grpc=\(ports[7])",
                "-webdav=false", "-debug.port=\(ports[8])",
            ]
        }
        try await makeBucket(settings, process)
        return settings
    }

    private static func startMoto() async throws -> StorageSettings {
        let moto = try #require(ThirdParty.executable("moto_server"))
        let port = try FreePorts.take(1)[0]
        let settings = try settings(port: port)
        let process = try BoundProcess(moto, name: "moto") { _ in ["-H", "127.0.0.1", "-p", "\(port)"] }
        try await makeBucket(settings, process)
        return settings
    }

    private static func settings(port: Int) throws -> StorageSettings {
        try StorageSettings(
            accountID: "account",
            databaseID: "database",
            databaseToken: Secret("none"),
            accessKeyID: UUID().uuidString.lowercased().filter { $0 != "-" },
            secretAccessKey: Secret("\(UUID())\(UUID())"),
            bucket: "tests",
            objectEndpoint: "http://127.0.0.1:\(port)"
        )
    }

    /// Tries until the server is there, knows the bucket and takes an object.
    private static func makeBucket(_ settings: StorageSettings, _ process: BoundProcess) async throws {
        // Some servers put a bucket of region `auto` nowhere; to R2 this is the same region.
        var configuration = S3Client.Configuration(region: "us-east-1", retry: quickRetry)
        configuration.deadline = .seconds(5)
        let connection = S3Connection(
            settings: settings,
            httpClient: storageClient,
            logger: .silent,
            configuration: configuration
        )
        let end = ContinuousClock.now.advanced(by: .seconds(90))
        while true {
            do {
                try await connection.call(S3Request(method: .PUT), accepted: [409]) { _ in }
                let probe = S3Request(method: .PUT, key: "probe", body: .buffer(HashedBuffer(ByteBuffer(string: "x"))))
                try await connection.call(probe) { _ in }
                return
            } catch {
                guard ContinuousClock.now < end else {
                    let log = (try? WholeFile.text(process.logPath)) ?? ""
                    Issue.record("the server does not get ready: \(log.suffix(2000))")
                    throw error
                }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }
}
