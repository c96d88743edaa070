import FoundationEssentials
import Glibc
import IngotTesting
import Subprocess
import SystemPackage
import Testing

/// Podman's command, and its service on a socket in a folder of its own.
struct PodmanService: Sendable {
    /// Why suites are skipped.
    static let absence = "podman does not run containers here"

    /// Whether containers can be run, found out once.
    static let works = Task { () -> Bool in
        guard let folder = try? TemporaryFolder(), let podman = try? PodmanService(folder) else { return false }
        return await podman.image() != nil
    }

    /// The image of this build's runner, made once.
    private static let built = Task { () -> String? in
        guard let folder = try? TemporaryFolder(), let podman = try? PodmanService(folder) else { return nil }
        do { return try await podman.buildImage() } catch {
            print("podman does not run containers here: \(error)")
            return nil
        }
    }

    /// Podman could not do what it was asked.
    private struct Trouble: Error { var output: String }

    /// For machines that lack what Podman's defaults ask for; they hold on others too.
    private static let settings = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "container/testing/containers.conf").path

    let folder: TemporaryFolder

    init(_ folder: TemporaryFolder) throws {
        self.folder = folder
    }

    var socket: String { folder.path("engine.sock") }

    func image() async -> String? { await Self.built.value }

    /// Runs a command of podman's; returns what it wrote.
    @discardableResult
    func command(_ arguments: String...) async throws -> (isSuccess: Bool, output: String) {
        try await command(.name("podman"), arguments)
    }

    func command(_ executable: Executable, _ arguments: [String]) async throws -> (isSuccess: Bool, output: String) {
        let result = try await Subprocess.run(
            executable,
            arguments: Arguments(arguments),
            environment: environment,
            output: .string(limit: 1 << 20),
            error: .combinedWithOutput
        )
        return (result.terminationStatus.isSuccess, result.standardOutput)
    }

    /// Runs the service while the body does; it can be done again afterwards.
    func serve<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
        try? FileManager.default.removeItem(atPath: socket)
        let result = try await Subprocess.run(
            .name("podman"),
            arguments: ["system", "service", "--time=0", "unix://\(socket)"],
            environment: environment,
            // Monitors of containers write to where they are started.
            workingDirectory: FilePath(folder.path),
            input: .none,
            output: .discarded,
            error: .discarded
        ) { execution in
            let outcome: Result<Value, any Error>
            do {
                while access(socket, F_OK) != 0 { try await Task.sleep(for: .milliseconds(20)) }
                outcome = .success(try await body())
            } catch {
                outcome = .failure(error)
            }
            try execution.send(signal: .kill)
            return outcome
        }
        return try result.closureResult.get()
    }

    private var environment: Environment {
        .inherit.updating([
            "CONTAINERS_CONF": Self.settings, "DOCKER_HOST": "unix://\(socket)",
        ])
    }

    private func buildImage() async throws -> String {
        let runner = Self.runner
        let context = folder.path("image")
        try FileManager.default.createDirectory(atPath: context + "/lib64", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: context + "/libraries", withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: runner, toPath: context + "/ingot-runner")
        let libraries = try await command(.name("ldd"), [runner])
        for line in libraries.output.split(separator: "\n") {
            guard
                let path = line.split(whereSeparator: \.isWhitespace).map(String.init).first(where: {
                    $0.hasPrefix("/")
                })
            else { continue }
            let name = path.split(separator: "/").last.map(String.init) ?? ""
            let place = name.hasPrefix("ld-linux") ? "lib64" : "libraries"
            // Most are links.
            _ = try await command(.name("cp"), ["-L", path, "\(context)/\(place)/\(name)"])
        }
        try Data(
            """
            FROM scratch
            COPY . /
            ENV LD_LIBRARY_PATH=/libraries
            ENTRYPOINT ["/ingot-runner"]
            """.utf8
        ).write(to: URL(fileURLWithPath: folder.path("Containerfile")))
        let name = "ingot-runner:tests"
        let made = try await command(
            "build",
            "--network",
            "none",
            "-q",
            "-t",
            name,
            "-f",
            folder.path("Containerfile"),
            context
        )
        guard made.isSuccess else { throw Trouble(output: made.output) }
        let tried = try await command("run", "--rm", "--network", "host", name, "--help")
        guard tried.isSuccess else { throw Trouble(output: tried.output) }
        return name
    }

    /// The runner beside the tests.
    private static var runner: String {
        if let folder = ProcessInfo.processInfo.environment["INGOT_BIN"] { return "\(folder)/ingot-runner" }
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return "/" + own.split(separator: "/").dropLast().joined(separator: "/") + "/ingot-runner"
    }
}
