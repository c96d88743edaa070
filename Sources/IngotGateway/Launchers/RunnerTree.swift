import Glibc

/// All processes of one runner, by its control group, or else as `/proc` shows them.
struct RunnerTree: Sendable {
    /// The process that the launcher has started; -1 when it is not there any more.
    let leader: pid_t
    let startTime: UInt64
    /// The setting in the environment of the runner's processes.
    let marker: String
    let group: ControlGroup?

    /// The attempt's work folder.
    private var folder: String { String(marker.drop { $0 != "=" }.dropFirst()) }

    /// The processes that hear SIGTERM in a sandbox: all but the outer one, whose end would leave the others.
    var listeners: [pid_t] {
        let members =
            group.map { Array($0.members) }
            ?? ProcessTree.members(leader: leader, marker: marker, since: startTime)
        return members.filter { $0 != leader }
    }

    /// Sends SIGKILL to all that is left until nothing is, and reaps what is left to this process.
    ///
    /// - Parameter known: processes that were seen in the tree before.
    /// - Returns: whether nothing is left.
    func killAll(known: Set<pid_t> = []) async -> Bool {
        var seen = known
        for round in 0..<500 {
            var members =
                group.map { Array($0.members) }
                ?? ProcessTree.members(leader: leader, marker: marker, since: startTime)
            // Only a group is sure to hold all; the others take a look that is too long to be taken each time.
            if members.isEmpty, group == nil { members = ProcessTree.holders(of: folder) }
            if members.isEmpty {
                await ProcessTree.reapOrphans(leader: leader, seen: seen, group: group)
                return true
            }
            seen.formUnion(members)
            if let group {
                group.kill()
            } else {
                // First all are stopped, so that what forks cannot stay ahead of the one who kills.
                for member in members { _ = kill(member, SIGSTOP) }
                for member in members { _ = kill(member, SIGKILL) }
            }
            await Pause.uncancelled(.milliseconds(round < 10 ? 1 : 20))
        }
        return false
    }
}

/// A wait that goes on when its task is cancelled: whoever waits must not go on while something of a runner lives.
enum Pause {
    static func uncancelled(_ duration: Duration) async {
        await Task { try? await Task.sleep(for: duration) }.value
    }
}
