import Glibc
import SystemPackage

/// The processes that a runner has started, as `/proc` shows them (proc(5)).
///
/// A process belongs to a runner when it is in the runner's group (setsid(2)), or when it has inherited the
/// runner's work folder in its environment, which also finds children that left the group.
enum ProcessTree {
    /// When a process was started, in clock ticks since the machine was; `nil` when there is no such process.
    ///
    /// Together with the number it names a process for good, as numbers alone are used again.
    static func startTime(of process: pid_t) -> UInt64? {
        guard let fields = statistics(of: process), fields.count > 19 else { return nil }
        return UInt64(fields[19])
    }

    /// The living processes of a runner; zombies do not count.
    ///
    /// - Parameters:
    ///   - leader: the runner itself.
    ///   - marker: a setting in its environment that no other runner has.
    ///   - startTime: when the runner was started; older processes are not looked at.
    static func members(leader: pid_t, marker: String, since startTime: UInt64 = 0) -> [pid_t] {
        let own = getpid()
        let marker = Array(marker.utf8)
        var members: [pid_t] = []
        for process in processes() where process != own {
            guard let fields = statistics(of: process), fields.count > 19, fields[0] != "Z", fields[0] != "X",
                let start = UInt64(fields[19]), start >= startTime
            else { continue }
            if pid_t(fields[2]) == leader || pid_t(fields[3]) == leader || carries(marker, process: process) {
                members.append(process)
            }
        }
        return members
    }

    /// Sends SIGKILL to all that is left of a runner until nothing is.
    ///
    /// - Returns: whether nothing is left.
    static func killAll(leader: pid_t, marker: String, since startTime: UInt64 = 0) async -> Bool {
        for round in 0..<500 {
            let members = members(leader: leader, marker: marker, since: startTime)
            if members.isEmpty { return true }
            for member in members { _ = kill(member, SIGKILL) }
            // Uncancelled: the caller must not go on while something of the runner lives.
            await Task { try? await Task.sleep(for: .milliseconds(round < 10 ? 2 : 20)) }.value
        }
        return false
    }

    /// Whether a child of this process has ended; it stays a zombie, so its number stays its own.
    static func hasEnded(child: pid_t) -> Bool {
        var information = siginfo_t()
        let answer = waitid(P_PID, id_t(child), &information, WEXITED | WNOHANG | WNOWAIT)
        // Without a state change the call succeeds and leaves the signal's number zero.
        return answer != 0 || information.si_signo != 0
    }

    /// The fields of `/proc/N/stat` from the third, the state, on.
    private static func statistics(of process: pid_t) -> [Substring]? {
        guard let bytes = read("/proc/\(process)/stat", limit: 4096) else { return nil }
        // The name, in parentheses, may hold anything, so the rest starts after the last one.
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return nil }
        return text[text.index(after: end)...].split(separator: " ")
    }

    private static func carries(_ marker: [UInt8], process: pid_t) -> Bool {
        guard let bytes = read("/proc/\(process)/environ", limit: 1 << 20) else { return false }
        return bytes.split(separator: 0).contains { $0.count == marker.count && $0.elementsEqual(marker) }
    }

    private static func processes() -> [pid_t] {
        guard let folder = opendir("/proc") else { return [] }
        defer { closedir(folder) }
        var processes: [pid_t] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let process = pid_t(name) { processes.append(process) }
        }
        return processes
    }

    private static func read(_ path: String, limit: Int) -> [UInt8]? {
        guard let file = try? FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec) else { return nil }
        defer { try? file.close() }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 8192)
        while bytes.count < limit {
            guard let count = try? buffer.withUnsafeMutableBytes({ try file.read(into: $0) }), count > 0 else { break }
            bytes.append(contentsOf: buffer[..<count])
        }
        return bytes
    }
}

/// What the process launcher calls a runner: `PID:START`, its number and its start in clock ticks.
struct ProcessHandle: Sendable, Equatable, CustomStringConvertible {
    var process: Int32
    var startTime: UInt64

    init(process: Int32, startTime: UInt64) {
        self.process = process
        self.startTime = startTime
    }

    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let process = Int32(parts[0]), process > 1, let startTime = UInt64(parts[1]) else {
            return nil
        }
        self.init(process: process, startTime: startTime)
    }

    var description: String { "\(process):\(startTime)" }

    /// Whether the number still belongs to the process that the handle was made for.
    var isAlive: Bool { ProcessTree.startTime(of: process) == startTime }
}
