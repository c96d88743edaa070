import IngotCore
import IngotTesting
import RecordSites
import Testing

@Suite("The register of notices")
struct NoticesTests {
    private static let notices: [JSONValue] = (1...120).map { number in
        ["number": .string("N-\(number)"), "title": "A NOTICE", "date": "2026-01-10T09:00:00"]
    }

    @Test("is read to its end, also after fifty failures")
    func fiftyFailures() async throws {
        let store = try await RecordStore()
        try await RecordSite.serving(NoticesSite(Self.notices)) { site in
            site.fail(.status(500), at: "/notices.json", after: 1, times: 25)
            site.fail(.cutBody, at: "/notices.json", after: 1, times: 25)
            let (result, attempts) = try await store.attempts(of: NoticesSource(), at: site.address, ["year": 2026])
            #expect(attempts == 51)
            #expect(result["rows"] == 120)
            #expect(site.requests.filter { $0.query["page"] == "1" }.count == 1, "what is finished is not asked again")
        }
        #expect(Set(try await store.contents("gone_at IS NULL").values) == Set(Self.notices))
    }

    @Test("that wants to see a person ends the run")
    func challenge() async throws {
        let store = try await RecordStore()
        try await RecordSite.serving(NoticesSite(Self.notices)) { site in
            site.fail(.page(RecordSiteFault.challenge))
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(NoticesSource(), at: site.address, ["year": 2026])
            }
            #expect(failure?.code == "upstream_blocked")
        }
    }

    @Test("whose list ends short of its count fails, and nothing is found to be gone")
    func short() async throws {
        let store = try await RecordStore()
        try await RecordSite.serving(NoticesSite(Self.notices, claiming: 130)) { site in
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(NoticesSource(), at: site.address, ["year": 2026])
            }
            #expect(failure?.code == "records_incomplete")
            #expect(failure?.isTransient == true)
        }
    }
}
