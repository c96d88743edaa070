import IngotCore
import IngotTesting
import Testing

@testable import IngotContainers

@Suite(
    "Runners as Jobs of a cluster",
    .enabled(if: KubernetesStandIn.python != nil, Comment(rawValue: ThirdParty.absence)),
    .timeLimit(.minutes(5))
)
struct KubernetesLauncherTests {
    @Test("One ends well; its log is whole, and nothing of it is left")
    func whole() async throws {
        try await KubernetesFixture.with { fixture in
            try await fixture.launcher.check()
            let output = PodOutput()
            let exit = try await fixture.run(["log_lines": 500], limits: .standard, output: output) { handle in
                #expect(handle.hasPrefix("runners/ingot-"))
                let objects = try await fixture.standIn.objects()
                #expect(objects.count == 3)
            }
            #expect(exit.isSuccess, "\(exit) \(output.text.suffix(500))")
            #expect(output.probeLines == Array(1...500))
        }
    }

    @Test(
        "What happens to a pod is told by its reason",
        arguments: [
            ("evict", RunnerExit(reason: "evicted")),
            ("oom", RunnerExit(signal: 9, reason: "out_of_memory")),
            ("kill", RunnerExit(signal: 9)),
            ("lose", RunnerExit(reason: "node_lost")),
            ("taint", RunnerExit(reason: "node_lost")),
            ("vanish", RunnerExit(reason: "lost")),
        ]
    )
    func disturbances(what: String, expected: RunnerExit) async throws {
        try await KubernetesFixture.with({ $0.nodePatience = .seconds(1) }) { fixture in
            let exit = try await fixture.run(["log_lines": 1, "sleep_ms": 600_000]) { _ in
                try await fixture.standIn.control("disturb", ["what": .string(what)])
            }
            #expect(exit == expected)
        }
    }

    @Test(
        "A runner that is to stop gets SIGTERM and time; one that does not listen is killed",
        arguments: [false, true]
    )
    func cancelled(ignores: Bool) async throws {
        try await KubernetesFixture.with { fixture in
            let output = PodOutput()
            let running = Task {
                try await fixture.run(
                    ["log_lines": 1, "sleep_ms": 600_000, "ignore_stop": .bool(ignores)],
                    output: output
                )
            }
            await output.wait(for: "probe log line 1")
            running.cancel()
            let exit = try await running.value
            #expect(exit == (ignores ? RunnerExit(signal: 9) : RunnerExit(code: 143)))
            #expect(!output.text.contains("could not be read"))
        }
    }

    @Test("A pod that is deleted ends its attempt, and what the cluster puts in its place does not run on")
    func replaced() async throws {
        try await KubernetesFixture.with { fixture in
            try await fixture.standIn.control("set", ["replaces": true])
            let output = PodOutput()
            let running = Task { try await fixture.run(["log_lines": 1, "sleep_ms": 600_000], output: output) }
            // It listens to signals now.
            await output.wait(for: "probe log line 1")
            try await fixture.standIn.control("delete")
            #expect(try await running.value == RunnerExit(code: 143))
        }
    }

    @Test("The log of a pod whose node has thrown it away says that its end is missing")
    func evictedLog() async throws {
        try await KubernetesFixture.with { fixture in
            let output = PodOutput()
            try await fixture.standIn.control("set", ["cut_logs": 1])
            let running = Task { try await fixture.run(["log_lines": 30, "sleep_ms": 600_000], output: output) }
            await output.wait(for: "probe log line 5")
            try await fixture.standIn.control("disturb", ["what": "evict"])
            let exit = try await running.value
            #expect(exit.reason == "evicted")
            #expect(output.probeLines == Array(1...(output.probeLines.last ?? 0)))
            #expect(output.probeLines.last == 30 || output.text.contains("could not be read"))
        }
    }

    @Test("A token that is replaced in its file is read again when the old one is refused")
    func rotatedToken() async throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("token", "\(KubernetesStandIn.token)\n")
        try await KubernetesFixture.with(credential: .tokenFile(folder.path("token"))) { fixture in
            let exit = try await fixture.run(["log_lines": 3, "sleep_ms": 500]) { _ in
                _ = try folder.write("token", "the-next-token\n")
                try await fixture.standIn.control("token", ["token": "the-next-token"])
                // The watches and the log have to be begun anew with it.
                try await fixture.standIn.control("drop")
            }
            #expect(exit.isSuccess)
        }
    }

    @Test("A token that is refused for good is told as that")
    func refusedToken() async throws {
        try await KubernetesFixture.with(credential: .token(Secret("wrong"))) { fixture in
            let error = try await #require(throws: LauncherError.self) { try await fixture.launcher.check() }
            #expect(error.message.contains("401"))
            #expect(!"\(error)".contains("wrong"))
            let failure = try await #require(throws: JobFailure.self) { _ = try await fixture.run([:]) }
            #expect(failure.code == "kubernetes_refused")
        }
    }

    @Test("A Job of the same name that another start has made is left alone")
    func takenName() async throws {
        try await KubernetesFixture.with { fixture in
            let output = PodOutput()
            let assignment = fixture.assignment(["log_lines": 1, "sleep_ms": 600_000])
            let running = Task { try await fixture.run(assignment, output: output) }
            await output.wait(for: "probe log line 1")
            let next = try fixture.nextLauncher()
            let failure = try await #require(throws: JobFailure.self) {
                _ = try await next.run(assignment, limits: JobLimits(), started: { _ in }, output: { _ in })
            }
            #expect(failure.code == "kubernetes_refused")
            #expect(failure.message.contains("409"))
            let objects = try await fixture.standIn.control("objects")
            #expect(objects["processes"] == 1)
            running.cancel()
            _ = try await running.value
        }
    }

    @Test("A list that is continued is whole, also when what is to be continued was forgotten")
    func continuedLists() async throws {
        try await KubernetesFixture.with { fixture in
            let outputs = (0..<5).map { _ in PodOutput() }
            let running = outputs.map { output in
                Task { try await fixture.run(["log_lines": 1, "sleep_ms": 600_000], output: output) }
            }
            for output in outputs { await output.wait(for: "probe log line 1") }
            try await fixture.standIn.control("set", ["expired_lists": 1])
            // The stand-in tells two at a time.
            await (try fixture.nextLauncher()).endLeftovers(except: [])
            let left = try await fixture.standIn.control("objects")
            #expect(left["objects"] == [])
            for task in running { #expect(try await !task.value.isSuccess) }
        }
    }

    @Test("The launcher's own timer ends a runner that runs for too long")
    func deadline() async throws {
        try await KubernetesFixture.with { fixture in
            let exit = try await fixture.run(["sleep_ms": 600_000], limits: JobLimits(wallSeconds: 1))
            #expect(exit.reason == "deadline")
        }
    }

    @Test(
        "A pod that does not start fails with the cluster's words once patience is over",
        arguments: [
            ("image", "image_unavailable", "ImagePullBackOff"), ("unschedulable", "unschedulable", "0/1 nodes"),
        ]
    )
    func notStarting(fault: String, code: String, words: String) async throws {
        try await KubernetesFixture.with({
            $0.startPatience = .seconds(1)
            $0.schedulingPatience = .seconds(1)
        }) { fixture in
            try await fixture.standIn.control("set", .object([fault: true]))
            let failure = try await #require(throws: JobFailure.self) { _ = try await fixture.run([:]) }
            #expect(failure.code == code)
            #expect(failure.message.contains(words))
        }
    }

    @Test("A pod that waits for a node starts when there is one")
    func scheduledLate() async throws {
        try await KubernetesFixture.with { fixture in
            try await fixture.standIn.control("set", ["unschedulable": true])
            async let exit = fixture.run(["log_lines": 1])
            try await fixture.standIn.control("await", ["objects": 3])
            try await fixture.standIn.control("set", ["unschedulable": false])
            let ended = try await exit
            #expect(ended.isSuccess)
        }
    }

    @Test("Watches that expire or break are begun anew, and logs go on where they were cut")
    func brokenStreams() async throws {
        try await KubernetesFixture.with { fixture in
            try await fixture.standIn.control("set", ["cut_logs": 3, "gone_as_status": 2])
            let output = PodOutput()
            let exit = try await fixture.run(["log_lines": 200, "sleep_ms": 3000], output: output) { _ in
                try await fixture.standIn.control("expire")
                try await fixture.standIn.control("drop")
            }
            #expect(exit.isSuccess, "\(exit)")
            #expect(output.probeLines == Array(1...200))
            let lists = try await fixture.standIn.calls("list jobs")
            #expect(lists > 1)
        }
    }

    @Test("A creation whose answer is lost is not made twice")
    func lostAnswers() async throws {
        try await KubernetesFixture.with { fixture in
            try await fixture.standIn.control("lose", ["verb": "create", "resource": "jobs"])
            try await fixture.standIn.control("lose", ["verb": "create", "resource": "secrets"])
            let exit = try await fixture.run(["log_lines": 1])
            #expect(exit.isSuccess)
        }
    }

    @Test("Calls that an overloaded server refuses are made again", arguments: [429, 500])
    func overloaded(status: Int) async throws {
        try await KubernetesFixture.with { fixture in
            for (verb, resource) in [("create", "jobs"), ("create", "secrets"), ("delete", "jobs"), ("list", "pods")] {
                try await fixture.standIn.control(
                    "refuse",
                    [
                        "verb": .string(verb), "resource": .string(resource), "status": .integer(Int64(status)),
                        "times": 2,
                    ]
                )
            }
            let exit = try await fixture.run(["log_lines": 1])
            #expect(exit.isSuccess)
        }
    }

    @Test("A right that is missing is named, at the start and when it is needed")
    func forbidden() async throws {
        try await KubernetesFixture.with { fixture in
            try await fixture.standIn.control("set", ["forbidden": ["create secrets", "get pods/log"]])
            let error = try await #require(throws: LauncherError.self) { try await fixture.launcher.check() }
            #expect(error.message.contains("get pods/log, create secrets"))
            let failure = try await #require(throws: JobFailure.self) { _ = try await fixture.run([:]) }
            #expect(failure.code == "kubernetes_refused")
            #expect(failure.advice?.contains("create secrets") == true)
            // The server may only not know its roles yet.
            #expect(failure.isTransient)
        }
    }

    @Test("A runner that is left is taken over by the next launcher, which hands on each line once")
    func leftAndAdopted() async throws {
        try await KubernetesFixture.with { fixture in
            let first = PodOutput()
            let assignment = fixture.assignment(["log_lines": 50, "sleep_ms": 4000])
            let running = Task { try await fixture.run(assignment, output: first) }
            await first.wait(for: "probe log line 20")
            let runner = LeftoverRunner(job: assignment.job, attempt: 1, handle: nil, limits: JobLimits())
            await fixture.launcher.leave(runner)
            await #expect(throws: CancellationError.self) { try await running.value }
            let second = PodOutput()
            let next = try fixture.nextLauncher()
            await next.endLeftovers(except: [(assignment.job, 1)])
            let adopted = await next.adopt(runner, output: { second.append($0) })
            let exit = try #require(adopted)
            #expect(exit.isSuccess)
            #expect(first.probeLines + second.probeLines == Array(1...50))
            let again = await next.adopt(runner, output: { _ in })
            #expect(again == nil)
        }
    }

    @Test("A pod in the place of the one that an earlier gateway has started is not taken over, but ended")
    func anotherPod() async throws {
        try await KubernetesFixture.with { fixture in
            let output = PodOutput()
            let assignment = fixture.assignment(["log_lines": 1, "sleep_ms": 600_000])
            let running = Task { try await fixture.run(assignment, output: output) }
            await output.wait(for: "probe log line 1")
            let handle = "runners/the-first-pod"
            let runner = LeftoverRunner(job: assignment.job, attempt: 1, handle: handle, limits: JobLimits())
            await fixture.launcher.leave(runner)
            await #expect(throws: CancellationError.self) { try await running.value }
            let next = try fixture.nextLauncher()
            let exit = await next.adopt(runner, output: { _ in })
            #expect(exit == RunnerExit(reason: "lost"))
        }
    }

    @Test("A source's folder, which no pod has, is refused at the start")
    func folderOrigin() async throws {
        try await KubernetesFixture.with { fixture in
            let launcher = try KubernetesLauncher(
                ClusterAccess(
                    server: fixture.standIn.address,
                    credential: .token(Secret(KubernetesStandIn.token)),
                    namespace: "runners"
                ),
                options: KubernetesOptions(image: "ingot-runner:dev"),
                surroundings: LauncherSurroundings(
                    gateway: "0123456789abcdef0123456789abcdef",
                    notesFolder: fixture.folder.path("notes"),
                    grace: .seconds(2),
                    usesEmbeddedStores: false,
                    origins: ["usc": "/a/folder", "ecfr": "https://mirror.example"]
                ),
                logger: .silent
            )
            let error = try await #require(throws: LauncherError.self) { try await launcher.check() }
            #expect(error.message.contains("usc") && error.message.contains("/a/folder"))
        }
    }

    @Test("What earlier gateways have left is ended, but for what is kept")
    func leftovers() async throws {
        try await KubernetesFixture.with { fixture in
            let output = PodOutput()
            let running = Task { try await fixture.run(["log_lines": 1, "sleep_ms": 600_000], output: output) }
            await output.wait(for: "probe log line 1")
            await (try fixture.nextLauncher()).endLeftovers(except: [])
            let exit = try await running.value
            #expect(!exit.isSuccess)
        }
    }

    @Test("Parameters that no pod can be told are refused before there is one")
    func tooLarge() async throws {
        try await KubernetesFixture.with { fixture in
            let large = JSONValue.object([
                "key": .string(String(repeating: "x", count: ContainerEnvironment.maximumSetting))
            ])
            let failure = try await #require(throws: JobFailure.self) { _ = try await fixture.run(large) }
            #expect(failure.code == "settings_too_large")
            let creations = try await fixture.standIn.calls("create jobs")
            #expect(creations == 0)
        }
    }
}
