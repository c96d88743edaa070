import CLinux
import Glibc
import SystemPackage

/// The processes that a runner has started, as `/proc` shows them (proc(5)).
///
/// A process belongs to a runner when it is in the runner's group (setsid(2)), or when it has inherited the
/// runner's work folder in its environment, which also finds children that left the group.
enum ProcessTree {
    /// Makes this process the parent of what runners leave behind, so that it can be found, ended and reaped.
    static func adoptOrphans() { _ = linux_become_subreaper() }

    /// When a process was started, in clock ticks since the machine was; `nil` when there is no such process.
    ///
    /// Together with the number it names a process for good, as numbers alone are used again.
    static func startTime(of process: pid_t) -> UInt64? {
        ProcessStatistics(of: process)?.startTime
    }

    /// The living processes of a runner; zombies do not count.
    ///
    /// - Parameters:
    ///   - leader: the runner itself.
    ///   - marker: a setting in its environment that no other runner has.
    ///   - startTime: when the runner was started; older processes are not looked at.
    static func members(leader: pid_t, marker: String, since startTime: UInt64 = 0) -> [pid_t] {
        let own = getpid()
        var members: [pid_t] = []
        for process in processes() where process != own {
            guard let statistics = ProcessStatistics(of: process), !statistics.hasEnded,
                statistics.startTime >= startTime
            else { continue }
            if statistics.group == leader || statistics.session == leader || carries(marker, process: process) {
                members.append(process)
            }
        }
        return members
    }

    /// Reaps what a runner has left to this process and has ended, so that it does not stay in the process table.
    ///
    /// Children that other code of this process has started wait for that code: they are in this process's session,
    /// or lead one of their own, for which that code has some time.
    ///
    /// - Parameters:
    ///   - seen: processes that were seen in the runner's tree and were killed; it waits until they have ended.
    ///   - group: the runner's control group.
    ///   - patience: how long others have to wait for an ended child that leads a session.
    static func reapOrphans(
        leader: pid_t,
        seen: Set<pid_t>,
        group: ControlGroup?,
        patience: Duration = AbandonedChildren.patience
    ) async {
        let ownSession = getsid(0)
        var leaders: [(process: pid_t, startTime: UInt64)] = []
        for child in children(of: getpid()) where child != leader {
            guard let statistics = ProcessStatistics(of: child), statistics.hasEnded else { continue }
            let isForeign = statistics.session != ownSession && statistics.session != child
            if isForeign || group?.contains(zombie: child) == true {
                AbandonedChildren.ofThisProcess.reap(child)
            } else if statistics.session == child {
                leaders.append((child, statistics.startTime))
            }
        }
        AbandonedChildren.ofThisProcess.reap(leaders, patience: patience)
        if !leaders.isEmpty { AbandonedChildren.ofThisProcess.lookAgain(after: patience) }
        // A process leaves its groups a moment before it is a zombie, and is handed to this process even later.
        var left = seen.subtracting([leader])
        for round in 0..<100 where !left.isEmpty {
            left = left.filter { [left] process in
                guard let statistics = ProcessStatistics(of: process) else { return false }
                guard statistics.hasEnded else { return true }
                if statistics.parent == getpid() { return !AbandonedChildren.ofThisProcess.reap(process) }
                // Its parent may be about to end as well; else it is for that parent to reap it.
                return left.contains(statistics.parent)
            }
            if !left.isEmpty { await Pause.uncancelled(.milliseconds(round < 10 ? 1 : 10)) }
        }
    }

    /// The processes whose parent a process is.
    static func children(of process: pid_t) -> [pid_t] {
        let tasks = "/proc/\(process)/task"
        return FolderNames.of(FilePath(tasks)).flatMap { thread in
            (SmallFile.text("\(tasks)/\(thread)/children") ?? "")
                .split(separator: " ").compactMap { pid_t($0) }
        }
    }

    /// Whether a process was started with this setting in its environment, or has inherited it.
    static func carries(_ marker: String, process: pid_t) -> Bool {
        guard let bytes = SmallFile.read("/proc/\(process)/environ", limit: 1 << 20) else { return false }
        return bytes.split(separator: 0).contains { $0.elementsEqual(marker.utf8) }
    }

    /// The processes that work in an attempt's folder or hold something in it, as the pipe for its output.
    ///
    /// That finds what has left the runner's session and has forgotten its environment as well. It takes a look at
    /// every open file on the machine.
    static func holders(of folder: String) -> [pid_t] {
        let own = getpid()
        return processes().filter { process in
            guard process != own, ProcessStatistics(of: process)?.hasEnded == false else { return false }
            let files = FolderNames.of(FilePath("/proc/\(process)/fd")).map { "fd/\($0)" }
            return (["cwd"] + files).contains { name in
                let target = SymbolicLink.target("/proc/\(process)/\(name)")
                return target == folder || target?.hasPrefix("\(folder)/") == true
            }
        }
    }

    /// Whether a process carries the marker, or has ended and leads a session in which others do.
    static func isOfTree(_ process: pid_t, marker: String) -> Bool {
        if carries(marker, process: process) { return true }
        // Of what has ended the environment cannot be read any more.
        guard ProcessStatistics(of: process)?.hasEnded == true else { return false }
        return members(leader: -1, marker: marker).contains { ProcessStatistics(of: $0)?.session == process }
    }

    /// The runner among the processes that carry its marker; `nil` when it is not there any more.
    ///
    /// It leads its session and is older than all that it has started; what it has started may lead one as well.
    static func leader(marker: String) -> ProcessHandle? {
        members(leader: -1, marker: marker).compactMap { process -> ProcessHandle? in
            guard let statistics = ProcessStatistics(of: process), statistics.session == process,
                let words = SmallFile.read("/proc/\(process)/cmdline", limit: 1 << 20)?.split(separator: 0),
                words.last?.elementsEqual("run".utf8) == true
            else { return nil }
            return ProcessHandle(process: process, startTime: statistics.startTime)
        }.min { ($0.startTime, $0.process) < ($1.startTime, $1.process) }
    }

    /// The value of a setting in a process's environment.
    static func setting(_ name: String, of process: pid_t) -> String? {
        guard let bytes = SmallFile.read("/proc/\(process)/environ", limit: 1 << 20) else { return nil }
        let start = Array("\(name)=".utf8)
        return bytes.split(separator: 0).first { $0.starts(with: start) }
            .map { String(decoding: $0.dropFirst(start.count), as: UTF8.self) }
    }

    static func processes() -> [pid_t] { FolderNames.of("/proc").compactMap { pid_t($0) } }
}

/// What `/proc/N/stat` says of a process.
struct ProcessStatistics: Sendable {
    private let fields: [Substring]

    init?(of process: pid_t) {
        guard let text = SmallFile.text("/proc/\(process)/stat", limit: 4096) else { return nil }
        // The name, in parentheses, may hold anything, so the rest starts after the last one.
        guard let end = text.lastIndex(of: ")") else { return nil }
        fields = text[text.index(after: end)...].split { $0 == " " || $0 == "\n" }
        guard fields.count > 21 else { return nil }
    }

    /// Whether it is a zombie: it has ended, and nobody has waited for it.
    var hasEnded: Bool { fields[0] == "Z" || fields[0] == "X" }
    var parent: pid_t { pid_t(fields[1]) ?? 0 }
    var group: pid_t { pid_t(fields[2]) ?? 0 }
    var session: pid_t { pid_t(fields[3]) ?? 0 }
    var threads: Int { Int(fields[17]) ?? 0 }
    /// In clock ticks since the machine was started.
    var startTime: UInt64 { UInt64(fields[19]) ?? 0 }
    var residentPages: Int64 { Int64(fields[21]) ?? 0 }
    /// Processor time with that of the children that it waited for, in clock ticks.
    var cpuTicks: Int64 { fields[11...14].reduce(0) { $0 + (Int64($1) ?? 0) } }
    /// How it ended, in wait(2)'s form, when this process may know.
    var exitStatus: Int32? { fields.count > 49 && hasEnded ? Int32(fields[49]) : nil }
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

    /// How long ago the process was started, by a clock that nobody sets.
    var age: Duration {
        let ticks = UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))
        let start = Duration.milliseconds(startTime * 1000 / ticks)
        return max(.zero, .nanoseconds(linux_time_since_start()) - start)
    }
}
