import IngotCore
import IngotTesting
import NIOHTTP1
import RecordSites
import Testing

/// A source without a definition of its own, from its place in the list of sources to its records, with real processes.
@Suite("Open data by way of a definition", .fillsTheMachine, .timeLimit(.minutes(10)))
struct OpenDataTests {
    private static let permits = MadeUpRows().permits(57)

    @Test("The source is found, a definition of it runs, and its run and its rows are told")
    func definition() async throws {
        let folder = try TemporaryFolder()
        try await RecordSite.serving(OpenDataSite(Self.permits)) { site in
            try await RunningGateway.run(
                data: folder.path("data"),
                arguments: ["--origin", "open-data=\(site.address)", "--host-rate", "1000"]
            ) { gateway in
                let sources = try await gateway.send(.GET, "/api/sources", nil).body["sources"]?.arrayValue ?? []
                let source = try #require(sources.first { $0["id"] == "open-data" })
                #expect(source["parameters"]?["required"] == ["dataset"])

                let definition = try await define(gateway)
                let path = "/api/jobs/\(definition)/run"
                let misfit = try await gateway.send(.POST, path, ["config": ["dataset": "no"]])
                #expect(misfit.status == 422)
                let started = try await gateway.send(.POST, path, ["config": ["page_rows": 25]])
                #expect(started.status == 200, "\(started.body.canonicalText)")
                let run = try #require(started.body["run_id"]?.stringValue)
                try await gateway.events(of: run) { $0.name == "done" }

                let history = try await gateway.send(.GET, "/api/history?job_id=\(definition)", nil).body
                #expect(history.arrayValue?.count == 1)
                #expect(history.arrayValue?.first?["run_id"]?.stringValue == run)
                #expect(history.arrayValue?.first?["status"] == "SUCCESS", "\(history.canonicalText)")
                let records = try await gateway.send(.GET, "/api/records/open-data?limit=1000", nil).body["records"]
                #expect(Set(records?.arrayValue?.compactMap { $0["content"] } ?? []) == Set(Self.permits))
                #expect(site.requests.compactMap { $0.query["$offset"] } == ["0", "25", "50"])
                // As a key stands in an address.
                let key = "\(OpenDataSite.dataset):row-0001.a2b3~c4d5@127.0.0.1"
                let record = try await gateway.send(.GET, "/api/records/open-data/\(key)", nil)
                #expect(record.body["content"] == Self.permits.first)
            }
        }
    }

    /// Registers `Open-Data`, which needs to say which dataset.
    private func define(_ gateway: RunningGateway) async throws -> Int64 {
        var body: JSONValue = ["name": "Open-Data", "source": "open-data", "config": [:]]
        #expect(try await gateway.send(.POST, "/api/jobs", body).status == 422)
        body = [
            "name": "Open-Data", "source": "open-data", "config": ["dataset": .string(OpenDataSite.dataset)],
            "retries": ["endless": [:]],
        ]
        let answer = try await gateway.send(.POST, "/api/jobs", body)
        #expect(answer.status == 201, "\(answer.body.canonicalText)")
        return try #require(answer.body["job_id"]?.integerValue)
    }
}
