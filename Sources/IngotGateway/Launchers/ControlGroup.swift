import Glibc
import IngotCore
import SystemPackage

/// The control groups of one attempt: what is in them is held to the attempt's limits, counted, and ended together.
struct ControlGroup: Sendable {
    private var unified: FilePath?
    private var unifiedControllers: Set<String>
    private var legacy: [String: FilePath]
    private let place: ControlGroupPlace
    private let name: String
    /// Whether the kernel keeps a limit of memory.
    private(set) var limitsMemory = false
    /// Whether the kernel keeps a limit of processes.
    private(set) var limitsProcesses = false

    /// Makes the groups of an attempt, empty.
    ///
    /// - Parameter name: the attempt's.
    init(in place: ControlGroupPlace, name: String, limits: JobLimits) {
        self.place = place
        self.name = name
        // The folders go whenever they are empty, so they may have to be made again.
        func make(_ parent: FilePath) -> FilePath? {
            let folder = parent.appending(name)
            for _ in 0..<20 {
                if mkdir(folder.string, 0o755) == 0 || errno == EEXIST { return folder }
                guard errno == ENOENT, ControlGroupFiles.makeFolder(parent) else { return nil }
                if parent == place.unified, !place.unifiedControllers.isEmpty {
                    let text = place.unifiedControllers.map { "+\($0)" }.joined(separator: " ")
                    ControlGroupFiles.write(text, to: parent.appending("cgroup.subtree_control"))
                }
            }
            return nil
        }
        legacy = place.legacy.compactMapValues(make)
        unified = place.unified.flatMap(make)
        unifiedControllers = unified == nil ? [] : place.unifiedControllers
        set(limits)
    }

    /// Finds the groups that an earlier gateway has made; `nil` when there are none.
    init?(foundIn place: ControlGroupPlace, name: String) {
        func find(_ parent: FilePath) -> FilePath? {
            let folder = parent.appending(name)
            return access(folder.string, F_OK) == 0 ? folder : nil
        }
        self.place = place
        self.name = name
        legacy = place.legacy.compactMapValues(find)
        unified = place.unified.flatMap(find)
        unifiedControllers = unified == nil ? [] : place.unifiedControllers
        if legacy.isEmpty, unified == nil { return nil }
        // What was written there is there still; a value of its own says that there is a limit.
        limitsMemory = Self.isLimit(text("memory", legacy: "memory.limit_in_bytes", unified: "memory.max"))
        limitsProcesses = Self.isLimit(text("pids", legacy: "pids.max", unified: "pids.max"))
    }

    private func holds(_ controller: String) -> Bool {
        legacy[controller] != nil || unifiedControllers.contains(controller)
    }

    private func text(_ controller: String, legacy name: String, unified newName: String) -> String? {
        if let folder = legacy[controller] { return ControlGroupFiles.text(folder.appending(name)) }
        // Processor time is counted without its controller, too.
        guard let unified, unifiedControllers.contains(controller) || controller == "cpuacct" else { return nil }
        return ControlGroupFiles.text(unified.appending(newName))
    }

    /// Without a limit, version 2 says `max`, and version 1 the largest number that fits.
    private static func isLimit(_ text: String?) -> Bool {
        guard let text, let number = Int64(text.trimmingNewline) else { return false }
        return number < Int64.max - (1 << 20)
    }

    private var folders: [FilePath] { (unified.map { [$0] } ?? []) + legacy.values }

    private mutating func set(_ limits: JobLimits) {
        @discardableResult
        func write(
            _ value: String,
            _ controller: String,
            legacy name: String? = nil,
            unified newName: String? = nil
        ) -> Bool {
            if let name, let folder = legacy[controller] {
                return ControlGroupFiles.write(value, to: folder.appending(name))
            } else if let newName, let unified, unifiedControllers.contains(controller) {
                return ControlGroupFiles.write(value, to: unified.appending(newName))
            }
            return false
        }
        // A limit that the kernel has not taken is kept by looking instead.
        if let bytes = limits.memoryBytes {
            limitsMemory = write("\(bytes)", "memory", legacy: "memory.limit_in_bytes", unified: "memory.max")
            // Memory and swap together: no swap beyond the limit.
            write("\(bytes)", "memory", legacy: "memory.memsw.limit_in_bytes")
            write("0", "memory", unified: "memory.swap.max")
            write("1", "memory", unified: "memory.oom.group")
        }
        if let processes = limits.processes {
            limitsProcesses = write("\(processes)", "pids", legacy: "pids.max", unified: "pids.max")
        }
        if let processors = limits.processors {
            let period = 100_000
            let quota = max(1000, Int(processors * Double(period)))
            write("\(quota)", "cpu", legacy: "cpu.cfs_quota_us")
            write("\(quota) \(period)", "cpu", unified: "cpu.max")
        }
    }

    /// The folder of version 2.
    var unifiedFolder: FilePath? { unified }

    /// What a process enters the groups through before it is its program.
    func openEntrances() -> ControlGroupEntrances {
        ControlGroupEntrances(unified: unified, legacy: Set(legacy.values))
    }

    /// Puts a process and all that it has started into the groups that it has not entered by itself.
    ///
    /// What a process starts once it is in is in as well, so nothing slips through.
    ///
    /// - Parameter entered: the folders of those that it has entered.
    /// - Returns: those of the groups that it is in; `nil` when it is in none.
    func holding(_ process: pid_t, entered: Set<FilePath> = []) -> ControlGroup? {
        var holding = self
        return holding.add(process, entered) ? holding : nil
    }

    private mutating func add(_ process: pid_t, _ entered: Set<FilePath>) -> Bool {
        func takes(_ folder: FilePath, _ process: pid_t) -> Bool {
            ControlGroupFiles.write("\(process)", to: folder.appending("cgroup.procs"))
        }
        let isInAll = entered.isSuperset(of: folders)
        legacy = legacy.filter { entered.contains($0.value) || takes($0.value, process) }
        if let folder = unified, !entered.contains(folder), !takes(folder, process) {
            unified = nil
            unifiedControllers = []
        }
        limitsMemory = limitsMemory && holds("memory")
        limitsProcesses = limitsProcesses && holds("pids")
        if isInAll { return true }
        var waiting = ProcessTree.children(of: process)
        var seen: Set<pid_t> = []
        while let next = waiting.popLast() {
            guard seen.insert(next).inserted else { continue }
            for folder in folders { _ = takes(folder, next) }
            waiting += ProcessTree.children(of: next)
        }
        return !folders.isEmpty
    }

    /// The living processes in any of the groups.
    var members: Set<pid_t> {
        var members: Set<pid_t> = []
        for folder in folders {
            let text = ControlGroupFiles.text(folder.appending("cgroup.procs")) ?? ""
            for line in text.split(separator: "\n") {
                if let process = pid_t(line), process > 0 { members.insert(process) }
            }
        }
        return members
    }

    /// Sends SIGKILL to everything in the groups.
    func kill() {
        // All at once, and also what is being forked at that moment.
        if let unified { ControlGroupFiles.write("1", to: unified.appending("cgroup.kill")) }
        let own = getpid()
        for member in members where member != own { _ = Glibc.kill(member, SIGKILL) }
    }

    /// What the kernel has counted.
    var counters: ControlGroupCounters {
        var counters = ControlGroupCounters()
        if let text = text("memory", legacy: "memory.oom_control", unified: "memory.events") {
            counters.outOfMemoryKills = ControlGroupFiles.number("oom_kill", in: text) ?? 0
        }
        if let text = text("memory", legacy: "memory.max_usage_in_bytes", unified: "memory.peak") {
            counters.peakMemoryBytes = Int64(text.trimmingNewline)
        }
        if let text = text("pids", legacy: "pids.events", unified: "pids.events") {
            counters.refusedProcesses = ControlGroupFiles.number("max", in: text) ?? 0
        }
        if let text = text("cpuacct", legacy: "cpuacct.usage", unified: "cpu.stat") {
            counters.cpuSeconds = ControlGroupCounters.cpuSeconds(text)
        }
        return counters
    }

    /// Whether the name of a process's group in `/proc/PID/cgroup` is this one's.
    ///
    /// Of a process that has ended and was not reaped, only the hierarchy of version 2 still tells it.
    func contains(zombie process: pid_t) -> Bool {
        guard let unified, let name = unified.lastComponent?.string,
            let parent = unified.removingLastComponent().lastComponent?.string,
            let text = SmallFile.text("/proc/\(process)/cgroup")
        else { return false }
        return text.split(separator: "\n").contains { $0.hasPrefix("0::") && $0.hasSuffix("/\(parent)/\(name)") }
    }

    /// Removes the groups, in which nothing may run any more.
    func remove() async {
        for round in 0..<100 {
            var isGone = true
            for folder in place.folders where rmdir(folder.appending(name).string) != 0 && errno != ENOENT {
                isGone = false
            }
            if isGone { break }
            // A group stays busy for a moment after its last process.
            await Pause.uncancelled(.milliseconds(round < 10 ? 1 : 20))
        }
        for folder in place.folders { rmdir(folder.string) }
    }
}

/// The open files through which a process enters an attempt's groups by itself.
struct ControlGroupEntrances: Sendable {
    /// The folder of version 2.
    let unified: FileDescriptor?
    /// The files `tasks` of version 1.
    let legacy: [(folder: FilePath, file: FileDescriptor)]

    init(unified: FilePath?, legacy: Set<FilePath>) {
        self.unified = unified.flatMap {
            try? FileDescriptor.open($0, .readOnly, options: [.directory, .closeOnExec])
        }
        self.legacy = legacy.compactMap { folder in
            (try? FileDescriptor.open(folder.appending("tasks"), .writeOnly, options: .closeOnExec)).map {
                (folder, $0)
            }
        }
    }

    func close() {
        try? unified?.close()
        for entrance in legacy { try? entrance.file.close() }
    }
}

/// What the kernel has counted for the control group of an attempt.
struct ControlGroupCounters: Sendable, Equatable {
    /// How many processes the kernel has killed for want of memory.
    var outOfMemoryKills: Int64 = 0
    /// How often a process or thread more was refused.
    var refusedProcesses: Int64 = 0
    /// The most memory that was charged at a time, with what the kernel kept of files.
    var peakMemoryBytes: Int64?
    /// Processor time of all processes, in seconds.
    var cpuSeconds: Double?

    /// Reads `cpuacct.usage` (nanoseconds) of version 1, or `cpu.stat` of version 2.
    static func cpuSeconds(_ text: String) -> Double? {
        if let nanoseconds = Int64(text.trimmingNewline) { return Double(nanoseconds) / 1_000_000_000 }
        return ControlGroupFiles.number("usage_usec", in: text).map { Double($0) / 1_000_000 }
    }
}
