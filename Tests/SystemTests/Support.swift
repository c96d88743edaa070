import FoundationEssentials
import IngotTesting
import Subprocess
import SystemPackage

/// The executables that the build has made beside the tests, or those in the folder `INGOT_BIN`.
enum BuiltProducts {
    static func path(_ name: String) -> String {
        if let folder = ProcessInfo.processInfo.environment["INGOT_BIN"] { return "\(folder)/\(name)" }
        return ofThisBuild(name)
    }

    /// The executable beside the tests, whatever `INGOT_BIN` says.
    static func ofThisBuild(_ name: String) -> String {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return own.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") + "/"
            + name
    }
}

/// A Python that has a module: Debian's own, or the one on the path.
enum Python {
    static func with(_ module: String) async -> String? {
        for python in ["/usr/bin/python3", "/usr/local/bin/python3", "python3"] {
            let executable: Executable = python.hasPrefix("/") ? .path(FilePath(python)) : .name(python)
            let result = try? await run(
                executable,
                arguments: ["-c", "import sys, \(module); print(sys.executable)"],
                output: .string(limit: 4096)
            )
            guard let result, result.terminationStatus.isSuccess else { continue }
            return String(result.standardOutput.prefix { !$0.isNewline })
        }
        return nil
    }
}
