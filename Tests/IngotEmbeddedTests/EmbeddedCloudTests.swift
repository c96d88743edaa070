import FoundationEssentials
import Glibc
import IngotCore
import IngotTesting
import Logging
import Testing

@testable import IngotEmbedded

@Suite("The embedded cloud")
struct EmbeddedCloudTests {
    @Test("Credentials, ports and content are the same after a restart")
    func restart() async throws {
        let folder = try TemporaryFolder()
        let first = try await withEmbeddedCloud(folder: folder) { cloud in
            try await cloud.database.run(Statement("CREATE TABLE t(a)"))
            return cloud.settings
        }
        let second = try await withEmbeddedCloud(folder: folder) { cloud in
            let rows = try await cloud.database.rows("SELECT * FROM t")
            #expect(rows.isEmpty)
            return cloud.settings
        }
        #expect(first == second)
        #expect(first.accessKeyID.count == 32)
        #expect(first.secretAccessKey.revealed.count == 64)
    }

    @Test("The file of credentials is for its owner only")
    func permissions() async throws {
        let folder = try TemporaryFolder()
        try await withEmbeddedCloud(folder: folder) { _ in
            var status = stat()
            #expect(stat(folder.path("store/embedded.json"), &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
        }
    }

    @Test("A second process cannot open the folder")
    func locked() async throws {
        let folder = try TemporaryFolder()
        try await withEmbeddedCloud(folder: folder) { _ in
            await #expect(throws: EmbeddedCloudError.self) {
                try await EmbeddedCloud(folder: folder.path("store"), logger: .silent)
            }
        }
    }

    @Test("A folder that is there is opened below one that nobody may list", .enabled(if: geteuid() != 0))
    func unlistableParent() async throws {
        let folder = try TemporaryFolder()
        let store = folder.path("parent/store")
        try FileManager.default.createDirectory(atPath: store, withIntermediateDirectories: true)
        #expect(chmod(folder.path("parent"), 0o300) == 0)
        defer { chmod(folder.path("parent"), 0o700) }
        let cloud = try await EmbeddedCloud(folder: store, logger: .silent)
        #expect(cloud.settings.bucket == "ingot")
    }

    @Test("A folder whose files cannot be written says which")
    func unwritable() async throws {
        let folder = try TemporaryFolder()
        try folder.write("store/embedded.lock/in-the-way", "")
        let error = await #expect(throws: EmbeddedCloudError.self) {
            try await EmbeddedCloud(folder: folder.path("store"), logger: .silent)
        }
        #expect(error?.reason.contains("store/embedded.lock") == true)
        let other = try TemporaryFolder()
        try other.write("embedded.json.part/in-the-way", "")
        let failure = #expect(throws: EmbeddedCloudError.self) {
            try EmbeddedIdentity.make().save(other.path("embedded.json"))
        }
        #expect(failure?.reason.contains("embedded.json") == true)
    }

    @Test("A port that is taken is replaced, and the new one is written down")
    func takenPort() async throws {
        let folder = try TemporaryFolder()
        let other = try TemporaryFolder()
        try await withEmbeddedCloud(folder: folder) { cloud in
            // The same identity in another folder wants the ports on which the first one listens.
            try FileManager.default.createDirectory(
                atPath: other.path("store"),
                withIntermediateDirectories: true
            )
            try FileManager.default.copyItem(
                atPath: folder.path("store/embedded.json"),
                toPath: other.path("store/embedded.json")
            )
            let moved = try await withEmbeddedCloud(folder: other) { $0.settings }
            #expect(moved.accessKeyID == cloud.settings.accessKeyID)
            #expect(moved.objectEndpoint != cloud.settings.objectEndpoint)
            #expect(moved.databaseBaseURL != cloud.settings.databaseBaseURL)
        }
    }

    @Test("A broken file of credentials is not replaced")
    func brokenIdentity() async throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path("store"), withIntermediateDirectories: true)
        try Data("{".utf8).write(to: URL(filePath: folder.path("store/embedded.json")))
        await #expect(throws: EmbeddedCloudError.self) {
            try await EmbeddedCloud(folder: folder.path("store"), logger: .silent)
        }
    }

    @Test("The same seed deals the same faults")
    func seed() {
        let script = FaultPlan.Script(
            chances: [
                .init(.delay(.seconds(1)), probability: 0.3), .init(.dropAfter, probability: 0.3),
                .init(.internalError, probability: 0.5),
            ]
        )
        let first = FaultDealer(script, seed: 7)
        let second = FaultDealer(script, seed: 7)
        let dealt = (0..<200).map { _ in first.deal() }
        #expect(dealt == (0..<200).map { _ in second.deal() })
        #expect(dealt.contains([]))
        #expect(dealt.allSatisfy { $0.filter { $0 != .delay(.seconds(1)) }.count <= 1 })
    }

    @Test("A gate lets everyone through who waits before or after it opens, and nobody who is cancelled")
    func gate() async throws {
        let gate = Gate()
        let cancelled = Task { try await gate.wait() }
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        async let before: Void = gate.wait()
        gate.open()
        try await before
        try await gate.wait()
    }
}
