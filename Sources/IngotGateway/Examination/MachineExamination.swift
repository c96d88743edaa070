import FoundationEssentials
import Glibc
import IngotCore
import SystemPackage

/// Looks whether this machine can run jobs: the data folder, the runner, and how it can be held to its limits.
struct MachineExamination {
    /// Less free space than this gets a warning.
    private static let scarceBytes: UInt64 = 1 << 30

    let dataFolder: FilePath
    let runner: FilePath
    let runnerEnvironment: [String: String]
    /// Whether jobs are to run in a sandbox.
    let needsSandbox: Bool

    func run(report: @escaping @Sendable (Finding) async throws -> Void) async throws {
        var folder = CheckSequence(.folder, report: report)
        try await folder.check("can be written") {
            var latency = Latency()
            try await latency.measure { try writeAndRemove() }
            return .ok("\(dataFolder), a file is on the disk in \(latency.text)")
        }
        try await folder.check("free space") { try freeSpace() }
        var runner = CheckSequence(.runner, report: report)
        try await runner.check("starts") {
            var latency = Latency()
            let catalog = try await latency.measure {
                try await SourceCatalog.describe(
                    runner: self.runner,
                    includesProbe: false,
                    environment: runnerEnvironment
                )
            }
            let sources = catalog.descriptions.map(\.id).joined(separator: ", ")
            return .ok("\(self.runner) knows \(sources); started and ended in \(latency.text)")
        }
        var isolation = CheckSequence(.runner, report: report)
        try await isolation.check("limits") { limits() }
        try await isolation.check("sandbox") { try await sandbox() }
    }

    /// Whether the kernel keeps limits of memory and processes, or the gateway has to look.
    private func limits() -> CheckSequence.Result {
        // Of its own, so that the groups of a gateway that runs stay untouched.
        let place = ControlGroupPlace.find(for: dataFolder.appending(passingName()))
        defer { place?.removeEmpty() }
        guard let place, place.limitsMemory, place.limitsProcesses else {
            return .warning(
                "no control groups can be made here, so the gateway looks ten times a second how much memory and "
                    + "how many processes a job has",
                advice: "run the gateway as a system service with Delegate=yes, and the kernel keeps the limits"
            )
        }
        return .ok("kept by the kernel, with control groups of version \(place.legacy.isEmpty ? "2" : "1")")
    }

    private func sandbox() async throws -> CheckSequence.Result {
        do {
            let sandbox = try Sandbox(environment: runnerEnvironment, dataFolder: dataFolder, runner: runner)
            var latency = Latency()
            try await latency.measure { try await sandbox.check(workRoot: dataFolder) }
            return .ok("bubblewrap works; started and ended in \(latency.text)")
        } catch let error as GatewayError where !needsSandbox {
            return .ok("not available, and only --sandbox needs it: \(error.message)")
        }
    }

    private func writeAndRemove() throws {
        do {
            try FileManager.default.createDirectory(atPath: dataFolder.string, withIntermediateDirectories: true)
            let path = dataFolder.appending("doctor-\(passingName())")
            let file = try FileDescriptor.open(
                path,
                .writeOnly,
                options: [.create, .exclusiveCreate, .closeOnExec],
                permissions: .ownerReadWrite
            )
            defer { unlink(path.string) }
            try file.closeAfter {
                try file.writeAll(Array("doctor\n".utf8))
                guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
            }
        } catch {
            let reason = (error as? Errno).map { ": \($0)" } ?? ", or it is no folder"
            throw GatewayError(
                code: .dataFolderUnusable,
                message: "\(dataFolder) cannot be made or written\(reason)",
                advice: "give another folder with --data, or look at its rights"
            )
        }
    }

    private func freeSpace() throws -> CheckSequence.Result {
        var status = statvfs()
        guard statvfs(dataFolder.string, &status) == 0 else { throw Errno(rawValue: errno) }
        let bytes = UInt64(status.f_bavail) * UInt64(status.f_frsize)
        let detail = "\(bytes >> 20) MiB"
        return bytes >= Self.scarceBytes
            ? .ok(detail)
            : .warning(detail, advice: "free some: a whole U.S. Code with one year of history needs about 2 GiB")
    }
}
