import Crypto
import FoundationEssentials
import IngotCore
import IngotTesting
import Testing

/// How large the trial is: a few sections in the usual run, as many as the whole Code has when `INGOT_SECTIONS` says so.
private enum Scale {
    /// Sections in all; the whole Code has about 66,000.
    static let sections = ProcessInfo.processInfo.environment["INGOT_SECTIONS"].flatMap { Int($0) } ?? 240
    static let isWhole = sections >= 60_000
    /// The whole Code has 54 titles.
    static let titles = Array(1...(isWhole ? 54 : 4))
    static let sectionsPerTitle = (sections + titles.count - 1) / titles.count
    /// Calls to the database that ingesting them may cost.
    static let callBudget = isWhole ? 399 : 60
}

/// What goes wrong with the stores' calls.
private struct Faults: Sendable {
    let name: String
    /// Entries of a fault plan without their probability.
    var faults: [String]

    init(_ name: String, _ faults: String...) {
        self.name = name
        self.faults = faults
    }

    /// All of them at once.
    static var together: Faults {
        var all = Faults("all together")
        all.faults = each.flatMap(\.faults)
        return all
    }

    static let each = [
        Faults("answers that come late", #""fault":"delay","seconds":0.3"#),
        Faults("429 with a time to wait", #""fault":"rate_limited","retry_after_s":1"#),
        Faults("429 without one", #""fault":"rate_limited""#),
        Faults("overload", #""fault":"overloaded""#),
        Faults("500", #""fault":"internal_error""#),
        Faults("504 with HTML", #""fault":"gateway_timeout""#),
        Faults("connections that drop before the call", #""fault":"drop_before""#),
        Faults("connections that drop after the commit", #""fault":"drop_after""#),
        Faults("truncated answers", #""fault":"truncated_body""#),
        Faults("corrupted answers", #""fault":"corrupted_body""#),
        Faults("answers that trickle", #""fault":"trickle","seconds":0.5"#),
    ]

    /// The plan: at the whole Code's size by chance; in a small trial every third call, as chance might strike none.
    func plan(probability: Double, seed: Int) -> String {
        let script: String
        if Scale.isWhole {
            let chances = faults.map { "{\($0),\"probability\":\(probability)}" }.joined(separator: ",")
            script = "{\"chances\":[\(chances)]}"
        } else {
            let entries = (0..<120).map { "null,{\(faults[$0 % faults.count])},null" }.joined(separator: ",")
            script = "{\"first\":[\(entries)]}"
        }
        return "{\"seed\":\(seed),\"database\":\(script),\"objects\":\(script)}"
    }
}

@Suite("A corpus goes in whole, whatever the stores do wrong", .fillsTheMachine)
struct StoreFaultTests {
    /// A sample Code and what an export shows of it when nothing goes wrong.
    private struct Trial: Sendable {
        let folder: TemporaryFolder
        let release: String
        let digest: String

        init() async throws {
            folder = try TemporaryFolder()
            release = folder.path("release")
            // By the command, as that may be an optimised build, which writes a whole Code many times as fast.
            try await IngotCommandLine(data: folder.path("unused")).run(
                ["sample", "usc", "--label", "900-1", "--sections", "\(Scale.sectionsPerTitle)", "--output", release]
                    + Scale.titles.flatMap { ["--title", "\($0)"] }
            )
            digest = try await Trial.ingest(release, data: folder.path + "/untroubled")
        }

        /// Ingests into a new store whose database takes no more calls than the budget; the digest of the export.
        private static func ingest(_ release: String, data: String) async throws -> String {
            let plan = "\(data)-plan.json"
            try Data("{\"database_call_budget\":\(Scale.callBudget),\"window_s\":3600}".utf8)
                .write(to: URL(filePath: plan))
            return try await export(release, data: data, plan: plan, environment: [:])
        }

        /// Ingests through a gateway with the faults; the digest of the export.
        func digest(faults: String, environment: [String: String] = [:]) async throws -> String {
            let data = folder.path("data-\(UUID().uuidString)")
            let plan = "\(data)-plan.json"
            try Data(faults.utf8).write(to: URL(filePath: plan))
            defer { try? FileManager.default.removeItem(atPath: data) }
            return try await Trial.export(release, data: data, plan: plan, environment: environment)
        }

        static func export(
            _ release: String,
            data: String,
            plan: String?,
            environment: [String: String]
        ) async throws -> String {
            let digest = Digest()
            let arguments = ["--origin", "usc=\(release)"] + (plan.map { ["--faults", $0] } ?? [])
            try await RunningGateway.run(data: data, arguments: arguments, environment: environment) { gateway in
                let ingot = IngotCommandLine(data: data)
                let ingested = try await ingot.run("ingest", "usc")
                #expect(ingested.output.contains("succeeded"))
                let sections = try await ingot.run("export", "usc")
                #expect(sections.output.split(separator: "\n").count > Scale.sections)
                let job = try await ingot.newestJob().id.rawValue
                let calls = try await ingot.run("logs", job).output.split(separator: "\n")
                    .first { $0.contains("calls to the database: ") }
                #expect(calls != nil)
                if Scale.isWhole { print("\(data.suffix(8)): \(calls ?? "")") }
                #expect(try await ingot.run("verify", "usc").output.contains(" 0 problems"))
                await digest.set(hexadecimal(SHA256.hash(data: Array(sections.output.utf8))))
            }
            return await digest.value
        }
    }

    private actor Digest {
        private(set) var value = ""

        func set(_ value: String) { self.value = value }
    }

    @Test("each fault by itself, at one call in twenty")
    func each() async throws {
        let trial = try await Trial()
        // Two trials side by side: most of each is waiting for what was refused or comes late.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (seed, faults) in Faults.each.enumerated() {
                if seed >= 2 { try await group.next() }
                group.addTask {
                    let digest = try await trial.digest(faults: faults.plan(probability: 0.05, seed: seed))
                    #expect(digest == trial.digest, "\(faults.name)")
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("all of them together, and of the gateway's own calls as well")
    func together() async throws {
        let trial = try await Trial()
        let all = Faults.together
        #expect(try await trial.digest(faults: all.plan(probability: 0.01, seed: 100)) == trial.digest)

        // Now the gateway, too, reaches the stores over HTTP, as it reaches Cloudflare's.
        let plan = trial.folder.path("plan.json")
        try Data(all.plan(probability: 0.01, seed: 101).utf8).write(to: URL(filePath: plan))
        let digest = Digest()
        try await RunningStores.run(data: trial.folder.path("stores"), faults: plan) { settings in
            await digest.set(
                try await Trial.export(
                    trial.release,
                    data: trial.folder.path("remote"),
                    plan: nil,
                    environment: settings
                )
            )
        }
        #expect(await digest.value == trial.digest)
    }
}
