import IngotCore

/// What a runner finds in the environment of its container or pod.
struct ContainerEnvironment: Sendable {
    /// What of the gateway's own machine is not there inside.
    private static let hostSettings: Set<String> = [
        "PATH", "HOME", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "INGOT_PROBE_STAMPS", Assignment.Name.workFolder,
    ]
    /// The longest setting that Linux hands to a program, with its name, `=` and an end: 32 pages (execve(2)).
    static let maximumSetting = 131_072
    /// All of them; Linux takes 2 MiB and a Kubernetes Secret 1 MiB.
    static let maximumSize = 1_048_576

    /// By name; holds secrets.
    private(set) var settings: [String: String]

    /// - Parameters:
    ///   - environment: the gateway's, of which only what is true inside is handed on.
    ///   - omitted: settings that the runner gets in another way.
    /// - Throws: `JobFailure` with the code `settings_too_large`.
    init(_ assignment: Assignment, environment: [String: String], omitting omitted: Set<String> = []) throws {
        settings = environment.filter { !Self.hostSettings.contains($0.key) }
        settings.merge(assignment.settings) { _, own in own }
        // The runner makes its own folder in the place that is writable inside.
        settings[Assignment.Name.workFolder] = nil
        for name in omitted { settings[name] = nil }
        var size = 0
        for (name, value) in settings.sorted(by: { $0.key < $1.key }) {
            let length = name.utf8.count + value.utf8.count + 2
            size += length
            guard length <= Self.maximumSetting, size <= Self.maximumSize else {
                throw JobFailure(
                    code: "settings_too_large",
                    message: """
                        The setting \(name) has \(value.utf8.count) bytes; a runner in a container can be told \
                        128 KiB a setting and 1 MiB in all.
                        """,
                    advice: "Give the job fewer or shorter parameters, or start the gateway with --launcher process."
                )
            }
        }
    }
}
