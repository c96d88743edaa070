import FoundationEssentials
import IngotCore
import IngotSamples
import IngotTesting
import NIOHTTP1
import Testing

/// The source `usc` on made-up titles: a real ingest, with units and revisions.
enum CodeChecks {
    private static func options(_ folder: TemporaryFolder) throws -> GatewayOptions {
        let code = folder.path("code")
        try FileManager.default.createDirectory(atPath: code, withIntermediateDirectories: true)
        try SampleRelease.write(
            label: "119-36",
            titles: [1, 2, 3].map { SampleTitle(seed: 11, number: $0, sections: 30) },
            toFolder: code
        )
        return GatewayOptions(codeFolder: code)
    }

    static let all = [
        ProtocolCheck.alone("Titles are ingested, their units told and listed, one job after the other", options) {
            client in
            let bad = try await client.send(.POST, "/api/ingest/usc", json: ["titles": ["99x"]])
            try expectProblem(bad, 422, "invalid-parameters")
            // At once: only one of them may write.
            let first = try await client.submit(["titles": ["1", "3"]], to: "usc")
            let second = try await client.submit(["titles": ["2"]], to: "usc")
            let reading = try await client.read(eventsOf: first, query: "?after=0")
            let one = try #require(reading.events.last).data
            #expect(one.status == "succeeded", "\(one)")
            let done = reading.data(of: "unit").filter { $0.status == "done" }
            #expect(Set(done.compactMap { $0["unit"]?.stringValue }) == ["1", "3"])
            let listed = try (try await client.get(GatewayClient.path(of: first, "/units"))).json()
            let units = try #require(listed["units"]?.arrayValue)
            #expect(units.compactMap { $0["unit"]?.stringValue } == ["1", "3"])
            #expect(units.allSatisfy { $0.status == "done" && $0["counts"] != nil })
            let page = try (try await client.get(GatewayClient.path(of: first, "/units?limit=1"))).json()
            #expect(page["units"]?.arrayValue?.count == 1)
            let next = try #require(page["next"]?.stringValue)
            let rest = try (try await client.get(GatewayClient.path(of: first, "/units?limit=1&cursor=\(next)"))).json()
            #expect(rest["units"]?.arrayValue?.compactMap { $0["unit"]?.stringValue } == ["3"])
            let two = try await client.end(of: second)
            #expect(two.status == "succeeded", "\(two)")
            #expect(try one.time("finished_at") <= two.time("started_at"))
        },
        .alone("A runner that is killed in the middle of a title is followed by one that finishes it", options) {
            client in
            let id = try await client.submit(["titles": ["1", "2", "3"]], to: "usc")
            _ = try await client.read(eventsOf: id) { $0.name == "unit" && $0.data.status == "done" }
            // It may have ended just now.
            try? client.gateway.killRunner(of: id)
            let job = try await client.end(of: id)
            #expect(job.status == "succeeded", "\(job)")
            let listed = try (try await client.get(GatewayClient.path(of: id, "/units"))).json()
            #expect(listed["units"]?.arrayValue?.allSatisfy { $0.status == "done" } == true)
        },
    ]
}
