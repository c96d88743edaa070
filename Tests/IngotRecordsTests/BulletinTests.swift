import IngotCore
import IngotPoliceToCitizen
import IngotTesting
import RecordSites
import Testing

@Suite("A daily bulletin")
struct BulletinTests {
    private static let days = ["01/10/2026", "01/09/2026", "01/08/2026"]
    private static let parameters: JSONValue = ["days": 3, "until": "2026-01-10", "chunk_size": 2]

    private static func portal() -> ClassicPortalSite {
        var contents = ClassicPortalSite.Contents()
        for (index, day) in days.enumerated() { contents.bulletins[day] = rows(index, day) }
        return ClassicPortalSite(contents)
    }

    private static func rows(_ index: Int, _ day: String) -> [JSONValue] {
        MadeUpRows(seed: UInt64(index)).bulletin(8 + index, day: day)
    }

    private static let all = Set(days.enumerated().flatMap { rows($0, $1) }.map(withoutPlace))

    /// Without its place in the list, which is not kept anew when nothing else has changed.
    private static func withoutPlace(_ row: JSONValue) -> JSONValue {
        .object((row.objectValue ?? [:]).filter { $0.key != "invid" })
    }

    private static func stored(_ store: RecordStore) async throws -> Set<JSONValue> {
        Set(try await store.contents().values.map(withoutPlace))
    }

    @Test("is stored day by day, a session for each few of them")
    func days() async throws {
        let store = try await RecordStore()
        let portal = Self.portal()
        try await RecordSite.serving(portal) { site in
            try await store.attempt(BulletinSource(), at: site.address, Self.parameters)
            #expect(try await Self.stored(store) == Self.all)
            #expect(portal.sessionCount == 2)
            #expect(site.requests.filter { $0.path == "/jqHandler.ashx" }.map { $0.form["d"] } == Self.days)
            try await store.attempt(BulletinSource(), at: site.address, Self.parameters)
            #expect(try await Self.stored(store) == Self.all)
        }
        #expect(try await store.count("kind = 'bulletin_entry'") == Self.all.count)
        #expect(try await store.count("event_time = '1900-01-01T00:00:00'") > 0)
        // The same id with two charges.
        #expect(try await store.count("json_extract(content_json, '$.charge') = 'A SECOND CHARGE'") == 3)
    }

    @Test("arrives after fifty failures, and finished days are not asked for again")
    func fiftyFailures() async throws {
        let store = try await RecordStore()
        try await RecordSite.serving(Self.portal()) { site in
            site.fail(.reset, at: "/dailybulletin.aspx", after: 2, times: 25)
            site.fail(.status(500), at: "/jqHandler.ashx", after: 2, times: 25)
            let (_, attempts) = try await store.attempts(of: BulletinSource(), at: site.address, Self.parameters)
            #expect(attempts == 51)
            #expect(try await Self.stored(store) == Self.all)
            let asked = site.requests.filter { $0.path == "/jqHandler.ashx" }.compactMap { $0.form["d"] }
            #expect(asked.count { $0 == Self.days[0] } == 1)
        }
    }

    @Test("of another day than the one that was asked for is not stored under it")
    func otherDay() async throws {
        let store = try await RecordStore()
        try await RecordSite.serving(Self.portal()) { site in
            let page = """
                <form><input type="hidden" name="__VIEWSTATE" value="x" /><input id="mainContent_txtDate2" value="01/01/2020" />
                </form>
                """
            site.fail(.page(page), at: "/dailybulletin.aspx", after: 1, times: 1)
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(BulletinSource(), at: site.address, Self.parameters)
            }
            #expect(failure?.code == "upstream_malformed")
            let stored = try await store.count()
            #expect(stored == 0)
        }
    }

    @Test("is asked for again when it shows fewer entries than it announces")
    func shortDay() async throws {
        let store = try await RecordStore()
        let short = AlteredSite(Self.portal(), times: 1) { request, answer in
            request.form["d"] == Self.days[1] ? answer.setting(["rows": []]) : nil
        }
        try await RecordSite.serving(short) { site in
            let (_, attempts) = try await store.attempts(of: BulletinSource(), at: site.address, Self.parameters)
            #expect(attempts == 2)
            #expect(try await Self.stored(store) == Self.all)
            #expect(site.requests.filter { $0.form["d"] == Self.days[0] }.count == 1)
        }
    }
}
