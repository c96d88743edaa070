import FoundationEssentials
import Glibc

/// Processes that a probe starts, to show that the whole tree of a runner ends with it.
struct ProbeChildren: Sendable {
    let processes: [pid_t]

    /// Starts this program again `count` times, as `probe-child`, which only waits.
    init(count: Int) {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The runner blocks the signals that it waits for; its children must not inherit that.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var processes: [pid_t] = []
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("ingot-runner"), strdup("probe-child"), nil]
        defer { for argument in arguments { free(argument) } }
        var environment = ProcessInfo.processInfo.environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for setting in environment { free(setting) } }
        for _ in 0..<count {
            var process: pid_t = 0
            if posix_spawn(&process, "/proc/self/exe", nil, &attributes, &arguments, &environment) == 0 {
                processes.append(process)
            }
        }
        self.processes = processes
    }

    func end() {
        for process in processes { _ = kill(process, SIGKILL) }
        for process in processes { waitpid(process, nil, 0) }
    }

    /// What such a process does: it waits until it is killed.
    static func waitForEver() -> Never {
        while true { pause() }
    }
}
