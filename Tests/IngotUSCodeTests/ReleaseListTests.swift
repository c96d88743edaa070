import FoundationEssentials
import IngotCore
import IngotFetch
import IngotLaw
import IngotTesting
import Testing

@testable import IngotUSCode

@Suite("List of release points")
struct ReleaseListTests {
    private func current(_ label: String, changed: [String] = [], others: [String] = []) -> String {
        let path = label.replacing("-", with: "/")
        let rows = (changed.map { ($0, "changed") } + others.map { ($0, "") }).map { title, mark in
            let appendix = title.hasSuffix("a") ? "appendix" : ""
            return """
                <div class="uscitem"><div class="usctitle\(appendix)\(mark)" id="us/usc/t\(title)">Title</div>
                <a href="releasepoints/us/pl/\(path)/xml_usc\(title)@\(label).zip">[XML]</a>
                """
        }
        return """
            <h2>Current Release Point</h2><h3 class="releasepointinformation">Public Law \(label) (09/11/2026)</h3>
            <div class=uscitemlist>\(rows.joined())</div>
            """
    }

    private func entry(_ label: String, _ text: String) -> String {
        let path = label.replacing("-", with: "/")
        return """
            <li class="releasepoint"><a class="releasepoint" href="releasepoints/us/pl/\(path)/usc-rp@\(label).htm">\
            \(text)</a></li>
            """
    }

    private func list(_ current: String, _ prior: String?) throws -> [SourceRelease] {
        USCodeReleases.list(
            current: try USCodeDownloadPage(Array(current.utf8)),
            prior: try prior.map { try USCodePriorReleases(Array($0.utf8)) }
        )
    }

    @Test("Current and prior ones are listed newest first, by number and not by place")
    func order() throws {
        let prior = """
            <ul><!--\(entry("119-108", "commented out"))-->\(entry("119-9", "Public Law 119-9 (06/12/2025), affecting title 16."))
            \(entry("119-100", "Public Law 119-100 (6/26/2026), affecting titles 47 and 5A."))
            \(entry("119-73", "Public Law 119-73 (01/23/2026), affecting titles 1, 18A."))
            \(entry("119-100", "Public Law 119-100 (06/26/2026), affecting title 2."))
            \(entry("119-108", "Public Law 119-108, affecting title 3."))</ul>
            """
        let releases = try list(current("119-108", changed: ["26", "5a"], others: ["1"]), prior)
        #expect(releases.map(\.label) == ["119-108", "119-100", "119-73", "119-9"])
        #expect(releases.map(\.isCurrent) == [true, false, false, false])
        #expect(releases.map(\.date) == ["2026-09-11", "2026-06-26", "2026-01-23", "2025-06-12"])
        #expect(releases.map(\.units) == [["5a", "26"], ["2", "5a", "47"], ["1", "18a"], ["16"]])
        #expect(releases[0].description == "Public Law 119-108 (09/11/2026)")
        #expect(releases[3].description == "Public Law 119-9 (06/12/2025), affecting title 16.")
    }

    @Test("Entries that are not understood come last, with what they say")
    func malformed() throws {
        let prior = """
            <li class=releasepoint><a href="somewhere.htm">Public Law 113-21</a><li class="releasepoint">Something else
            <li class=releasepoint><a href="releasepoints/us/pl/119/7x/usc-rp@119-7x.htm">Public Law 119-7x</a>
            """
        let releases = try list(current("119-108", others: ["1"]), prior)
        #expect(releases.map(\.label) == ["119-108", "113-21", "Something else", "119-7x"])
        #expect(releases.last?.description == "Public Law 119-7x")
    }

    @Test(
        "Dates are read as the site writes them",
        arguments: [
            ("Public Law 119-1 (01/29/2025), x", "2025-01-29"), ("Pub. L. 116-155 (8/8/2020)", "2020-08-08"),
            ("(effective July 1, 2017)", "2017-07-01"), ("updates(09/02/2014)", "2014-09-02"),
            ("(01/04/2025), and including Public Law 119-1 (January 29, 2025)", "2025-01-04"),
            ("title 42 to title 20 (Nov. 1, 2016)", "2016-11-01"), ("(13/45/2020)", nil), ("119-36", nil), ("", nil),
        ] as [(String, String?)]
    )
    func dates(text: String, date: String?) {
        #expect(ReleaseDate.first(in: text) == date)
    }

    @Test(
        "Touched titles are what the last “affecting” names",
        arguments: [
            ("affecting title 47.", ["47"]), ("affecting titles 11A, 18A, 28A.", ["11a", "18a", "28a"]),
            ("for Title 10 from Pub. L. 117-81 affecting title 10.", ["10"]),
            ("affecting titles 42 and 49", ["42", "49"]),
            ("nothing", []), ("affecting all titles", []),
        ]
    )
    func units(text: String, units: [String]) {
        #expect(USCodePriorReleases.units(in: text).map(\.id) == units)
    }

    @Test("A folder is listed by the names of its files")
    func folder() {
        let names = ["xml_usc05A@119-9.zip", "xml_usc01@119-36.zip", "xml_usc10@119-9.zip", "README.md"]
        let releases = USCodeReleases.list(folder: names)
        #expect(releases.map(\.label) == ["119-36", "119-9"])
        #expect(releases.map(\.units) == [["1"], ["5a", "10"]])
        #expect(releases.map(\.isCurrent) == [true, false])
        #expect(USCodeReleases.list(folder: []) == [])
    }

    // MARK: - Sites

    @Test("A site without the list of prior ones gives the current one")
    func withoutList() async throws {
        let site = try await PageSite([USCodeDownloadPage.path: current("119-36", changed: ["1"])])
        let releases = try await USCodeSource().releases(upstream: site.upstream)
        #expect(releases.map(\.label) == ["119-36"])
        try await site.close()
    }

    @Test("A list without entries is empty, a page without a list is a change")
    func emptyList() throws {
        #expect(try USCodePriorReleases(Array("<ul class=releasepoints></ul>".utf8)).entries == [])
        let other = try USCodePriorReleases(Array("<li><a href='usc-rp@119-36.htm'>Public Law 119-36</a>".utf8))
        #expect(other.entries.map(\.label) == ["119-36"])
        let failure = #expect(throws: JobFailure.self) { try USCodePriorReleases(Array("<p>Hello".utf8)) }
        #expect(failure?.code == "upstream_page_changed")
    }

    @Test("A site under maintenance is one, whichever page says so")
    func maintenance() async throws {
        let site = try await PageSite([
            USCodeDownloadPage.path: current("119-36", changed: ["1"]),
            USCodePriorReleases.path: "<h1>Site is currently under maintenance</h1>",
        ])
        let failure = await #expect(throws: JobFailure.self) {
            try await USCodeSource().releases(upstream: site.upstream)
        }
        #expect(failure?.code == "upstream_maintenance")
        try await site.close()
    }

    @Test("A prior release is planned by its own page")
    func priorPage() async throws {
        let release = try #require(ReleasePoint("118-22u1"))
        let site = try await PageSite([
            USCodeDownloadPage.path: current("119-36", others: ["1", "2"]),
            USCodeDownloadPage.path(of: release): """
            <a href="xml_usc01@118-22u1.zip"><a href="releasepoints/us/pl/118/22u1/xml_usc50A@118-22u1.zip">
            <a href="/download/releasepoints/us/pl/118/22u1/xml_usc05a@118-22u1.zip"><a href="xml_usc03@119-36.zip">
            """,
        ])
        let plan = try await USCodeSource().plan(
            parameters: ["release": "118-22u1"],
            label: nil,
            upstream: site.upstream
        )
        #expect(plan.label == "118-22u1")
        #expect(plan.units.map(\.id) == ["1", "5a", "50a"])
        let folder = "download/releasepoints/us/pl/118/22u1/"
        #expect(
            plan.units.map(\.files[0].path) == ["01", "05a", "50A"].map { "\(folder)xml_usc\($0)@118-22u1.zip" }
        )
        let failure = await #expect(throws: JobFailure.self) {
            try await USCodeSource().plan(
                parameters: ["release": "118-22u1", "titles": ["2"]],
                label: nil,
                upstream: site.upstream
            )
        }
        #expect(failure?.code == "release_missing_titles")
        try await site.close()
    }

    @Test("A prior release without a page of its own is where its name says")
    func priorWithoutPage() async throws {
        let site = try await PageSite([USCodeDownloadPage.path: current("119-36", others: ["01", "2"])])
        let plan = try await USCodeSource().plan(
            parameters: ["release": "118-22u1"],
            label: nil,
            upstream: site.upstream
        )
        #expect(plan.units.map(\.files[0].name) == ["xml_usc01@118-22u1.zip", "xml_usc2@118-22u1.zip"])
        try await site.close()
    }

    @Test("The next attempt of a job plans the release that the first one began with, though the site has moved on")
    func pinnedRelease() async throws {
        let site = try await PageSite([USCodeDownloadPage.path: current("119-37", others: ["01", "2"])])
        let source = USCodeSource()
        #expect(try await source.plan(parameters: [:], label: nil, upstream: site.upstream).label == "119-37")
        let plan = try await source.plan(parameters: [:], label: "119-36", upstream: site.upstream)
        #expect(plan.label == "119-36")
        #expect(plan.units.map(\.files[0].name) == ["xml_usc01@119-36.zip", "xml_usc2@119-36.zip"])
        try await site.close()
    }

    // MARK: - Real pages

    private static let pages = SharedFolder.item("data/olrc-pages")

    @Test("The real pages are listed", .enabled(if: pages != nil, "the real pages are not there"))
    func realPages() async throws {
        let site = try await PageSite([
            USCodeDownloadPage.path: try SharedFolder.text("data/olrc-pages/download_current_slice.htm"),
            USCodePriorReleases.path: try SharedFolder.text("data/olrc-pages/priorreleasepoints_slice.htm"),
        ])
        let releases = try await USCodeSource().releases(upstream: site.upstream)
        try await site.close()
        #expect(
            releases.map(\.label) == [
                "119-108", "119-102not101", "119-100", "119-99", "118-250not159", "118-22u1", "117-102u1", "116-155",
                "115-117not91not96not97", "115-40u1", "113-165",
            ]
        )
        #expect(
            releases.map(\.date) == [
                "2026-09-11", "2026-07-12", "2026-06-26", "2026-06-12", "2025-01-04", "2023-12-01", "2022-03-15",
                "2020-08-08", "2018-01-12", "2017-07-01", "2014-09-19",
            ]
        )
        #expect(releases.filter(\.isCurrent).map(\.label) == ["119-108"])
        #expect(releases[0].units == ["26", "31"])
        #expect(releases[5].units == ["11a", "18a", "28a"])
        #expect(releases.last?.units == ["25", "39", "49"])
        #expect(releases.allSatisfy { $0.description?.isEmpty == false })
    }

    @Test(
        "Every real release point is read as others read it",
        .enabled(if: pages != nil, "the real pages are not there")
    )
    func realLabels() throws {
        struct List: Decodable {
            struct Entry: Decodable {
                var name, date, description: String
                var titlesAffected: [String]
            }
            var releasePoints: [Entry]
        }
        let list = try JSONDecoder().decode(
            List.self,
            from: Data(try SharedFolder.bytes("data/olrc-pages/releasepoints.json"))
        )
        #expect(list.releasePoints.count == 382)
        var points: [(point: ReleasePoint, date: String)] = []
        for entry in list.releasePoints {
            points.append((try #require(ReleasePoint(entry.name)), entry.date))
            #expect(ReleaseDate.first(in: entry.description) == entry.date)
            let units = Set(USCodePriorReleases.units(in: entry.description))
            // One that stands on the page twice has only its first description in the list.
            #expect(!units.isEmpty && units.isSubset(of: entry.titlesAffected.compactMap { USCodeUnit($0) }))
        }
        // Newest first on the page, too.
        #expect(points.map(\.point) == points.map(\.point).sorted(by: >))
        let contradictions = zip(points, points.dropFirst()).filter { $0.date < $1.date }
        // Its day is that from which its update has effect.
        #expect(contradictions.map { $1.point.label } == ["115-40u1"])
    }
}
