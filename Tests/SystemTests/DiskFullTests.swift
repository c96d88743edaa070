import FoundationEssentials
import IngotCore
import IngotTesting
import Subprocess
import Testing

@Suite("A full disk", .fillsTheMachine)
struct DiskFullTests {
    @Test("ends the job with its reason, and leaves the live revision readable")
    func fullDisk() async throws {
        let folder = try TemporaryFolder()
        let small = folder.path("small")
        try FileManager.default.createDirectory(atPath: small, withIntermediateDirectories: true)
        let mounting = try await run(
            .name("mount"),
            arguments: ["-t", "tmpfs", "-o", "size=3m", "tmpfs", small],
            output: .discarded,
            error: .string(limit: 4096)
        )
        guard mounting.terminationStatus.isSuccess else {
            try Test.cancel("a small file system cannot be mounted here: \(mounting.standardError)")
        }
        do {
            let ingot = IngotCommandLine(data: small + "/data")
            let first = try folder.sample("first", label: "900-1")
            let large = try folder.sample("large", label: "900-2", sections: 6000)
            try await ingot.run("ingest", "usc", "--from", first)
            let before = try await ingot.run("export", "usc").output
            try await ingot.run("ingest", "usc", "--from", large, expecting: 1)
            let job = try await ingot.newestJob()
            #expect(job.status == .failed)
            #expect(job.error?.code == "disk_full")
            #expect(job.error?.unit == "1")
            #expect(try await ingot.run("export", "usc").output == before)
        } catch {
            try await unmount(small)
            throw error
        }
        try await unmount(small)
    }

    private func unmount(_ path: String) async throws {
        let result = try await run(.name("umount"), arguments: [path], output: .discarded)
        #expect(result.terminationStatus.isSuccess)
    }
}
