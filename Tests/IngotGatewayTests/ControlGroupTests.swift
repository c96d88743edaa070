import Glibc
import IngotCore
import SystemPackage
import Testing

@testable import IngotGateway

@Suite("Control groups")
struct ControlGroupTests {
    @Test("Where the groups lie on a hybrid host, and in a container that shows a part")
    func hybrid() {
        let hierarchies = ControlGroupHierarchies(
            membership: """
                8:pids:/user.slice
                4:memory:/docker/abc/inner
                2:cpu,cpuacct:/
                1:name=systemd:/init.scope
                0::/user.slice/a b
                """,
            mounts: """
                31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
                33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
                35 31 0:32 /docker/abc /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
                39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
                41 31 0:38 / /sys/fs/cgroup/uni\\040fied rw,relatime - cgroup2 cgroup2 rw
                """
        )
        #expect(hierarchies.unified == "/sys/fs/cgroup/uni fied/user.slice/a b")
        #expect(
            hierarchies.legacy == [
                "pids": "/sys/fs/cgroup/pids/user.slice", "memory": "/sys/fs/cgroup/memory/inner",
                "cpu": "/sys/fs/cgroup/cpu,cpuacct", "cpuacct": "/sys/fs/cgroup/cpu,cpuacct",
            ]
        )
    }

    @Test("Where the group lies with version 2 alone, and without any")
    func unified() {
        let mounts = "29 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate"
        let hierarchies = ControlGroupHierarchies(membership: "0::/system.slice/ingot.service\n", mounts: mounts)
        #expect(hierarchies.unified == "/sys/fs/cgroup/system.slice/ingot.service")
        #expect(hierarchies.legacy.isEmpty)
        #expect(ControlGroupHierarchies(membership: "", mounts: mounts).unified == nil)
        #expect(ControlGroupHierarchies(membership: "nonsense", mounts: "1 2 3").unified == nil)
    }

    @Test("What the files of both versions say")
    func files() {
        let version1 = "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n"
        let version2 = "low 0\nhigh 0\nmax 17\noom 2\noom_kill 1\noom_group_kill 1\n"
        #expect(ControlGroupFiles.number("oom_kill", in: version1) == 3)
        #expect(ControlGroupFiles.number("oom_kill", in: version2) == 1)
        #expect(ControlGroupFiles.number("max", in: "max 5\n") == 5)
        #expect(ControlGroupFiles.number("oom_kill", in: "") == nil)
        #expect(ControlGroupCounters.cpuSeconds("1500000000\n") == 1.5)
        #expect(ControlGroupCounters.cpuSeconds("usage_usec 250000\nuser_usec 1\n") == 0.25)
        #expect(ControlGroupCounters.cpuSeconds("") == nil)
    }

    @Test("A group is made, takes a process, ends it, and goes", .enabled(if: MachineAbilities.controlGroups))
    func group() async throws {
        let owner = FilePath("/nonexistent/\(JobID.make())")
        let place = try #require(ControlGroupPlace.find(for: owner))
        let made = ControlGroup(
            in: place,
            name: "job-1",
            limits: JobLimits(memoryBytes: 64 << 20, processors: 0.5, processes: 20)
        )
        var process: pid_t = 0
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("600"), nil]
        defer { for argument in arguments { free(argument) } }
        try #require(posix_spawn(&process, "/bin/sleep", nil, nil, &arguments, environ) == 0)
        let group = try #require(made.holding(process))
        #expect(group.limitsMemory && group.limitsProcesses)
        #expect(group.members == [process])
        #expect(ControlGroup(foundIn: place, name: "job-1")?.members == [process])
        #expect(ControlGroup(foundIn: place, name: "job-2") == nil)
        // What runs can be adopted, so it stays.
        place.removeEmpty()
        #expect(group.members == [process])
        group.kill()
        var status: Int32 = 0
        #expect(waitpid(process, &status, 0) == process)
        #expect(status == SIGKILL)
        #expect(group.members.isEmpty)
        #expect(group.counters.outOfMemoryKills == 0)
        await group.remove()
        for folder in place.folders { #expect(access(folder.string, F_OK) != 0) }
    }

    @Test("Groups that a killed gateway has left are removed by the next", .enabled(if: MachineAbilities.controlGroups))
    func leftover() throws {
        let owner = FilePath("/nonexistent/\(JobID.make())")
        let place = try #require(ControlGroupPlace.find(for: owner))
        _ = ControlGroup(in: place, name: "job-1", limits: JobLimits())
        #expect(ControlGroup(foundIn: place, name: "job-1") != nil)
        #expect(ControlGroupPlace.find(for: owner) == place)
        #expect(ControlGroup(foundIn: place, name: "job-1") == nil)
        place.removeEmpty()
    }
}
