import FoundationEssentials
import IngotCore
import IngotTesting
import NIOHTTP1
import Testing

/// `INGOT_JOBS` says how many jobs there are.
@Suite("Torture: many jobs", .fillsTheMachine, .timeLimit(.minutes(30)))
struct ManyJobsTests {
    private static let requestsAtOnce = 16

    @Test("None is lost, none runs twice, nothing leaks, and no slot is idle while jobs wait")
    func many() async throws {
        let count = ProcessInfo.processInfo.environment["INGOT_JOBS"].flatMap { Int($0) } ?? 200
        let folder = try TemporaryFolder()
        let data = folder.path("data")
        let stamps = folder.path("stamps")
        try await TortureGateway.run(
            data: data,
            arguments: ["--slots", "8"],
            environment: ["INGOT_PROBE_STAMPS": stamps]
        ) { gateway in
            // What the first jobs leave open, caches and connections, is there for good.
            var ids = try await submit(count / 10, from: 0, to: gateway)
            try await wait(for: ids, of: gateway)
            let descriptors = gateway.openDescriptors
            let resident = gateway.residentBytes
            let files = try listing(of: data)
            ids += try await submit(count - count / 10, from: count / 10, to: gateway)
            try await wait(for: ids, of: gateway)
            await Leftovers.expectNone(data: data, jobs: [], gateway: gateway.process)

            let lines = try WholeFile.text(stamps).split(separator: "\n").map { $0.split(separator: " ") }
            let starts = lines.filter { $0[1] == "S" }.map { String($0[0]) }
            #expect(starts.count == count)
            #expect(Set(starts).count == count)
            #expect(lines.filter { $0[1] == "E" }.count == count)
            #expect(Set(ids).count == count)

            let open = gateway.openDescriptors
            // Of the connections that this test has asked through, any number may still be open, or have been then.
            let leeway = Self.requestsAtOnce + 8
            #expect(open.values.reduce(0, +) <= descriptors.values.reduce(0, +) + leeway, "\(descriptors) → \(open)")
            // The store's writer keeps as much of it as it grows by, 9 MiB here, and its four readers up to 4 MiB each.
            #expect(gateway.residentBytes <= resident + 32 << 20, "\(resident) → \(gateway.residentBytes)")
            let more = Set(try listing(of: data)).subtracting(files)
            #expect(more.isEmpty)

            let health = try await gateway.send(.GET, "/healthz")
            #expect(health.status == 200)
            #expect(health.body["violations"]?.integerValue == 0, "\(health.body.canonicalText)")
        }
    }

    private func submit(_ count: Int, from first: Int, to gateway: TortureGateway) async throws -> [String] {
        try await withThrowingTaskGroup(of: String.self) { group in
            var ids: [String] = []
            for number in 0..<count {
                if number >= Self.requestsAtOnce, let id = try await group.next() { ids.append(id) }
                group.addTask { try await gateway.submit("probe", ["key": .string("key-\(first + number)")]) }
            }
            for try await id in group { ids.append(id) }
            return ids
        }
    }

    private func wait(for ids: [String], of gateway: TortureGateway) async throws {
        for id in ids {
            // Most have ended long since, so that one request is enough.
            var job = try await gateway.job(id)
            if !job.status.isTerminal { job = try await gateway.end(of: id) }
            #expect(job.status == .succeeded, "\(String(describing: job.error))")
            #expect(job.attempt == 1)
        }
    }

    /// The files that the gateway keeps beside its stores.
    private func listing(of data: String) throws -> [String] {
        try ["jobs", "work"].flatMap { try FileManager.default.subpathsOfDirectory(atPath: "\(data)/\($0)") }
    }
}
