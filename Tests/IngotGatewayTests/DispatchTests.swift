import IngotCore
import SystemPackage
import Testing

@testable import IngotGateway

@Suite("Dispatching jobs", .timeLimit(.minutes(10)))
struct DispatchTests {
    static func probe(exclusive: Bool) -> SourceDescription {
        SourceDescription(
            id: "probe",
            name: "Probe",
            jurisdiction: "none",
            region: "none",
            documentType: "none",
            parameters: ["type": "object"],
            defaultOrigin: nil,
            isExclusive: exclusive
        )
    }

    /// How many probes ran at a time, at most, by their stamps.
    private func mostAtOnce(_ stamps: FilePath) throws -> (most: Int, runs: Int) {
        var running = 0
        var most = 0
        var runs = 0
        let lines = try FileContents.text(stamps).split(separator: "\n").map { $0.split(separator: " ") }
        for line in lines.sorted(by: { (Int64($0[2]) ?? 0) < (Int64($1[2]) ?? 0) }) {
            running += line[1] == "S" ? 1 : -1
            most = max(most, running)
            if line[1] == "S" { runs += 1 }
        }
        return (most, runs)
    }

    private func runMany(_ count: Int, _ fixture: GatewayFixture) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                group.addTask {
                    let job = try await fixture.runProbe(["sleep_ms": 60, "key": .string("job\(number)")])
                    #expect(job.status == .succeeded)
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("Never more jobs run than there are slots, and all of them run")
    func slots() async throws {
        try await ScratchFolder.with { folder in
            let stamps = folder.appending("stamps")
            try await GatewayFixture.with(folder: folder) { configuration in
                configuration.slots = 2
                configuration.runnerEnvironment["INGOT_PROBE_STAMPS"] = stamps.string
            } _: { fixture in
                try await runMany(8, fixture)
            }
            let (most, runs) = try mostAtOnce(stamps)
            #expect(most <= 2)
            #expect(runs == 8)
        }
    }

    @Test("All slots are used at the same time, and the next job waits")
    func overlap() async throws {
        try await GatewayFixture.with({ $0.slots = 2 }) { fixture in
            let long: JSONValue = ["events": 1, "sleep_ms": 60_000]
            let ids = [
                try await fixture.startProbe(long), try await fixture.startProbe(long), try await fixture.startProbe(),
            ]
            for id in ids[..<2] { try await fixture.waitForProgress(of: id) }
            #expect(try await ids.asyncMap { try await fixture.job($0).status } == [.running, .running, .queued])
            let readiness = try await fixture.get("/readyz").json()
            #expect(readiness["running"] == 2)
            #expect(readiness["waiting"] == 1)
            _ = try await fixture.post("/api/ingest/jobs/\(ids[0])/cancel")
            #expect(try await fixture.end(of: ids[2]).status == .succeeded)
        }
    }

    @Test("A limit of one source ends its attempts, although all others may use more")
    func limitOfOneSource() async throws {
        try await GatewayFixture.with({ $0.sourceLimits["probe"] = JobLimits(wallSeconds: 1) }) { fixture in
            let job = try await fixture.runProbe(["sleep_ms": 600_000])
            #expect(job.status == .failed)
            #expect(job.error?.code == "deadline")
        }
    }

    @Test("An exclusive source runs one job at a time")
    func exclusive() async throws {
        let catalog = try SourceCatalog(descriptions: [DispatchTests.probe(exclusive: true)])
        try await ScratchFolder.with { folder in
            let stamps = folder.appending("stamps")
            try await GatewayFixture.with(
                folder: folder,
                { $0.runnerEnvironment["INGOT_PROBE_STAMPS"] = stamps.string },
                catalog: catalog
            ) { fixture in
                try await runMany(4, fixture)
            }
            let (most, runs) = try mostAtOnce(stamps)
            #expect(most == 1)
            #expect(runs == 4)
        }
    }

    @Test("Jobs that waited when the gateway stopped run after its next start")
    func restartWithQueue() async throws {
        try await ScratchFolder.with { folder in
            var ids: [JobID] = []
            try await GatewayFixture.with(folder: folder, { $0.slots = 1 }) { fixture in
                ids.append(try await fixture.startProbe(["events": 1, "sleep_ms": 60_000]))
                try await fixture.waitForProgress(of: ids[0])
                for _ in 0..<3 { ids.append(try await fixture.startProbe()) }
            }
            try await GatewayFixture.with(folder: folder) { fixture in
                let first = try await fixture.end(of: ids[0])
                #expect(first.status == .failed)
                #expect(first.error?.code == "gateway_stopped")
                #expect(first.error?.isTransient == true)
                for id in ids[1...] { #expect(try await fixture.end(of: id).status == .succeeded) }
            }
        }
    }

    @Test("A gateway of one command leaves what an earlier gateway of its name has left waiting, however long it lives")
    func leavesWaiting() async throws {
        try await ScratchFolder.with { folder in
            var ids: [JobID] = []
            try await GatewayFixture.with(folder: folder, { $0.slots = 1 }) { fixture in
                ids.append(try await fixture.startProbe(["events": 1, "sleep_ms": 60_000]))
                try await fixture.waitForProgress(of: ids[0])
                ids.append(try await fixture.startProbe())
            }
            try await GatewayFixture.with(folder: folder) { configuration in
                configuration.takesUpEarlierJobs = false
                configuration.lostJobSearchInterval = .milliseconds(20)
            } _: { fixture in
                let start = ContinuousClock.now
                while ContinuousClock.now - start < .seconds(1) {
                    #expect(try await fixture.runProbe().status == .succeeded)
                }
                let left = try await fixture.job(ids[1])
                #expect(left.status == .queued)
                #expect(left.attempt == 0)
                #expect(try await fixture.get("/healthz").json()["violations"] == 0)
            }
            try await GatewayFixture.with(folder: folder) { fixture in
                let next = try await fixture.end(of: ids[1])
                #expect(next.status == .succeeded)
            }
        }
    }

    @Test("A job that waited where nobody would have started it is started, and health fails for a while")
    func stalledQueue() async throws {
        try await ScratchFolder.with { folder in
            try await GatewayFixture.with(folder: folder) { configuration in
                configuration.lostJobSearchInterval = .milliseconds(20)
            } _: { fixture in
                #expect(try await fixture.get("/healthz").status == 200)
                let identity = try GatewayIdentity(folder: GatewayFixture.configuration(folder).dataFolder)
                let job = Job(id: JobID.make(), source: "probe", parameters: [:], createdAt: .now())
                // Behind the gateway's back.
                let store = JobStore(database: fixture.gateway.parts.stores.database)
                _ = try await store.create(job, gateway: identity.id)
                #expect(try await fixture.end(of: job.id).status == .succeeded)
                let answer = try await fixture.get("/healthz")
                #expect(answer.status == 503)
                #expect(try answer.json()["type"] == "/problems/queue-stalled")
                #expect(try answer.json()["violations"] == 1)
            }
        }
    }

    @Test("A job whose runner cannot find the gateway any more is ended with its runner")
    func restartWithRunning() async throws {
        try await ScratchFolder.with { folder in
            let configuration = GatewayFixture.configuration(folder)
            // What a gateway that was killed leaves behind: a row, and a runner that nobody watches.
            let id = JobID.make()
            let launcher = ProcessLauncher(
                executable: BuiltProducts.runner,
                workRoot: DataFolder(configuration.dataFolder).work,
                environment: configuration.runnerEnvironment,
                logger: GatewayFixture.quiet
            )
            let (handles, handleTaken) = AsyncStream.makeStream(of: String.self)
            let leftover = Task { () -> RunnerExit in
                try await launcher.run(
                    .probe(["sleep_ms": 60_000, "children": 1], job: id),
                    limits: JobLimits(),
                    started: { handleTaken.yield($0) },
                    output: { _ in }
                )
            }
            var iterator = handles.makeAsyncIterator()
            let handle = try #require(await iterator.next())
            try await GatewayFixture.with(folder: folder) { fixture in
                // Makes the tables; then the row as the killed gateway had it.
                try await fixture.gateway.parts.stores.database.run(
                    Statement(
                        """
                        INSERT INTO ingest_jobs (id, source, status, params_json, created_at, updated_at, attempt,
                            launcher, runner_handle, last_seq)
                        VALUES (?1, 'probe', 'running', '{}', ?2, ?2, 1, 'process', ?3, 17)
                        """,
                        [.text(id.rawValue), .text(Timestamp.now().description), .text(handle)]
                    )
                )
            }
            // Where its runner reports is not where the next gateway will be.
            let note = try SystemPackage.FileDescriptor.open(
                configuration.dataFolder.appending("runners.address"),
                .writeOnly,
                options: [.create, .truncate],
                permissions: .ownerReadWrite
            )
            _ = try note.closeAfter { try note.writeAll(Array("http://earlier.invalid\n".utf8)) }
            try await GatewayFixture.with(folder: folder) { fixture in
                let exit = try await leftover.value
                #expect(exit.ending == RunnerExit(signal: 9))
                let job = try await fixture.job(id)
                #expect(job.status == .failed)
                #expect(job.error?.code == "runner_lost")
                #expect(job.error?.message.contains("another address") == true)
                // The row may not have known the newest events, so no number is used again.
                #expect(job.lastSequence > 17 + 5000)
                #expect(try await fixture.allEvents(of: id, after: 20).map(\.kind) == ["reset", "done"])
            }
        }
    }

    @Test("A second gateway on the same folder is refused, and gateway.json tells of the first")
    func oneGatewayAFolder() async throws {
        try await ScratchFolder.with { folder in
            let data = DataFolder(GatewayFixture.configuration(folder).dataFolder)
            try await GatewayFixture.with(folder: folder) { fixture in
                #expect(data.occupant()?.url == fixture.address)
                await #expect {
                    _ = try await Gateway(configuration: GatewayFixture.configuration(folder))
                } throws: { error in
                    (error as? GatewayError)?.code == .dataFolderInUse
                }
            }
            #expect(data.occupant() == nil)
            try await GatewayFixture.with(folder: folder) { fixture in
                let answer = try await fixture.get("/healthz")
                #expect(answer.status == 200)
            }
        }
    }

    @Test("A gateway that starts after a crash does not pass for one at the old address")
    func staleAddress() async throws {
        try await ScratchFolder.with { folder in
            let data = DataFolder(folder.appending("data"))
            try await data.lock().release()
            try data.publish(DataFolder.Occupant(url: "http://127.0.0.1:1", pid: 1))
            let lock = try await data.lock()
            // Nobody finds the folder free now, and nobody is told where the gateway is before it is there.
            #expect(data.occupant() == nil)
            lock.release()
        }
    }

    @Test("A port that is taken is a clear error")
    func portInUse() async throws {
        try await GatewayFixture.with { fixture in
            let port = try #require(fixture.address.split(separator: ":").last.flatMap { Int($0) })
            await #expect {
                try await GatewayFixture.with({ $0.port = port }) { _ in }
            } throws: { error in
                (error as? GatewayError)?.code == .addressUnusable || error is CancellationError
            }
        }
    }
}

extension Array {
    fileprivate func asyncMap<Result>(_ transform: (Element) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
