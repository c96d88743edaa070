import Glibc
import Synchronization

/// The settings of this process, as they were when it started.
enum ProcessSettings {
    private static let found = Mutex<EffectiveSettings?>(nil)

    /// `nil` in tests, which start no process.
    static var current: EffectiveSettings? { found.withLock { $0 } }

    /// Reads the settings, puts them where commands look for them, and gives the command line to parse.
    ///
    /// It changes the environment, so it is called before anything else runs.
    ///
    /// - Throws: `CommandFailure`.
    static func apply(_ arguments: [String]) throws -> [String] {
        // A shell asks for completions; it must not be told of anything else.
        if arguments.first?.hasPrefix("---") == true { return arguments }
        let settings = try EffectiveSettings(arguments: arguments, variables: processEnvironment())
        for warning in settings.file?.warnings ?? [] { StandardError.line("ingot: warning: \(warning)") }
        for (name, value) in settings.variablesToSet { setenv(name, value, 1) }
        found.withLock { $0 = settings }
        return try settings.completedArguments
    }
}
