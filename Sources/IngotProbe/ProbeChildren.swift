import FoundationEssentials
import Glibc

/// Processes that a probe starts, to show that the whole tree of a runner ends with it.
struct ProbeChildren: Sendable {
    let processes: [pid_t]

    /// Starts this program again `count` times, as `probe-child`, which only waits.
    init(count: Int) {
        processes = (0..<count).compactMap { _ in Self.start([]) }
    }

    func end() {
        for process in processes { _ = kill(process, SIGKILL) }
        for process in processes { waitpid(process, nil, 0) }
    }

    /// Starts processes that leave: their parent ends at once, and they lead sessions of their own.
    ///
    /// - Parameter areStrangers: whether they forget their environment and folder as well.
    static func startDaemons(_ count: Int, areStrangers: Bool = false) {
        let parents = (0..<count).compactMap { _ in start([areStrangers ? "stranger" : "daemon"]) }
        for parent in parents { waitpid(parent, nil, 0) }
    }

    /// Starts a process that doubles itself, again and again.
    static func startBomb() { _ = start(["bomb", "12"]) }

    /// What such a process does.
    static func run(_ words: [String]) -> Never {
        // Whatever goes wrong with the one who has to end it, it ends.
        alarm(600)
        switch words.first {
        case "daemon": _ = start(["leave"])
        case "stranger":
            _ = chdir("/")
            _ = start(["leave"], environment: [:])
        case "bomb":
            if let generations = words.dropFirst().first.flatMap({ Int($0) }), generations > 0 {
                for _ in 0..<2 { _ = start(["bomb", "\(generations - 1)"]) }
            }
            while true { pause() }
        case "leave":
            setsid()
            while true { pause() }
        default: while true { pause() }
        }
        exit(0)
    }

    private static func start(
        _ words: [String],
        environment settings: [String: String] = ProcessInfo.processInfo.environment
    ) -> pid_t? {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The runner blocks the signals that it waits for; its children must not inherit that.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var arguments = (["ingot-runner", "probe-child"] + words).map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var environment = settings.map { strdup("\($0)=\($1)") } + [nil]
        defer { for setting in environment { free(setting) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, "/proc/self/exe", nil, &attributes, &arguments, &environment)
        return code == 0 ? process : nil
    }
}
