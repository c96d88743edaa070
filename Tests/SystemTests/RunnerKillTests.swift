import FoundationEssentials
import IngotCore
import IngotTesting
import StandInSite
import Subprocess
import Synchronization
import SystemPackage
import Testing

/// `INGOT_KILLS` says how many jobs are disturbed, and `INGOT_SEED` which moments are chosen.
@Suite("Runners that are killed or stopped", .fillsTheMachine)
struct RunnerKillTests {
    private static let titles = [1, 2, 3, 4, 5, 6]

    @Test("cost nothing that was finished, and the corpus is the same in the end", .timeLimit(.minutes(60)))
    func kills() async throws {
        let environment = ProcessInfo.processInfo.environment
        let rounds = environment["INGOT_KILLS"].flatMap { Int($0) } ?? 3
        let seed = environment["INGOT_SEED"].flatMap { UInt64($0) } ?? 1
        let trial = try Trial(titles: Self.titles)
        let finishedBefore = Mutex(0)
        try await trial.serving { site in
            let (expected, duration) = try await trial.undisturbed(site.address)
            var random = SeededRandom(seed: seed)
            for round in 0..<rounds {
                let moments = (0..<3).map { _ in duration * Double.random(in: 0.05...0.95, using: &random) }
                try await trial.withCorpus { settings in
                    let job = JobID.make()
                    var done: [String: Int] = [:]
                    for moment in moments {
                        let run = try await trial.run(job, from: site.address, settings: settings, killedAfter: moment)
                        // It may have been faster than the kill.
                        if run.result != nil { break }
                        #expect(Set(done.keys).isDisjoint(with: run.begun), "round \(round), after \(moment)")
                        for unit in run.done { done[unit] = trial.requests(of: unit, site) }
                    }
                    finishedBefore.withLock { $0 += done.count }
                    // When a kill came after the job's end, this one says that the job has ended already.
                    let last = try await trial.run(job, from: site.address, settings: settings)
                    if let result = last.result { #expect(result == expected.result, "round \(round)") }
                    #expect(Set(done.keys).isDisjoint(with: last.begun), "round \(round)")
                    #expect(try await trial.jobStatus(job, settings) == "succeeded", "round \(round)")
                    for (unit, count) in done {
                        #expect(trial.requests(of: unit, site) == count, "title \(unit) was fetched again")
                    }
                    #expect(try await trial.export(settings) == expected.export, "round \(round)")
                }
            }
        }
        #expect(finishedBefore.withLock { $0 } > 0, "no kill came after a finished unit")
    }

    @Test("that wake up when another attempt has done the job change nothing", .timeLimit(.minutes(10)))
    func wakesUp() async throws {
        let trial = try Trial(titles: Self.titles)
        try await trial.serving { site in
            let (expected, _) = try await trial.undisturbed(site.address)
            try await trial.withCorpus { settings in
                let job = JobID.make()
                let outcome = try await trial.running(job, from: site.address, settings: settings) { execution in
                    var lines = execution.standardOutput.strings().makeAsyncIterator()
                    // The first unit is done, others are not.
                    while let line = try await lines.next() {
                        if line.contains("\"unit_status\":\"done\"") { break }
                    }
                    try execution.send(signal: .suspend)
                    let second = try await trial.run(job, from: site.address, settings: settings)
                    #expect(second.result == expected.result)
                    let before = try await trial.export(settings)
                    try execution.send(signal: .resume)
                    while try await lines.next() != nil {}
                    #expect(before == expected.export)
                }
                #expect(outcome != .exited(0), "the attempt that woke up must not say that it did the job")
                #expect(try await trial.export(settings) == expected.export)
                #expect(try await trial.jobStatus(job, settings) == "succeeded")
            }
        }
    }
}

/// A corpus of one release, and a site that has the next one.
private struct Trial: Sendable {
    /// What comes of a job that nobody disturbs.
    struct Outcome: Sendable, Equatable {
        var result: JSONValue?
        var export: String
    }

    /// What a runner said.
    struct Run: Sendable {
        var begun: Set<String> = []
        var done: Set<String> = []
        var result: JSONValue?
    }

    let folder: TemporaryFolder
    private let base: String

    init(titles: [Int]) throws {
        folder = try TemporaryFolder()
        base = try folder.sample("base", label: "900-5", titles: titles, sections: 60)
        _ = try folder.sample(
            "site/download/releasepoints/us/pl/900/6",
            label: "900-6",
            titles: titles,
            sections: 60,
            edition: 2
        )
        try folder.write("site/download/download.shtml", UpstreamSite.page(label: "900-6", titles: titles))
    }

    func serving(_ body: (_ site: StandInSite) async throws -> Void) async throws {
        try await StandInSite.serving(folder.path("site"), as: .uscode, body)
    }

    /// Runs the body on stores that hold the first release.
    func withCorpus(_ body: @escaping @Sendable (_ settings: [String: String]) async throws -> Void) async throws {
        try await RunningStores.run(data: folder.path("stores-\(JobID.make())")) { settings in
            let first = try await run(JobID.make(), from: base, settings: settings)
            try #require(first.result != nil)
            try await body(settings)
        }
    }

    func undisturbed(_ site: String) async throws -> (Outcome, Duration) {
        let found = Mutex<(Outcome, Duration)?>(nil)
        try await withCorpus { settings in
            let start = ContinuousClock.now
            let run = try await run(JobID.make(), from: site, settings: settings)
            let duration = ContinuousClock.now - start
            try #require(run.result != nil)
            let outcome = Outcome(result: run.result, export: try await export(settings))
            found.withLock { $0 = (outcome, duration) }
        }
        return try #require(found.withLock { $0 })
    }

    /// Runs an attempt to its end, or kills it.
    func run(
        _ job: JobID,
        from origin: String,
        settings: [String: String],
        killedAfter moment: Duration? = nil
    ) async throws -> Run {
        let events = Mutex<[RunnerEvent]>([])
        _ = try await running(job, from: origin, settings: settings) { execution in
            let kill = { @Sendable in try? execution.send(signal: .kill) }
            // The kill comes at any moment, so there is no event to wait for.
            let killer = Task {
                guard let moment else { return }
                try await Task.sleep(for: moment)
                _ = kill()
            }
            for try await line in execution.standardOutput.strings() {
                // A kill may cut the last line.
                guard let event = try? JSONText.decode(RunnerEvent.self, from: line.utf8) else { continue }
                events.withLock { $0.append(event) }
            }
            killer.cancel()
        }
        var run = Run()
        for event in events.withLock({ $0 }) {
            if let unit = event.unit, event.unitStatus == .running { run.begun.insert(unit) }
            if let unit = event.unit, event.unitStatus == .done { run.done.insert(unit) }
            run.result = event.result ?? run.result
        }
        return run
    }

    func running(
        _ job: JobID,
        from origin: String,
        settings: [String: String],
        _ body: @escaping (Execution<NoInput, SequenceOutput, DiscardedOutput>) async throws -> Void
    ) async throws -> TerminationStatus {
        var settings = settings
        settings["INGOT_JOB_ID"] = job.rawValue
        settings["INGOT_SOURCE"] = "usc"
        settings["INGOT_ORIGIN"] = origin
        settings["INGOT_MAX_ATTEMPTS"] = "10"
        return try await Subprocess.run(
            .path(FilePath(BuiltProducts.path("ingot-runner"))),
            arguments: ["run"],
            environment: .inherit.updating(
                Dictionary(
                    uniqueKeysWithValues: settings.compactMap { name, value in
                        Environment.Key(rawValue: name).map { ($0, value) }
                    }
                )
            ),
            input: .none,
            output: .sequence,
            error: .discarded
        ) { try await body($0) }.terminationStatus
    }

    func export(_ settings: [String: String]) async throws -> String {
        try await command(settings).run("export", "usc").output
    }

    func jobStatus(_ job: JobID, _ settings: [String: String]) async throws -> String? {
        let answer = try await command(settings).run("job", job.rawValue, "--json").output
        return try JSONValue(parsing: answer.utf8)["status"]?.stringValue
    }

    /// How often the file of a unit was asked for.
    func requests(of unit: String, _ site: StandInSite) -> Int {
        let name = "/xml_usc\(unit.count == 1 ? "0" : "")\(unit)@900-6.zip"
        return site.log.requests.count { $0.path.hasSuffix(name) }
    }

    private func command(_ settings: [String: String]) -> IngotCommandLine {
        IngotCommandLine(data: folder.path("command"), environment: settings)
    }
}
