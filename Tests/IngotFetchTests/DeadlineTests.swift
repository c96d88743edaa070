import IngotCore
import IngotTesting
import Testing

@testable import IngotFetch

@Suite("Deadlines of a request")
struct DeadlineTests {
    private static let head = Array("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\nhalf".utf8)

    @Test("A body that stands still is ended, and so is an answer that never begins", arguments: [head, []])
    func idle(beginning: [UInt8]) async throws {
        let site = try await ScriptedSite { _, _ in .stalls(after: beginning) }
        let fetching = try ScriptedUpstream(site.url, attempts: 2, robots: KeptRobotsFiles.none) {
            $0.idleDeadline = .milliseconds(200)
        }
        let failure = await #expect(throws: JobFailure.self) { try await fetching.page() }
        #expect(failure?.code == "upstream_unreachable")
        #expect(failure?.isTransient == true)
        #expect(failure?.message.contains("nothing came for 0.2 seconds (INGOT_FETCH_IDLE_SECONDS)") == true)
        #expect(site.paths == ["/a", "/a"])
        #expect(fetching.budget.requests.map(\.answer) == [.failed, .failed])
        try await site.close()
    }

    @Test("The requests for one file end together when they have taken as long as three")
    func file() async throws {
        let site = try await ScriptedSite { _, _ in .drips(after: Self.head, every: .milliseconds(20)) }
        let fetching = try ScriptedUpstream(site.url, attempts: 20, robots: KeptRobotsFiles.none) {
            $0.deadline = .milliseconds(300)
        }
        let failure = await #expect(throws: JobFailure.self) { try await fetching.page() }
        #expect(failure?.code == "upstream_unreachable")
        #expect(failure?.isTransient == true)
        let reason = "longer than 0.9 seconds, which is 3 times INGOT_FETCH_DEADLINE_SECONDS"
        #expect(failure?.message.contains(reason) == true, "\(failure?.message ?? "")")
        #expect((1...3).contains(site.paths.count))
        try await site.close()
    }

    @Test("A body that comes drop by drop is ended by the deadline of the whole request")
    func whole() async throws {
        let site = try await ScriptedSite { _, _ in .drips(after: Self.head, every: .milliseconds(20)) }
        let fetching = try ScriptedUpstream(site.url, robots: KeptRobotsFiles.none) {
            $0.deadline = .milliseconds(500)
        }
        let failure = await #expect(throws: JobFailure.self) {
            try await fetching.upstream.capture(UpstreamFile(name: "a.zip", path: "a.zip"), limit: 2_000_000)
        }
        #expect(failure?.code == "upstream_unreachable")
        #expect(failure?.isTransient == true)
        #expect(failure?.message.contains("longer than 0.5 seconds in all (INGOT_FETCH_DEADLINE_SECONDS)") == true)
        #expect(fetching.budget.requests.map(\.answer) == [.failed])
        try await site.close()
    }
}
