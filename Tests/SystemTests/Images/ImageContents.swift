import IngotTesting
import Subprocess
import SystemPackage
import Testing

/// What is in an image, taken out of it without running it.
enum ImageContents {
    /// The paths of all files and folders of an image.
    static func paths(of image: String) async throws -> Set<String> {
        let folder = try TemporaryFolder()
        let archive = folder.path("files.tar")
        let created = try await Podman.run("create", "--network", "none", image).output
        let container = String(created.prefix { !$0.isNewline })
        try await Podman.run("export", "--output", archive, container)
        try await Podman.run("rm", "--volumes", container)
        return Set(try await tar(["--list", "--file", archive]).split(separator: "\n").map(String.init))
    }

    /// All bytes of an image as it would be handed on: its settings, its history and its layers.
    static func archive(of image: String, in folder: TemporaryFolder) async throws -> String {
        let archive = folder.path("image.tar")
        try await Podman.run("save", "--format", "docker-archive", "--output", archive, image)
        return archive
    }

    /// Whether a file holds some text.
    static func file(_ path: String, holds text: String) async throws -> Bool {
        try await grep(["--regexp", text, path])
    }

    /// Whether a file has a line that is some text and nothing else.
    static func file(_ path: String, hasLine text: String) async throws -> Bool {
        try await grep(["--line-regexp", "--regexp", text, path])
    }

    private static func grep(_ arguments: [String]) async throws -> Bool {
        let result = try await Subprocess.run(
            .name("grep"),
            arguments: Arguments(["--text", "--fixed-strings", "--quiet"] + arguments),
            output: .discarded,
            error: .string(limit: 4096)
        )
        switch result.terminationStatus {
        case .exited(0): return true
        case .exited(1): return false
        default:
            Issue.record("grep failed: \(result.standardError)")
            return false
        }
    }

    private static func tar(_ arguments: [String]) async throws -> String {
        let result = try await Subprocess.run(
            .name("tar"),
            arguments: Arguments(arguments),
            output: .string(limit: 1 << 20),
            error: .string(limit: 65_536)
        )
        #expect(result.terminationStatus.isSuccess, "tar: \(result.standardError)")
        return result.standardOutput
    }
}
