import SystemPackage

/// Where this process's own control groups lie, by `/proc/self/cgroup` and `/proc/self/mountinfo` (cgroups(7)).
///
/// On a hybrid host controllers are in hierarchies of version 1, and one of version 2 without any lies beside them.
struct ControlGroupHierarchies: Sendable, Equatable {
    /// The group in the hierarchy of version 2.
    var unified: FilePath?
    /// The groups in those of version 1, by controller: `memory`, `pids`, `cpu`, `cpuacct`.
    var legacy: [String: FilePath] = [:]

    /// - Parameters:
    ///   - membership: the text of `/proc/self/cgroup`.
    ///   - mounts: the text of `/proc/self/mountinfo`.
    init(membership: String, mounts: String) {
        var groups: [String: FilePath] = [:]
        for line in membership.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            // The line of version 2 names no controllers.
            for controller in fields[1].split(separator: ",", omittingEmptySubsequences: false) {
                groups[String(controller)] = FilePath(String(fields[2]))
            }
        }
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 6, let end = fields.firstIndex(of: "-"), fields.count > end + 3 else { continue }
            let (root, point) = (FilePath(Self.unescaped(fields[3])), FilePath(Self.unescaped(fields[4])))
            switch fields[end + 1] {
            case "cgroup2":
                if let group = groups[""], unified == nil { unified = Self.place(of: group, root: root, point: point) }
            case "cgroup":
                for option in fields[end + 3].split(separator: ",") {
                    guard let group = groups[String(option)], legacy[String(option)] == nil else { continue }
                    legacy[String(option)] = Self.place(of: group, root: root, point: point)
                }
            default: break
            }
        }
    }

    /// The folder of a group in a mount that may show only a part of its hierarchy.
    private static func place(of group: FilePath, root: FilePath, point: FilePath) -> FilePath {
        var rest = group
        // In a container the mount may show the container's group as its root.
        guard rest.removePrefix(root) else { return point }
        return point.appending(rest.components)
    }

    /// Blanks and the like are written as octal numbers there.
    private static func unescaped(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.count >= 3,
                let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
            {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
