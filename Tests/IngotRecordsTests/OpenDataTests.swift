import IngotCore
import IngotOpenData
import IngotTesting
import RecordSites
import Testing

@Suite("An open-data portal")
struct OpenDataTests {
    private static let permits = MadeUpRows().permits(103)
    private static let path = "/resource/\(OpenDataSite.dataset).json"
    private static let asked: JSONValue = ["dataset": .string(OpenDataSite.dataset), "page_rows": 40]

    /// The rows by the keys that their records should have.
    private static func byKey(_ rows: some Sequence<JSONValue>) -> [String: JSONValue] {
        Dictionary(
            uniqueKeysWithValues: rows.map { row in
                ("\(OpenDataSite.dataset):\(row[":id"]?.stringValue ?? "")@127.0.0.1", row)
            }
        )
    }

    private static func withCondition(_ condition: String) -> JSONValue {
        asked.with(["where": .string(condition)])
    }

    // MARK: - What there is

    @Test("is read to its end page by page, every row as it is", arguments: [103, 80, 40, 1])
    func pages(count: Int) async throws {
        let store = try await RecordStore()
        let permits = Array(Self.permits.prefix(count))
        try await RecordSite.serving(OpenDataSite(permits)) { site in
            let result = try await store.attempt(OpenDataSource(), at: site.address, Self.asked)
            #expect(result["rows"]?.integerValue == Int64(count))
            #expect(result["scope"] == .string("127.0.0.1/\(OpenDataSite.dataset)"))
            // A list whose last page is full is known to be over by an empty one.
            let offsets = site.requests.compactMap { $0.query["$offset"] }
            #expect(offsets == (0...count / 40).map { String($0 * 40) })
            #expect(site.requests.count == offsets.count + 2, "the number of rows before and after")
        }
        #expect(try await store.contents() == Self.byKey(permits))
    }

    @Test("is asked for a thousand rows at a time unless a job says otherwise")
    func standardPage() async throws {
        let store = try await RecordStore()
        try await RecordSite.serving(OpenDataSite(Self.permits)) { site in
            try await store.attempt(OpenDataSource(), at: site.address, ["dataset": "abcd-1234"])
            #expect(site.requests.compactMap { $0.query["$limit"] } == ["1000"])
        }
    }

    @Test("loses the rows that are gone, and only those of what was asked for")
    func gone() async throws {
        let store = try await RecordStore()
        let portal = OpenDataSite(Self.permits)
        let commercial = Self.withCondition("permit_class = 'Commercial'")
        let residential = Self.permits.filter { $0["permit_class"] == "Residential" }
        try await RecordSite.serving(portal) { site in
            try await store.attempt(
                OpenDataSource(),
                at: site.address,
                Self.withCondition("permit_class = 'Residential'")
            )
            let result = try await store.attempt(OpenDataSource(), at: site.address, commercial)
            #expect(
                result["scope"] == .string("127.0.0.1/\(OpenDataSite.dataset)?where=permit_class = 'Commercial'")
            )
            #expect(try await store.count("gone_at IS NULL") == 103)
            portal.rows = Array(residential.dropLast(3)) + Self.permits.prefix(1)
            let second = try await store.attempt(OpenDataSource(), at: site.address, commercial)
            #expect(second["gone"]?.integerValue == 51)
        }
        #expect(try await store.contents("gone_at IS NULL") == Self.byKey(residential + Self.permits.prefix(1)))
    }

    @Test("that publishes a dataset anew without changing it makes no new history")
    func republished() async throws {
        let store = try await RecordStore()
        let portal = OpenDataSite(Self.permits)
        try await RecordSite.serving(portal) { site in
            try await store.attempt(OpenDataSource(), at: site.address, Self.asked)
            portal.rows = Self.permits.map { $0.with([":updated_at": "2026-02-01T00:00:00.000Z"]) }
            portal.rows[7] = portal.rows[7].with(["permit_class": "Industrial"])
            try await store.attempt(OpenDataSource(), at: site.address, Self.asked)
        }
        let history = try await store.database.rows("SELECT COUNT(*) AS n FROM record_history")
        #expect(try history.first?.integer("n") == 104)
    }

    // MARK: - Trouble

    @Test("arrives after fifty failures, and no finished page is asked for again")
    func fiftyFailures() async throws {
        let store = try await RecordStore()
        try await RecordSite.serving(OpenDataSite(Self.permits)) { site in
            site.fail(.status(429), after: 2, times: 20)
            site.fail(.status(500), after: 2, times: 15)
            site.fail(.reset, after: 2, times: 15)
            let (result, attempts) = try await store.attempts(of: OpenDataSource(), at: site.address, Self.asked)
            #expect(attempts == 51)
            #expect(result["rows"] == 103)
            #expect(site.count(Self.path) == 5 + 50)
            #expect(site.requests.filter { $0.query["$offset"] == "0" }.count == 1)
        }
        #expect(try await store.contents("gone_at IS NULL") == Self.byKey(Self.permits))
    }

    @Test("whose answer is cut is asked again for that page", arguments: 0...4)
    func cutBody(after: Int) async throws {
        let store = try await RecordStore()
        try await RecordSite.serving(OpenDataSite(Self.permits)) { site in
            site.fail(.cutBody, after: after, times: 1)
            let (_, attempts) = try await store.attempts(of: OpenDataSource(), at: site.address, Self.asked)
            #expect(attempts == 2)
        }
        #expect(try await store.contents() == Self.byKey(Self.permits))
    }

    @Test("that wants to see a person ends the run", arguments: [200, 403])
    func challenge(status: Int) async throws {
        let store = try await RecordStore()
        try await RecordSite.serving(OpenDataSite(Self.permits)) { site in
            let page = RecordSiteFault.challenge
            site.fail(status == 200 ? .page(page) : .status(status, page: page), after: 1)
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(OpenDataSource(), at: site.address, Self.asked, isEndless: false)
            }
            #expect(failure?.code == "upstream_blocked")
            #expect(failure?.isTransient == false)
            #expect(site.requests.count == 2)
        }
    }

    @Test("whose list ends before its number of rows fails each time, and nothing is found to be gone")
    func short() async throws {
        let store = try await RecordStore()
        let portal = OpenDataSite(Self.permits)
        try await RecordSite.serving(portal) { site in
            try await store.attempt(OpenDataSource(), at: site.address, Self.asked)
            portal.rows.removeLast(30)
            portal.claim([["count": "103"]])
            let job = try await store.job()
            for attempt in 1...3 {
                site.forgetRequests()
                let failure = await #expect(throws: JobFailure.self) {
                    try await store.attempt(OpenDataSource(), at: site.address, Self.asked, job: job, attempt: attempt)
                }
                #expect(failure?.code == "records_incomplete")
                #expect(failure?.isTransient == true)
                #expect(failure?.message.contains("announces 103 rows") == true)
                #expect(failure?.message.contains("shows 73") == true)
            }
            // Only the page that may have been short of rows is asked for again.
            #expect(site.requests.compactMap { $0.query["$offset"] } == ["40"])
            #expect(try await store.count("gone_at IS NULL") == 103)
        }
    }

    @Test("that takes rows out while it is read is read anew, and none is passed over")
    func moved() async throws {
        let store = try await RecordStore()
        let portal = OpenDataSite(Self.permits)
        try await RecordSite.serving(portal) { site in
            // The two that stood first on the second page are on the first one then.
            portal.removeRows(2, beforePageAt: 40)
            let job = try await store.job()
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(OpenDataSource(), at: site.address, Self.asked, job: job)
            }
            #expect(failure?.code == "records_incomplete")
            #expect(failure?.isTransient == true)
            #expect(try await store.count("key LIKE '%row-0041%'") == 0)
            let result = try await store.attempt(OpenDataSource(), at: site.address, Self.asked, job: job, attempt: 2)
            #expect(result["rows"] == 101)
            #expect(try await store.count("key LIKE '%row-0041%'") == 1)
        }
        #expect(try await store.count() == 103)
    }

    @Test("that gets new rows while it is read is read to its new end")
    func grown() async throws {
        let store = try await RecordStore()
        let portal = OpenDataSite(Array(Self.permits.prefix(90)))
        try await RecordSite.serving(portal) { site in
            let job = try await store.job()
            site.fail(.reset, after: 2, times: 1)
            await #expect(throws: JobFailure.self) {
                try await store.attempt(OpenDataSource(), at: site.address, Self.asked, job: job)
            }
            portal.rows = Self.permits
            let result = try await store.attempt(OpenDataSource(), at: site.address, Self.asked, job: job, attempt: 2)
            #expect(result["rows"] == 103)
        }
        #expect(try await store.contents() == Self.byKey(Self.permits))
    }

    // MARK: - What is not as it should be

    @Test("that does not know the dataset is asked once")
    func unknownDataset() async throws {
        let store = try await RecordStore()
        try await RecordSite.serving(OpenDataSite(Self.permits)) { site in
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(OpenDataSource(), at: site.address, ["dataset": "none-0000"], isEndless: false)
            }
            #expect(failure?.code == "upstream_not_found")
            #expect(failure?.message.contains("none-0000") == true)
            #expect(failure?.isTransient == false)
            #expect(site.requests.count == 1)
        }
    }

    @Test("that does not understand the condition is asked once")
    func malformedCondition() async throws {
        let store = try await RecordStore()
        try await RecordSite.serving(OpenDataSite(Self.permits)) { site in
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(OpenDataSource(), at: site.address, Self.withCondition("1 +"), isEndless: false)
            }
            #expect(failure?.code == "upstream_status")
            #expect(failure?.isTransient == false)
            #expect(site.requests.count == 1)
        }
    }

    @Test(
        "whose row has no identifier fails and says which",
        arguments: [
            7, "x", nil, ["permit_number": "P"], [":id": 5], [":id": ""],
            [":id": .string(String(repeating: "r", count: 101))],
        ] as [JSONValue]
    )
    func withoutIdentifier(row: JSONValue) async throws {
        let store = try await RecordStore()
        var rows = Self.permits
        rows[42] = row
        try await RecordSite.serving(OpenDataSite(rows)) { site in
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(
                    OpenDataSource(),
                    at: site.address,
                    Self.asked.with(["allow_shape": true])
                )
            }
            #expect(failure?.code == "records_shape")
            #expect(failure?.message.contains("Row 3 of page 2") == true)
            #expect(failure?.unit == "page-2")
        }
        #expect(try await store.count() == 40)
    }

    @Test("whose row is too large fails and says which")
    func largeRow() async throws {
        let store = try await RecordStore()
        var rows = Self.permits
        rows[1] = rows[1].with(["shape": .string(String(repeating: "x", count: 1 << 20))])
        try await RecordSite.serving(OpenDataSite(rows)) { site in
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(OpenDataSource(), at: site.address, Self.asked)
            }
            #expect(failure?.code == "upstream_too_large")
            #expect(failure?.message.contains("Row 2 of page 1") == true)
        }
        #expect(try await store.count() == 0)
    }

    @Test(
        "whose number of rows is none fails",
        arguments: [
            [], [[:]], ["count": "103"], [["count": "many"]], [["count": "-1"]], [["count": nil]],
            [["count": "1"], ["count": "2"]],
        ] as [JSONValue]
    )
    func malformedCount(answer: JSONValue) async throws {
        let store = try await RecordStore()
        let portal = OpenDataSite(Self.permits)
        portal.claim(answer)
        try await RecordSite.serving(portal) { site in
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(OpenDataSource(), at: site.address, Self.asked)
            }
            #expect(failure?.code == "upstream_malformed")
            #expect(site.requests.count == 1)
        }
    }

    @Test("with more rows than are ever read is not begun")
    func tooManyRows() async throws {
        let store = try await RecordStore()
        let portal = OpenDataSite(Self.permits)
        portal.claim([["count": "5000001"]])
        try await RecordSite.serving(portal) { site in
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(OpenDataSource(), at: site.address, Self.asked)
            }
            #expect(failure?.code == "upstream_too_large")
            #expect(failure?.advice?.contains("where") == true)
            #expect(site.requests.count == 1)
        }
    }

    @Test("that sends more rows than it was asked for is not believed")
    func withoutLimit() async throws {
        let store = try await RecordStore()
        let portal = OpenDataSite(Self.permits)
        portal.ignoreLimit()
        try await RecordSite.serving(portal) { site in
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(OpenDataSource(), at: site.address, Self.asked)
            }
            #expect(failure?.code == "upstream_malformed")
        }
        #expect(try await store.count() == 0)
    }

    @Test(
        "is not asked with parameters that cannot be meant",
        arguments: [
            [:], ["dataset": nil], ["dataset": "abcd1234"], ["dataset": "ABCD-1234"], ["dataset": "abcd-123/"],
            ["dataset": "abcd-1234-"], ["dataset": 5], ["dataset": "abcd-1234", "page_rows": 0],
            ["dataset": "abcd-1234", "page_rows": 10_001],
            ["dataset": "abcd-1234", "where": .string(String(repeating: "é", count: 501))],
        ] as [JSONValue]
    )
    func parameters(parameters: JSONValue) async throws {
        let store = try await RecordStore()
        try await RecordSite.serving(OpenDataSite(Self.permits)) { site in
            let failure = await #expect(throws: JobFailure.self) {
                try await store.attempt(OpenDataSource(), at: site.address, parameters)
            }
            #expect(failure?.code == "parameters_invalid")
            #expect(site.requests.isEmpty)
        }
    }
}

extension JSONValue {
    /// The object with other values for these members.
    fileprivate func with(_ members: [String: JSONValue]) -> JSONValue {
        .object((objectValue ?? [:]).merging(members) { $1 })
    }
}
