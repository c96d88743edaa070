import FoundationEssentials
import Glibc
import Testing

/// What jobs of one data folder have left on the machine.
enum Leftovers {
    /// Waits until nothing of the folder's runners is left: processes, their folders, their control groups.
    ///
    /// A job's end may come before its runner is gone, so this looks again for a while before it complains.
    ///
    /// - Parameter gateway: the gateway, when it lives, to look at its children.
    static func expectNone(
        data: String,
        jobs: [String],
        gateway: pid_t? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        var found: [String] = []
        for round in 0..<400 {
            found = processes(data: data) + folders(data: data) + (gateway.map(zombies) ?? [])
            // The control groups take a walk through all of them, so they are looked at when all else is gone.
            if found.isEmpty { found = controlGroups(of: jobs) }
            if found.isEmpty { return }
            try? await Task.sleep(for: .milliseconds(round < 20 ? 5 : 50))
        }
        Issue.record("left behind: \(found.joined(separator: ", "))", sourceLocation: sourceLocation)
    }

    /// The children of a gateway that have ended and that it has not taken note of.
    static func zombies(of gateway: pid_t) -> [String] {
        list("/proc").compactMap { name in
            guard pid_t(name) != nil, let bytes = FileManager.default.contents(atPath: "/proc/\(name)/stat") else {
                return nil
            }
            let text = String(decoding: bytes, as: UTF8.self)
            guard let end = text.lastIndex(of: ")") else { return nil }
            let fields = text[text.index(after: end)...].split(separator: " ")
            return fields.count > 1 && fields[0] == "Z" && pid_t(fields[1]) == gateway ? "zombie \(name)" : nil
        }
    }

    /// The processes that carry a work folder below the data folder in their environment.
    static func processes(data: String) -> [String] {
        members(data: data).map { "process \($0)" }
    }

    /// The processes of a job's runner, or of all of them.
    static func members(data: String, job: String = "") -> [pid_t] {
        let marker = "INGOT_WORK_FOLDER=\(data)/work/\(job)"
        let own = getpid()
        return list("/proc").compactMap { name in
            guard let process = pid_t(name), process != own,
                let bytes = FileManager.default.contents(atPath: "/proc/\(name)/environ"),
                bytes.split(separator: 0).contains(where: { String(decoding: $0, as: UTF8.self).hasPrefix(marker) })
            else { return nil }
            return process
        }
    }

    private static func folders(data: String) -> [String] {
        list("\(data)/work").map { "folder work/\($0)" }
    }

    private static func controlGroups(of jobs: [String]) -> [String] {
        var found: [String] = []
        var waiting = ["/sys/fs/cgroup"]
        while let folder = waiting.popLast() {
            for name in list(folder) {
                let path = "\(folder)/\(name)"
                guard isFolder(path) else { continue }
                if jobs.contains(where: { name.contains($0) }) { found.append("control group \(path)") }
                waiting.append(path)
            }
        }
        return found
    }

    private static func list(_ path: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
