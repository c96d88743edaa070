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

    private static let listPath = "/api/offender/GetOffenderListAjax"

    /// Leaves rows of the page that begins with a row out.
    private static func leavingOut(
        _ count: Int,
        from start: String,
        of search: CorrectionsSite,
        times: Int
    ) -> AlteredSite {
        AlteredSite(search, times: times) { request, answer in
            guard request.path == listPath, request.form["start"] == start,
                let rows = try? JSONValue(parsing: answer.body)["data"]?.arrayValue
            else { return nil }
            return answer.setting(["data": .array(Array(rows.dropFirst(count)))])
        }
    }

    @Test("is asked again for a page that is empty or short though more are announced", arguments: [25, 1])
    func emptyMiddlePage(missing: Int) async throws {
        let store = try await RecordStore()
        let search = CorrectionsSite(Self.offenders)
        try await RecordSite.serving(search) { try await store.attempt(CorrectionsSource(), at: $0.address) }
        try await RecordSite.serving(Self.leavingOut(missing, from: "25", of: search, times: 1)) { site in
            let (result, attempts) = try await store.attempts(of: CorrectionsSource(), at: site.address)
            #expect(attempts == 2)
            #expect(result["gone"]?.integerValue == 0)
            #expect(site.requests.compactMap { $0.form["start"] } == ["0", "25", "25", "50"])
        }
        #expect(Set(try await store.contents("gone_at IS NULL").keys) == Self.numbers(Self.offenders))
        try await RecordSite.serving(Self.leavingOut(missing, from: "25", of: search, times: .max)) { site in
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(CorrectionsSource(), at: site.address)
            }
            #expect(failure?.code == "records_incomplete")
            #expect(failure?.isTransient == true)
        }
        #expect(try await store.count("gone_at IS NULL") == 58)
    }

    @Test("is read anew when it has changed while it was read, and only who left is gone")
    func changedMeanwhile() async throws {
        let store = try await RecordStore()
        let search = CorrectionsSite(Self.offenders)
        try await RecordSite.serving(search) { try await store.attempt(CorrectionsSource(), at: $0.address) }
        // One leaves after the first page: all others move up, one of them from the second page to the first.
        let changing = AlteredSite(search, times: 1) { request, answer in
            guard request.path == Self.listPath else { return nil }
            search.offenders.removeFirst()
            return answer
        }
        try await RecordSite.serving(changing) { site in
            let (result, attempts) = try await store.attempts(of: CorrectionsSource(), at: site.address)
            #expect(attempts == 2)
            #expect(result["gone"]?.integerValue == 1)
            #expect(site.count("/offender/detail") == 58, "nobody's details are asked for twice")
        }
        #expect(Set(try await store.contents("gone_at IS NOT NULL").keys) == ["1000001"])
        #expect(try await store.count("gone_at IS NULL") == 57)
    }

    @Test("with rows and a number below theirs is not taken for the whole list")
    func contradiction() async throws {
        let store = try await RecordStore()
        let search = CorrectionsSite(Self.offenders)
        try await RecordSite.serving(search) { try await store.attempt(CorrectionsSource(), at: $0.address) }
        let wrong = AlteredSite(search) { $0.path == Self.listPath ? $1.setting(["recordsFiltered": 0]) : nil }
        try await RecordSite.serving(wrong) { site in
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(CorrectionsSource(), at: site.address)
            }
            #expect(failure?.code == "upstream_malformed")
        }
        #expect(try await store.count("gone_at IS NULL") == 58)
    }

    @Test("fails when none of its many offenders has details, and nobody is gone")
    func noDetails() async throws {
        let store = try await RecordStore()
        let search = CorrectionsSite(Self.offenders)
        try await RecordSite.serving(search) { site in
            try await store.attempt(CorrectionsSource(), at: site.address)
            search.removeDetails(of: Self.numbers(Self.offenders))
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(CorrectionsSource(), at: site.address)
            }
            #expect(failure?.code == "records_empty")
        }
        #expect(try await store.count("gone_at IS NULL") == 58)
        // Also by a store that knows nobody yet.
        let empty = try await RecordStore()
        try await RecordSite.serving(search) { site in
            let failure = await #expect(throws: JobFailure.self) {
                try await empty.attempt(CorrectionsSource(), at: site.address)
            }
            #expect(failure?.code == "records_empty")
        }
    }

    @Test("says how many have no details, and refuses an offender without a number")
    func missingDetails() async throws {
        let store = try await RecordStore()
        let log = KeptLog()
        let search = CorrectionsSite(Self.offenders)
        search.removeDetails(of: ["1000002", "1000030"])
        try await RecordSite.serving(search) { site in
            try await store.attempt(CorrectionsSource(), at: site.address, progress: log)
            #expect(log.lines.contains("page 1 of the search: 1 without details"))
            #expect(log.lines.contains("page 2 of the search: 1 without details"))
            #expect(log.lines.allSatisfy { !$0.contains("1000002") })
            search.offenders[3] = ["Name": "Testcase", "OffenderNumber": .null, "Age": "30", "Gender": "Male"]
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(CorrectionsSource(), at: site.address)
            }
            #expect(failure?.code == "records_shape")
        }
    }

    @Test("fails loudly when charges have other columns, unless that is allowed")
    func otherCharges() async throws {
        let store = try await RecordStore()
        let search = AlteredSite(CorrectionsSite(Array(Self.offenders.prefix(2)))) { request, answer in
            guard request.path == "/offender/detail" else { return nil }
            var changed = answer
            let text = String(decoding: answer.body, as: UTF8.self)
            changed.body = Array(text.split(separator: "<td>C Felony</td>").joined().utf8)
            return changed
        }
        try await RecordSite.serving(search) { site in
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(CorrectionsSource(), at: site.address)
            }
            #expect(failure?.code == "records_shape")
            try await store.attempt(CorrectionsSource(), at: site.address, ["allow_shape": true])
        }
        #expect(try await store.count() == 2)
    }
}
