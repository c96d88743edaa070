import FoundationEssentials
import Glibc
import IngotCore
import Subprocess
public import SystemPackage

/// Shuts runners in with bubblewrap: namespaces of their own, no capabilities, and a file system that they can read
/// but not write, and in which the gateway's data and the user's home are empty.
///
/// The network is the machine's, as a runner must reach the gateway and the stores.
public struct Sandbox: Sendable {
    /// What hides: the gateway's data and the user's home.
    private let hidden: [FilePath]
    /// What is shown in spite of that, for reading.
    private let shown: [FilePath]
    let program: FilePath

    /// The size of the memory-backed `/tmp`, in bytes.
    private static let temporarySize = 256 << 20

    /// - Parameters:
    ///   - environment: of runners; `PATH` says where bubblewrap is looked for.
    ///   - dataFolder: the gateway's.
    ///   - runner: stays readable wherever it lies.
    /// - Throws: ``GatewayError`` `sandbox_unavailable`.
    public init(environment: [String: String], dataFolder: FilePath, runner: FilePath) throws {
        let folders = (environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":").map { FilePath(String($0)) }
        guard
            let program = folders.map({ $0.appending("bwrap") }).first(where: { access($0.string, X_OK) == 0 })
        else {
            throw GatewayError(
                code: .sandboxUnavailable,
                message: "There is no bubblewrap (bwrap) here, which the sandbox is made with.",
                advice: "Install the package bubblewrap, or leave --sandbox out."
            )
        }
        self.program = program
        hidden = [dataFolder] + (environment["HOME"].map { [FilePath($0)] } ?? []).filter { $0 != "/" }
        shown = [runner] + ["SSL_CERT_FILE", "SSL_CERT_DIR"].compactMap { environment[$0].map { FilePath($0) } }
    }

    /// The arguments of bubblewrap that run a program in the sandbox.
    ///
    /// - Parameters:
    ///   - workFolder: the only place on the disk that can be written.
    ///   - origin: where the source's upstream is; a folder stays readable.
    func arguments(running command: [String], workFolder: FilePath, origin: String?) -> [String] {
        var arguments = [
            "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--cap-drop", "ALL",
            "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc",
        ]
        arguments += ["--size", "\(Self.temporarySize)", "--tmpfs", "/tmp"]
        // Sockets of other services lie there.
        arguments += ["--tmpfs", "/run"]
        for folder in hidden { arguments += ["--tmpfs", folder.string] }
        var shown = shown
        // The settings by which names are looked up may lie in /run.
        if let resolver = realpath("/etc/resolv.conf", nil) {
            shown.append(FilePath(platformString: resolver))
            free(resolver)
        }
        if let origin, origin.hasPrefix("/") { shown.append(FilePath(origin)) }
        for path in shown { arguments += ["--ro-bind-try", path.string, path.string] }
        arguments += ["--bind", workFolder.string, workFolder.string]
        for folder in ["/run"] + hidden { arguments += ["--remount-ro", folder.string] }
        return arguments + ["--chdir", workFolder.string, "--"] + command
    }

    /// Tries whether the system allows it.
    ///
    /// - Throws: ``GatewayError`` `sandbox_unavailable`; `CancellationError`.
    public func check(workRoot: FilePath) async throws {
        let folder = workRoot.appending("sandbox-check-\(getpid())")
        do { try WorkFolder.make(folder) } catch let failure as JobFailure {
            throw GatewayError(code: .sandboxUnavailable, message: failure.message, advice: failure.advice)
        }
        defer { WorkFolder.remove(folder) }
        let words = arguments(
            running: [program.string, "--version"],
            workFolder: folder,
            origin: nil
        )
        let reason: String
        do {
            let result = try await Subprocess.run(
                .path(program),
                arguments: Arguments(words),
                output: .discarded,
                error: .string(limit: 65_536)
            )
            try Task.checkCancellation()
            if result.terminationStatus.isSuccess { return }
            reason =
                result.standardError.split(separator: "\n").last.map(String.init)
                ?? "bubblewrap ended with \(result.terminationStatus)"
        } catch let error as SubprocessError {
            reason = "\(error)"
        }
        throw GatewayError(
            code: .sandboxUnavailable,
            message: "The system does not allow the sandbox: \(reason).",
            advice: "Allow user namespaces for bubblewrap, or leave --sandbox out."
        )
    }

    /// Whether a process is the outer one of a sandbox, which waits for what runs inside.
    static func isOuter(_ process: pid_t) -> Bool {
        SmallFile.text("/proc/\(process)/comm")?.trimmingNewline == "bwrap"
    }
}
