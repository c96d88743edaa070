import Crypto
import Glibc
import IngotCore
import SystemPackage

/// The folders in which this gateway makes control groups for its attempts: one a hierarchy, below its own group.
///
/// What cannot be written is left out. Without any, limits are kept by looking at the processes instead.
struct ControlGroupPlace: Sendable, Equatable {
    /// Of version 2, which may have no controllers and still ends all processes of a group at once.
    var unified: FilePath?
    /// The controllers that groups there get.
    var unifiedControllers: Set<String> = []
    /// Of version 1, by controller.
    var legacy: [String: FilePath] = [:]

    /// The controllers that serve limits or evidence.
    private static let controllers = ["memory", "pids", "cpu", "cpuacct"]
    /// The group of the gateway itself, when it had to move.
    private static let nameAside = "ingot-gateway"

    /// Finds where groups can be made.
    ///
    /// - Parameter owner: the folder of the attempts. Its groups have a name of their own, by which the next gateway
    ///   finds those that were left.
    /// - Returns: `nil` when there is nowhere.
    static func find(for owner: FilePath) -> ControlGroupPlace? {
        guard let membership = SmallFile.text("/proc/self/cgroup"), let mounts = SmallFile.text("/proc/self/mountinfo")
        else { return nil }
        let digest = SHA256.hash(data: Array(owner.string.utf8))
        return ControlGroupPlace(
            in: ControlGroupHierarchies(membership: membership, mounts: mounts),
            name: "ingot-\(hexadecimal(digest.prefix(6)))"
        )
    }

    /// A place that an earlier gateway has made.
    init(unified: FilePath?, legacy: [String: FilePath]) {
        self.unified = unified
        self.legacy = legacy
        let controllers = unified.flatMap { ControlGroupFiles.text($0.appending("cgroup.subtree_control")) } ?? ""
        unifiedControllers = Set(
            controllers.split { $0 == " " || $0 == "\n" }.map(String.init).filter(Self.controllers.contains)
        )
    }

    private init?(in own: ControlGroupHierarchies, name: String) {
        for controller in Self.controllers {
            guard let group = own.legacy[controller] else { continue }
            let folder = group.appending(name)
            guard ControlGroupFiles.makeFolder(folder), access(folder.string, W_OK) == 0 else { continue }
            legacy[controller] = folder
        }
        if var group = own.unified {
            if group.lastComponent?.string == Self.nameAside { group.removeLastComponent() }
            let folder = group.appending(name)
            if ControlGroupFiles.makeFolder(folder), access(folder.string, W_OK) == 0 {
                unified = folder
                unifiedControllers = Self.enableControllers(in: group, folder: folder)
            }
        }
        removeEmpty()
        if unified == nil, legacy.isEmpty { return nil }
    }

    /// Hands the controllers down to the groups of attempts.
    ///
    /// A group that hands controllers down may hold no processes itself, unless it is the root. When this gateway is
    /// the only process in its group, as in a service of its own, it moves aside.
    private static func enableControllers(in group: FilePath, folder: FilePath) -> Set<String> {
        let wanted = (ControlGroupFiles.text(group.appending("cgroup.controllers")) ?? "")
            .split { $0 == " " || $0 == "\n" }.map(String.init).filter(controllers.contains)
        guard !wanted.isEmpty else { return [] }
        let text = wanted.map { "+\($0)" }.joined(separator: " ")
        let control = group.appending("cgroup.subtree_control")
        if !ControlGroupFiles.write(text, to: control) {
            let members = ControlGroupFiles.text(group.appending("cgroup.procs"))
            guard let members, members.trimmingNewline == "\(getpid())" else { return [] }
            let aside = group.appending(nameAside)
            guard ControlGroupFiles.makeFolder(aside),
                ControlGroupFiles.write("\(getpid())", to: aside.appending("cgroup.procs"))
            else { return [] }
            guard ControlGroupFiles.write(text, to: control) else { return [] }
        }
        guard ControlGroupFiles.write(text, to: folder.appending("cgroup.subtree_control")) else { return [] }
        return Set(wanted)
    }

    var folders: [FilePath] { (unified.map { [$0] } ?? []) + legacy.values }

    /// Removes the groups in which nothing runs any more, and the folders when that leaves them empty.
    ///
    /// A group with a process in it cannot be removed, so what can still be adopted stays.
    func removeEmpty() {
        for folder in folders {
            for name in FolderNames.of(folder) { rmdir(folder.appending(name).string) }
            rmdir(folder.string)
        }
    }

    /// Whether a limit of memory is kept by the kernel here.
    var limitsMemory: Bool { legacy["memory"] != nil || unifiedControllers.contains("memory") }
    /// Whether a limit of processes is kept by the kernel here.
    var limitsProcesses: Bool { legacy["pids"] != nil || unifiedControllers.contains("pids") }
}

/// The names in a folder, without those of the folder itself and its parent.
enum FolderNames {
    static func of(_ path: FilePath) -> [String] {
        guard let folder = opendir(path.string) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
