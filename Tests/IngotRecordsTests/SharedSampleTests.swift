import FoundationEssentials
import IngotCore
import IngotIowaCorrections
import IngotIowaRegistry
import IngotMarkup
import IngotTesting
import RecordSites
import Testing

@testable import IngotPoliceToCitizen

/// The samples of the outside contract, where they are beside the checkout.
@Suite(
    "Samples of the outside contract",
    .enabled(if: SharedFolder.item("data/p2c/samples") != nil, "\(SharedFolder.absence)")
)
struct SharedSampleTests {
    private static func sample(_ name: String) throws -> JSONValue {
        try JSONValue(parsing: SharedFolder.bytes("data/p2c/samples/\(name)"))
    }

    private static func list(_ name: String) throws -> [JSONValue] { try sample(name).arrayValue ?? [] }

    private static func rows(_ names: String..., list: String = "rows") throws -> [JSONValue] {
        try names.flatMap { try sample($0)[list]?.arrayValue ?? [] }
    }

    private static func byKey(_ rows: [JSONValue], _ name: String) -> [String: JSONValue] {
        Dictionary(uniqueKeysWithValues: rows.map { ("\($0[name]?.stringValue ?? "")@127.0.0.1", $0) })
    }

    @Test("calls of a classic portal")
    func classicCalls() async throws {
        let store = try await RecordStore()
        var contents = ClassicPortalSite.Contents()
        contents.closedCalls = try Self.rows("cad_css_page1.json", "cad_css_page2.json")
        contents.currentCalls = try Self.rows("cad_ccc_current.json")
        let all = contents.closedCalls + contents.currentCalls
        try await RecordSite.serving(ClassicPortalSite(contents)) { site in
            try await store.attempt(CallsSource(), at: site.address, ["rows": 20])
        }
        #expect(all.count == 43)
        #expect(try await store.contents() == Self.byKey(all, "id"))
        #expect(try await store.count("latitude BETWEEN 42.3 AND 42.5 AND longitude BETWEEN -91.1 AND -91.0") == 43)
    }

    @Test("a daily bulletin, with its times and a second charge under one id")
    func bulletin() async throws {
        let store = try await RecordStore()
        var contents = ClassicPortalSite.Contents()
        let rows = try Self.rows("bulletin_db_2026-01-10.json")
        contents.bulletins["01/10/2026"] = rows
        try await RecordSite.serving(ClassicPortalSite(contents)) { site in
            try await store.attempt(BulletinSource(), at: site.address, ["days": 1, "until": "2026-01-10"])
        }
        #expect(rows.count == 6)
        #expect(Set(try await store.contents().values) == Set(rows))
        let times = try await store.database.rows(
            "SELECT event_time FROM records ORDER BY CAST(json_extract(content_json, '$.invid') AS INTEGER)"
        ).map { try $0.string("event_time") }
        #expect(
            times == [
                "2026-01-10T14:30:00", "2026-01-10T14:57:00", "2026-01-10T07:15:00", "2026-01-10T23:42:00",
                "2026-01-10T11:00:00", "2026-01-10T14:30:00",
            ]
        )
    }

    @Test("the roster of one day and of the next: exactly those who are missing were released")
    func inmates() async throws {
        let store = try await RecordStore()
        func inmates(_ name: String) throws -> [ImitatedInmate] {
            try Self.rows(name).map { row in
                var members = row.objectValue ?? [:]
                members["my_num"] = nil
                members["invid"] = nil
                return ImitatedInmate(row: members, charges: [.init("A", bond: "N/A")], totalBond: "NO BOND")
            }
        }
        var contents = ClassicPortalSite.Contents()
        contents.inmates = try inmates("inmates_ii.json")
        let portal = ClassicPortalSite(contents)
        let next = try inmates("inmates_ii_next_day.json")
        let released = Set(contents.inmates.map(\.bookID)).subtracting(next.map(\.bookID))
        try await RecordSite.serving(portal) { site in
            try await store.attempt(InmatesSource(), at: site.address)
            portal.contents.inmates = next
            try await store.attempt(InmatesSource(), at: site.address)
        }
        #expect(released.count == 2)
        #expect(Set(try await store.contents("gone_at IS NOT NULL").keys) == Set(released.map { "\($0)@127.0.0.1" }))
        #expect(try await store.count() == 25)
    }

    @Test(
        "details of inmates",
        arguments: [
            ("inmate_detail_bond.html", "TESTCASE, BIRCH B (W /F/21)", "500.00", ["300.00", "200.00"]),
            ("inmate_detail_nobond.html", "TESTCASE, ALDER A (W /M/20)", "0.00", ["0.00"]),
        ]
    )
    func details(file: String, name: String, total: String, bonds: [String]) throws {
        let page = try HTMLDocument(SharedFolder.bytes("data/p2c/samples/\(file)"))
        let detail = try #require(ClassicForm(page).flatMap { InmateDetail($0) })
        #expect(detail.isOf(name))
        #expect(!detail.isOf("TESTCASE, CEDAR C"))
        #expect(detail.content["total_bond"]?.stringValue == total)
        #expect(detail.content["charges"]?.arrayValue?.map { $0["bond"]?.stringValue } == bonds)
    }

    @Test("calls and inmates of a newer portal, the 230 calls in two requests")
    func newerPortal() async throws {
        let calls = try Self.rows("spa_cadcalls_skip0.json", "spa_cadcalls_skip200.json", list: "CADCalls")
        let inmates = try Self.rows("spa_inmates_skip0.json", list: "Inmates")
        let store = try await RecordStore()
        try await RecordSite.serving(NewerPortalSite(calls: calls, inmates: inmates)) { site in
            try await store.attempt(CallsSource(), at: site.address, ["portal": "newer"])
            #expect(site.count("/api/CADCalls/417") == 2)
            try await store.attempt(InmatesSource(), at: site.address, ["portal": "newer"])
        }
        #expect(calls.count == 230)
        #expect(try await store.contents("source = 'p2c-calls'") == Self.byKey(calls, "IncidentId"))
        #expect(Set(try await store.contents("source = 'p2c-inmates'").values) == Set(inmates))
    }

    @Test("pages of the corrections search")
    func corrections() async throws {
        let rows = try Self.rows("doc_list_start0.json", "doc_list_start25.json", list: "data")
        let store = try await RecordStore()
        try await RecordSite.serving(CorrectionsSite(rows)) { site in
            try await store.attempt(CorrectionsSource(), at: site.address, ["details": false])
        }
        #expect(rows.count > 25)
        #expect(Set(try await store.contents().values) == Set(rows))
    }

    @Test("pages of the registry, without coordinates")
    func registry() async throws {
        let rows = try Self.rows("sor_results_page1.json", "sor_results_page2.json", list: "records")
        let store = try await RecordStore()
        try await RecordSite.serving(RegistrySite(rows)) { site in
            try await store.attempt(RegistrySource(), at: site.address)
        }
        let expected = rows.map { row in
            JSONValue.object((row.objectValue ?? [:]).filter { !["lat", "lon", "distance"].contains($0.key) })
        }
        #expect(rows.count == 103)
        #expect(Set(try await store.contents().values) == Set(expected))
    }

    /// Answers requests for a path with a sample.
    private static func answering(
        _ path: String,
        with name: String,
        of site: any SiteImitation
    ) throws -> AlteredSite {
        let bytes = try SharedFolder.bytes("data/p2c/samples/\(name)")
        return AlteredSite(site) { request, answer in
            guard request.path == path else { return nil }
            var changed = answer
            changed.body = bytes
            return changed
        }
    }

    /// The texts that stand between two marks.
    private static func texts(_ text: String, between begin: String, and end: String) -> [String] {
        text.components(separatedBy: begin).dropFirst().map { $0.components(separatedBy: end)[0] }
    }

    @Test("details of an offender: all labels and both charges")
    func offenderDetails() async throws {
        let rows = try Self.rows("doc_list_start25.json", list: "data")
        let store = try await RecordStore()
        let search = try Self.answering("/offender/detail", with: "doc_detail.html", of: CorrectionsSite(rows))
        try await RecordSite.serving(search) { site in
            try await store.attempt(CorrectionsSource(), at: site.address)
        }
        let page = try String(decoding: SharedFolder.bytes("data/p2c/samples/doc_detail.html"), as: UTF8.self)
        let names = [
            "location", "offense", "tdd_sdd", "commitment_date", "recall_date", "interview_date_and_time",
            "mandatory_minimum", "decision_type", "decision", "decision_date", "effective_date",
        ]
        let values = Self.texts(page, between: "<div class=\"d-inline-flex\">", and: "</div>")
        #expect(values.count == names.count)
        var expected = Dictionary(uniqueKeysWithValues: zip(names, values.map(JSONValue.string)))
        let columns = ["supervision_status", "offense_class", "county_of_commitment"]
        let charges = Self.texts(page, between: "<tr><td></td>", and: "</tr>").map { row in
            var charge = Dictionary(
                uniqueKeysWithValues: zip(
                    columns,
                    Self.texts(row, between: "<td>", and: "</td>").map(JSONValue.string)
                )
            )
            charge["end_date"] = .string(Self.texts(row, between: "data-sort=\"", and: "\"").joined())
            return JSONValue.object(charge)
        }
        #expect(charges.count == 2)
        expected["charges"] = .array(charges)
        let details = try await store.contents().values.map { $0["detail"] }
        #expect(details.count == 5)
        for detail in details { #expect(detail == .object(expected)) }
    }

    @Test("details of a registrant: convictions, aliases and markings are stored, places are not")
    func registrantDetails() async throws {
        let rows = try Array(Self.rows("sor_results_page1.json", list: "records").prefix(2))
        let sample = try #require(try Self.list("sor_registrant_50001.json").first?.objectValue)
        let store = try await RecordStore()
        let registry = try Self.answering(
            "/api/registrant/50001.json",
            with: "sor_registrant_50001.json",
            of: RegistrySite(rows)
        )
        try await RecordSite.serving(registry) { site in
            try await store.attempt(RegistrySource(), at: site.address)
        }
        let stored = try #require(try await store.contents()["50001"]?.objectValue)
        for name in ["convictions", "aliases", "skin_markings"] {
            #expect(stored[name]?.arrayValue?.count == 1)
            #expect(stored[name] == sample[name])
        }
        #expect(stored == sample.filter { !["lat", "lon", "distance"].contains($0.key) })
        for table in ["records", "record_history"] {
            let found = try await store.database.rows(
                """
                SELECT COUNT(*) AS n FROM \(table) WHERE content_json LIKE '%"lat"%' OR content_json LIKE '%"lon"%'
                    OR content_json LIKE '%distance%'
                """
            )
            #expect(try found.first?.integer("n") == 0)
        }
        #expect(try await store.count("latitude IS NOT NULL OR longitude IS NOT NULL") == 0)
    }

    @Test("calls of a portal whose grids are empty")
    func emptyGrid() async throws {
        let store = try await RecordStore()
        let portal = try Self.answering(
            "/cad/cadHandler.ashx",
            with: "cad_empty.json",
            of: ClassicPortalSite(ClassicPortalSite.Contents())
        )
        try await RecordSite.serving(portal) { site in
            let result = try await store.attempt(CallsSource(), at: site.address)
            #expect(result["rows"] == 0)
            #expect(site.count("/cad/cadHandler.ashx") == 2)
        }
        #expect(try await store.count() == 0)
    }
}
