import FoundationEssentials
import Glibc
import IngotCore
import IngotS3
import SystemPackage

/// The credentials and ports of an embedded cloud.
///
/// They outlive the process, so that runners which do so too find the stores again.
struct EmbeddedIdentity: Sendable, Equatable, Codable {
    var accountID: String
    var databaseID: String
    var databaseToken: String
    var accessKeyID: String
    var secretAccessKey: String
    var bucket: String
    /// 0 before the first start.
    var databasePort: Int
    var objectPort: Int

    enum CodingKeys: String, CodingKey {
        case accountID = "account_id"
        case databaseID = "database_id"
        case databaseToken = "database_token"
        case accessKeyID = "access_key_id"
        case secretAccessKey = "secret_access_key"
        case bucket
        case databasePort = "database_port"
        case objectPort = "object_port"
    }

    /// Makes new credentials in the form that Cloudflare's have.
    static func make() -> EmbeddedIdentity {
        func random(_ bytes: Int) -> String { hexadecimal((0..<bytes).map { _ in UInt8.random(in: .min ... .max) }) }
        return EmbeddedIdentity(
            accountID: random(16),
            databaseID: UUID().uuidString.lowercased(),
            databaseToken: random(20),
            accessKeyID: random(16),
            secretAccessKey: random(32),
            bucket: "ingot",
            databasePort: 0,
            objectPort: 0
        )
    }

    /// Reads the file, or makes an identity when there is none.
    ///
    /// - Throws: ``EmbeddedCloudError`` when there is a file that is not an identity: making new credentials would lock
    ///   out whoever has the old ones.
    static func load(_ path: String) throws -> EmbeddedIdentity {
        guard FileManager.default.fileExists(atPath: path) else { return make() }
        do {
            return try JSONText.decode(EmbeddedIdentity.self, from: try Data(contentsOf: URL(filePath: path)))
        } catch {
            throw EmbeddedCloudError(
                reason: "the credentials in \(path) cannot be read",
                advice: "restore the file, or remove it to have new ones made"
            )
        }
    }

    /// Writes the file whole or not at all, for its owner only.
    ///
    /// - Throws: ``EmbeddedCloudError``.
    func save(_ path: String) throws {
        do {
            try write(path)
        } catch let error as Errno {
            throw EmbeddedCloudError(
                reason: "the file of credentials \(path) cannot be written: \(error)",
                advice: "check who owns its folder, and that the disk has space"
            )
        }
    }

    private func write(_ path: String) throws {
        let passing = FilePath("\(path).part")
        let bytes = try JSONText.encode(self)
        let file = try FileDescriptor.open(
            passing,
            .writeOnly,
            options: [.create, .truncate, .closeOnExec],
            permissions: .ownerReadWrite
        )
        try file.closeAfter {
            try file.writeAll(bytes)
            guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
        }
        guard rename(passing.string, path) == 0 else { throw Errno(rawValue: errno) }
    }

    func storageSettings() throws -> StorageSettings {
        try StorageSettings(
            accountID: accountID,
            databaseID: databaseID,
            databaseToken: Secret(databaseToken),
            databaseBaseURL: "http://127.0.0.1:\(databasePort)/client/v4",
            accessKeyID: accessKeyID,
            secretAccessKey: Secret(secretAccessKey),
            bucket: bucket,
            objectEndpoint: "http://127.0.0.1:\(objectPort)"
        )
    }
}

/// The embedded cloud cannot start.
public struct EmbeddedCloudError: Error, Sendable, Equatable, CustomStringConvertible {
    public let reason: String
    public let advice: String

    public init(reason: String, advice: String) {
        self.reason = reason
        self.advice = advice
    }

    public var description: String { "embedded store: \(reason); \(advice)" }
}
