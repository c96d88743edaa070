import IngotCore
import IngotPoliceToCitizen
import IngotTesting
import RecordSites
import Testing

@Suite("Inmates of a classic portal")
struct InmatesTests {
    private static let inmates = MadeUpRows().inmates(12)

    private static func portal() -> ClassicPortalSite {
        var contents = ClassicPortalSite.Contents()
        contents.inmates = inmates
        return ClassicPortalSite(contents)
    }

    private static func books(_ inmates: [ImitatedInmate]) -> Set<String> {
        Set(inmates.map { "\($0.bookID)@127.0.0.1" })
    }

    @Test("are stored with their details and bonds")
    func details() async throws {
        let store = try await RecordStore()
        try await RecordSite.serving(Self.portal()) { site in
            try await store.attempt(InmatesSource(), at: site.address)
            #expect(site.count("/jailinmates.aspx", method: "POST") == 12)
            #expect(site.count("/Mug.aspx") == 0, "pictures are not fetched")
        }
        let stored = try await store.contents()
        #expect(Set(stored.keys) == Self.books(Self.inmates))
        for (index, inmate) in Self.inmates.enumerated() {
            let record = try #require(stored["\(inmate.bookID)@127.0.0.1"]?.objectValue)
            #expect(JSONValue.object(record.filter { $0.key != "detail" }) == inmate.row(at: index))
            let detail = try #require(record["detail"])
            #expect(detail["name"]?.stringValue == inmate.fullName)
            #expect(detail["total_bond"] == (inmate.charges.count == 1 ? "0.00" : "1500.00"))
            #expect(detail["charges"]?.arrayValue?.map { $0["charge"]?.stringValue } == inmate.charges.map(\.name))
        }
    }

    @Test("that are not in the roster any more were released, and exactly those")
    func release() async throws {
        let store = try await RecordStore()
        let portal = Self.portal()
        try await RecordSite.serving(portal) { site in
            try await store.attempt(InmatesSource(), at: site.address)
            #expect(try await store.count("gone_at IS NOT NULL") == 0)
            portal.contents.inmates.remove(at: 7)
            portal.contents.inmates.removeFirst()
            let result = try await store.attempt(InmatesSource(), at: site.address)
            #expect(result["gone"]?.integerValue == 2)
            let gone = try await store.contents("gone_at IS NOT NULL")
            #expect(Set(gone.keys) == Self.books([Self.inmates[0], Self.inmates[7]]))
            // Places have changed, contents have not.
            let contents = try await store.database.rows("SELECT COUNT(*) AS n FROM record_history")
            #expect(try contents.first?.integer("n") == 12)
            // Who comes back was not released.
            portal.contents.inmates = Self.inmates
            try await store.attempt(InmatesSource(), at: site.address)
            #expect(try await store.count("gone_at IS NOT NULL") == 0)
        }
    }

    @Test("are told apart by name when the roster moves, and read again with the next attempt")
    func movedRoster() async throws {
        let store = try await RecordStore()
        let portal = Self.portal()
        portal.shiftDetails(1)
        try await RecordSite.serving(portal) { site in
            let job = try await store.job()
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(InmatesSource(), at: site.address, job: job)
            }
            #expect(failure?.code == "roster_moved")
            #expect(failure?.isTransient == true)
            try await store.attempt(InmatesSource(), at: site.address, job: job, attempt: 2)
        }
        #expect(Set(try await store.contents().keys) == Self.books(Self.inmates))
    }

    @Test("arrive after fifty failures, and nobody who was read is asked for again or released")
    func fiftyFailures() async throws {
        let store = try await RecordStore()
        try await RecordSite.serving(Self.portal()) { site in
            site.fail(.cutBody, at: "/InmateDetail.aspx", after: 5, times: 50)
            let (result, attempts) = try await store.attempts(of: InmatesSource(), at: site.address)
            #expect(attempts == 51)
            #expect(result["gone"]?.integerValue == 0)
            #expect(site.count("/InmateDetail.aspx") == 62)
        }
        #expect(Set(try await store.contents("gone_at IS NULL").keys) == Self.books(Self.inmates))
    }

    @Test("are not all released when the roster is empty, unless that is allowed")
    func emptyRoster() async throws {
        let store = try await RecordStore()
        let portal = Self.portal()
        try await RecordSite.serving(portal) { site in
            try await store.attempt(InmatesSource(), at: site.address)
            portal.contents.inmates = []
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(InmatesSource(), at: site.address)
            }
            #expect(failure?.code == "records_empty")
            #expect(try await store.count("gone_at IS NOT NULL") == 0)
            try await store.attempt(InmatesSource(), at: site.address, ["allow_empty": true])
            #expect(try await store.count("gone_at IS NOT NULL") == 12)
        }
    }

    @Test("are read again when the roster shows fewer than it announces, and nobody is released", arguments: [1, 12])
    func shortRoster(missing: Int) async throws {
        let store = try await RecordStore()
        let portal = Self.portal()
        try await RecordSite.serving(portal) { try await store.attempt(InmatesSource(), at: $0.address) }
        let short = AlteredSite(portal, times: 1) { request, answer in
            guard request.form["t"] == "ii", let rows = try? JSONValue(parsing: answer.body)["rows"]?.arrayValue
            else { return nil }
            return answer.setting(["rows": .array(Array(rows.dropLast(missing)))])
        }
        try await RecordSite.serving(short) { site in
            let job = try await store.job()
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(InmatesSource(), at: site.address, job: job)
            }
            #expect(failure?.code == "records_incomplete")
            #expect(failure?.isTransient == true)
            let result = try await store.attempt(InmatesSource(), at: site.address, job: job, attempt: 2)
            #expect(result["gone"]?.integerValue == 0)
        }
        #expect(Set(try await store.contents("gone_at IS NULL").keys) == Self.books(Self.inmates))
    }

    @Test("are refused when their charges have other columns, unless that is allowed")
    func otherCharges() async throws {
        let store = try await RecordStore()
        let portal = AlteredSite(Self.portal()) { request, answer in
            guard request.path == "/InmateDetail.aspx" else { return nil }
            var changed = answer
            let text = String(decoding: answer.body, as: UTF8.self)
            changed.body = Array(text.split(separator: "<td>PRETRIAL</td>").joined().utf8)
            return changed
        }
        try await RecordSite.serving(portal) { site in
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(InmatesSource(), at: site.address)
            }
            #expect(failure?.code == "records_shape")
            try await store.attempt(InmatesSource(), at: site.address, ["allow_shape": true])
        }
        #expect(try await store.count() == 12)
    }
}
