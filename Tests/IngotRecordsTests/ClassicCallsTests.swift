import IngotCore
import IngotPoliceToCitizen
import IngotRecords
import IngotTesting
import RecordSites
import Testing

@Suite("Calls of a classic portal")
struct ClassicCallsTests {
    private static let closed = MadeUpRows(seed: 5).classicCalls(50, areClosed: true)
    private static let current = MadeUpRows(seed: 6).classicCalls(3, areClosed: false, from: 101)

    private static var portal: ClassicPortalSite {
        var contents = ClassicPortalSite.Contents()
        (contents.closedCalls, contents.currentCalls) = (closed, current)
        return ClassicPortalSite(contents)
    }

    /// The rows by the key that they are to have.
    private static func expected() -> [String: JSONValue] {
        Dictionary(
            uniqueKeysWithValues: (closed + current).map { ("\($0["id"]?.stringValue ?? "")@127.0.0.1", $0) }
        )
    }

    @Test("are stored as the portal has them, of both grids and all pages")
    func allRows() async throws {
        let store = try await RecordStore()
        try await RecordSite.serving(Self.portal) { site in
            let result = try await store.attempt(CallsSource(), at: site.address, ["rows": 20])
            #expect(result["rows"]?.integerValue == 53)
            #expect(try await store.contents() == Self.expected())
            #expect(site.count("/cad/cadHandler.ashx") == 4, "one page of current calls, three of closed ones")
            // Once more: nothing is doubled, and what has not changed has no second content.
            try await store.attempt(CallsSource(), at: site.address, ["rows": 20])
            #expect(try await store.contents() == Self.expected())
            let contents = try await store.database.rows("SELECT COUNT(*) AS n FROM record_history")
            #expect(try contents.first?.integer("n") == 53)
        }
    }

    @Test("are complete and not doubled when the body of page 2 is cut off")
    func cutBody() async throws {
        let store = try await RecordStore()
        try await RecordSite.serving(Self.portal) { site in
            // The current calls, page 1 of the closed ones, and then page 2.
            site.fail(.cutBody, at: "/cad/cadHandler.ashx", after: 2, times: 1)
            let (_, attempts) = try await store.attempts(
                of: CallsSource(),
                at: site.address,
                ["rows": 20, "workers": 1]
            )
            #expect(attempts == 2)
            #expect(try await store.contents() == Self.expected())
            let pages = site.requests.filter { $0.path == "/cad/cadHandler.ashx" }
                .map { "\($0.form["t"] ?? "")\($0.form["page"] ?? "")" }
            #expect(pages == ["ccc1", "css1", "css2", "css2", "css3"], "a finished page is not asked for again")
        }
    }

    @Test("arrive after fifty failures, and need an attempt for each")
    func fiftyFailures() async throws {
        let store = try await RecordStore()
        try await RecordSite.serving(Self.portal) { site in
            site.fail(.status(503), times: 20)
            site.fail(.reset, times: 15)
            site.fail(.page("<html>maintenance</html>"), at: "/cad/cadHandler.ashx", times: 15)
            let (_, attempts) = try await store.attempts(of: CallsSource(), at: site.address, ["rows": 20])
            #expect(attempts == 51)
            #expect(try await store.contents() == Self.expected())
        }
    }

    @Test("end the run when the portal wants to see a person", arguments: [200, 403, 429, 503])
    func challenge(status: Int) async throws {
        let store = try await RecordStore()
        try await RecordSite.serving(Self.portal) { site in
            let fault: RecordSiteFault =
                status == 200
                ? .page(RecordSiteFault.challenge) : .status(status, page: RecordSiteFault.challenge)
            site.fail(fault, at: "/cad/cadHandler.ashx", after: 1)
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(CallsSource(), at: site.address, ["rows": 20], isEndless: status != 429)
            }
            #expect(failure?.code == "upstream_blocked")
            #expect(failure?.isTransient == false)
            #expect(site.count("/cad/cadHandler.ashx") == 2, "nothing is asked after the block")
        }
    }

    /// Leaves rows of a page of the closed calls out.
    private static func leavingOut(_ count: Int, page: String, times: Int) -> AlteredSite {
        AlteredSite(portal, times: times) { request, answer in
            guard request.form["t"] == "css", request.form["page"] == page,
                let rows = try? JSONValue(parsing: answer.body)["rows"]?.arrayValue
            else { return nil }
            return answer.setting(["rows": .array(Array(rows.dropFirst(count)))])
        }
    }

    @Test(
        "are asked for again when a page has fewer than are announced",
        arguments: [("1", 20), ("1", 3), ("2", 20), ("2", 1), ("3", 10), ("3", 1)]
    )
    func shortPage(page: String, missing: Int) async throws {
        let store = try await RecordStore()
        try await RecordSite.serving(Self.leavingOut(missing, page: page, times: 1)) { site in
            let (_, attempts) = try await store.attempts(of: CallsSource(), at: site.address, ["rows": 20])
            #expect(attempts == 2)
            #expect(try await store.contents() == Self.expected())
        }
        try await RecordSite.serving(Self.leavingOut(missing, page: page, times: .max)) { site in
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(CallsSource(), at: site.address, ["rows": 20])
            }
            #expect(failure?.code == "records_incomplete")
            #expect(failure?.isTransient == true)
        }
    }

    @Test("are all there when new ones push the last of them to a page more")
    func grownMeanwhile() async throws {
        let store = try await RecordStore()
        var contents = ClassicPortalSite.Contents()
        contents.closedCalls = Array(Self.closed.suffix(40))
        let portal = ClassicPortalSite(contents)
        let growing = AlteredSite(portal, times: 1) { request, answer in
            guard request.form["t"] == "css" else { return nil }
            portal.contents.closedCalls.insert(contentsOf: Self.closed.prefix(10), at: 0)
            return answer
        }
        try await RecordSite.serving(growing) { site in
            try await store.attempt(CallsSource(), at: site.address, ["rows": 20])
            #expect(site.requests.compactMap { $0.form["t"] == "css" ? $0.form["page"] : nil } == ["1", "2", "3"])
        }
        let stored = Set(try await store.contents().values.compactMap { $0["id"]?.stringValue })
        #expect(stored.isSuperset(of: Self.closed.suffix(40).compactMap { $0["id"]?.stringValue }))
    }

    @Test("are asked for by the size of the site's own pages only when somebody says so")
    func ownPageSize() async throws {
        let store = try await RecordStore()
        let portal = AlteredSite(Self.portal) { request, answer in
            guard request.form["t"] == "css", let rows = try? JSONValue(parsing: answer.body)["rows"]?.arrayValue
            else { return nil }
            return answer.setting(["rows": .array(Array(rows.prefix(10))), "total": 5])
        }
        try await RecordSite.serving(portal) { site in
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(CallsSource(), at: site.address, ["rows": 20])
            }
            #expect(failure?.code == "records_shape")
            #expect(failure?.advice?.contains("“rows”") == true)
        }
    }
}
