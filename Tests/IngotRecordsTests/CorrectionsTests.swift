import IngotCore
import IngotIowaCorrections
import IngotTesting
import RecordSites
import Testing

@Suite("The corrections search")
struct CorrectionsTests {
    private static let offenders = MadeUpRows().offenders(58)

    private static func numbers(_ rows: some Sequence<JSONValue>) -> Set<String> {
        Set(rows.compactMap { $0["OffenderNumber"]?.stringValue })
    }

    @Test("is read page by page with its token, and every offender's details")
    func pages() async throws {
        let store = try await RecordStore()
        try await RecordSite.serving(CorrectionsSite(Self.offenders)) { site in
            try await store.attempt(CorrectionsSource(), at: site.address, ["workers": 3])
            #expect(site.count("/api/offender/GetOffenderListAjax") == 3)
            #expect(site.count("/offender/detail") == 58)
            #expect(site.mostRequestsAtOnce <= 3)
        }
        let stored = try await store.contents()
        #expect(Set(stored.keys) == Self.numbers(Self.offenders))
        let first = try #require(stored["1000001"])
        #expect(first["detail"]?["tdd_sdd"] == "01/15/2028")
        #expect(first["detail"]?["mandatory_minimum"] == "")
        #expect(
            first["detail"]?["charges"] == [
                [
                    "supervision_status": "Prison", "offense_class": "C Felony", "county_of_commitment": "Sample",
                    "end_date": "20280115",
                ]
            ]
        )
    }

    @Test("leaves out who is gone in between, and marks who is not listed any more")
    func gone() async throws {
        let store = try await RecordStore()
        let search = CorrectionsSite(Self.offenders)
        search.removeDetails(of: ["1000002"])
        try await RecordSite.serving(search) { site in
            try await store.attempt(CorrectionsSource(), at: site.address)
            #expect(Set(try await store.contents().keys) == Self.numbers(Self.offenders).subtracting(["1000002"]))
            search.removeDetails(of: [])
            search.offenders.removeLast(2)
            try await store.attempt(CorrectionsSource(), at: site.address)
        }
        #expect(Set(try await store.contents("gone_at IS NOT NULL").keys) == ["1000057", "1000058"])
        #expect(try await store.count("gone_at IS NULL") == 56)
    }

    @Test("arrives after fifty failures, and neither finished pages nor finished details are asked for again")
    func fiftyFailures() async throws {
        let store = try await RecordStore()
        try await RecordSite.serving(CorrectionsSite(Self.offenders)) { site in
            site.fail(.status(503), at: "/offender/detail", after: 30, times: 25)
            site.fail(.cutBody, at: "/offender/detail", after: 30, times: 25)
            let (_, attempts) = try await store.attempts(
                of: CorrectionsSource(),
                at: site.address,
                ["workers": 1]
            )
            #expect(attempts == 51)
            let details = site.requests.filter { $0.path == "/offender/detail" }.count
            #expect(details == 58 + 50)
            let pages = site.requests.filter { $0.form["start"] == "0" }.count
            #expect(pages == 1)
        }
        #expect(Set(try await store.contents("gone_at IS NULL").keys) == Self.numbers(Self.offenders))
    }
}
