import FoundationEssentials
import Glibc
import IngotCore
import NIOHTTP1
import SystemPackage
import Testing

@testable import IngotGateway

@Suite("The key of the data folder", .timeLimit(.minutes(10)))
struct LocalKeyTests {
    private func rights(_ path: FilePath) throws -> mode_t {
        var status = stat()
        try #require(stat(path.string, &status) == 0)
        return status.st_mode & 0o777
    }

    @Test("is made at the first start for its owner alone, and stays the same")
    func stays() async throws {
        try await ScratchFolder.with { folder in
            let file = folder.appending("data").appending("local.key")
            let first = OneValue<String>()
            try await GatewayFixture.with(folder: folder) { fixture in
                let key = fixture.gateway.localKey.revealed
                #expect(FileManager.default.contents(atPath: file.string) == Data("\(key)\n".utf8))
                let made = try rights(file)
                #expect(made == 0o600)
                let answer = try await fixture.get("/api/audit")
                #expect(answer.status == 200)
                first.succeed(key)
            }
            try #require(chmod(file.string, 0o644) == 0)
            let key = try await first.value
            try await GatewayFixture.with(folder: folder) { fixture in
                #expect(fixture.gateway.localKey.revealed == key)
                let kept = try rights(file)
                #expect(kept == 0o600)
            }
            try #require(unlink(file.string) == 0)
            try await GatewayFixture.with(folder: folder) { fixture in
                #expect(fixture.gateway.localKey.revealed != key)
                let old = try await fixture.send(.GET, "/api/sources", from: .holder(key))
                #expect(old.status == 401)
            }
        }
    }

    @Test(
        "A file that holds no key, or is a link, stops the start and says what to do",
        arguments: ["", "key", "link"]
    )
    func damaged(content: String) async throws {
        try await ScratchFolder.with { folder in
            let data = folder.appending("data")
            try FileManager.default.createDirectory(atPath: data.string, withIntermediateDirectories: true)
            let file = data.appending("local.key").string
            if content == "link" {
                try #require(symlink("/etc/hostname", file) == 0)
            } else {
                try Data(content.utf8).write(to: URL(filePath: file))
            }
            let configuration = GatewayFixture.configuration(folder)
            let error = await #expect(throws: GatewayError.self) { _ = try await Gateway(configuration: configuration) }
            #expect(error?.code == .dataFolderUnusable)
            #expect(error?.advice?.contains("remove") == true || error?.advice?.contains("Remove") == true)
        }
    }
}
