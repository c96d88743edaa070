import IngotCore
import IngotFetch
import IngotLaw
import IngotTesting
import Testing

@testable import IngotUSCode

@Suite("Discovery of titles")
struct DiscoveryTests {
    private func discovery(titles: [String]? = nil, release: String? = nil) throws -> USCodeDiscovery {
        var members: [String: JSONValue] = [:]
        if let titles { members["titles"] = .array(titles.map { .string($0) }) }
        if let release { members["release"] = .string(release) }
        return USCodeDiscovery(parameters: try USCodeParameters(.object(members)))
    }

    private func failure(_ body: () throws -> Void) -> JobFailure? {
        #expect(throws: JobFailure.self, performing: body)
    }

    // MARK: - Folder

    private static let folder = [
        "README.md", "xml_usc01@119-36.zip", "xml_usc01@119-9.zip", "xml_usc05@119-36.zip", "xml_usc05A@119-36.zip",
        "xml_usc06@119-36.zip", "xml_usc10@119-36.zip", "xml_usc11a@119-36.zip", "xml_usc42@113-31.zip",
        "xml_uscAll@119-36.zip", "htm_usc02@119-36.zip", "xml_usc02@latest.zip", "xml_usc03@119-36.zip.part",
        "xml_usc50A@114-329not328.zip",
    ]

    @Test("A folder gives the newest release point, in the Code's order")
    func newest() throws {
        let plan = try discovery().plan(folder: Self.folder)
        #expect(plan.label == "119-36")
        #expect(plan.units.map(\.id) == ["1", "5", "5a", "6", "10", "11a"])
        #expect(plan.units[2].files[0].name == "xml_usc05A@119-36.zip")
        #expect(plan.units[2].files[0].path == "xml_usc05A@119-36.zip")
    }

    @Test("A folder gives the titles and the release point that are asked for")
    func chosen() throws {
        let plan = try discovery(titles: ["11a", "5"]).plan(folder: Self.folder)
        #expect(plan.units.map(\.id) == ["5", "11a"])
        let older = try discovery(release: "114-329not328").plan(folder: Self.folder)
        #expect(older.label == "114-329not328")
        #expect(older.units.map(\.id) == ["50a"])
    }

    @Test("What a folder does not have is named")
    func missing() throws {
        let titles = try #require(failure { _ = try discovery(titles: ["1", "7", "18a"]).plan(folder: Self.folder) })
        #expect(titles.code == "release_missing_titles")
        #expect(titles.message == "Release point 119-36 does not have titles 7, 18a.")
        let release = try #require(failure { _ = try discovery(release: "119-37").plan(folder: Self.folder) })
        #expect(release.code == "release_not_found")
        #expect(release.details == ["113-31", "114-329not328", "119-9", "119-36"])
        let empty = try #require(failure { _ = try discovery().plan(folder: ["a.txt"]) })
        #expect(empty.code == "release_not_found")
    }

    @Test(
        "Wrong parameters are refused by name",
        arguments: [
            (["titles": "1"], "titles"), (["titles": []], "titles"), (["titles": ["53"]], "titles"),
            (["titles": ["1a"]], "titles"), (["titles": [1]], "titles"), (["release": "newest"], "release"),
            (["release": 119], "release"),
        ] as [(JSONValue, String)]
    )
    func parameters(parameters: JSONValue, field: String) throws {
        let failure = try #require(failure { _ = try USCodeParameters(parameters) })
        #expect(failure.code == "parameters_invalid")
        #expect(failure.message.contains(field))
    }

    @Test("The schema lists every title and appendix, in order, without 53")
    func schema() {
        let names = USCodeParameters.schema["properties"]?["titles"]?["items"]?["enum"]?.arrayValue ?? []
        #expect(names.count == 58)
        #expect(names.prefix(7) == ["1", "2", "3", "4", "5", "5a", "6"])
        #expect(names.last == "54")
        #expect(!names.contains("53"))
        #expect(USCodeSource().description.id == "usc")
    }

    // MARK: - Page

    private func page(_ body: String) throws -> USCodeDownloadPage {
        try USCodeDownloadPage(Array(body.utf8))
    }

    @Test("Links are found whatever their spelling, and not where they are commented out")
    func links() throws {
        let page = try page(
            """
            <HTML><body><A class=x HREF=releasepoints/us/pl/119/36/xml_usc10@119-36.zip>[XML]</a>
            <a title='a > b' href='releasepoints/us/pl/119/36/xml_usc02@119-36.zip'
            ><a href = "/download/releasepoints/us/pl/119/36/xml_usc05a%40119-36.zip?x=1">
            <a href="https://uscode.house.gov/download/releasepoints/us/pl/119/36/xml_usc05&#64;119-36.zip">
            <a href="../download/releasepoints/us/pl/119/36/./xml_usc11a@119-36.zip#top">
            <a href="https://elsewhere.example/xml_usc03@119-36.zip"><a name="x"><a href><a/>
            <!-- <a href="releasepoints/us/pl/119/37/xml_usc01@119-37.zip"> -->
            <script>document.write('<a href="xml_usc06@119-36.zip">')</script>
            <a href="releasepoints/us/pl/119/36/htm_usc07@119-36.zip"><abbr href="xml_usc08@119-36.zip">
            <a href="releasepoints/us/pl/119/30/xml_usc09@119-30.zip">
            <a href="releasepoints/us/pl/119/36/xml_usc02@119-36.zip">again</a>
            <a href="releasepoints/us/pl/119/36/xml_usc54@119-36.zip
            """
        )
        #expect(page.release.label == "119-36")
        #expect(page.files.map(\.unit.id) == ["2", "5", "5a", "10", "11a"])
        let folder = "download/releasepoints/us/pl/119/36/"
        #expect(
            page.files.map(\.file.path) == [
                folder + "xml_usc02@119-36.zip", folder + "xml_usc05@119-36.zip", folder + "xml_usc05a@119-36.zip",
                folder + "xml_usc10@119-36.zip", folder + "xml_usc11a@119-36.zip",
            ]
        )
    }

    @Test("A path that leads out of the site is no path")
    func escapingPath() {
        #expect(USCodeDownloadPage.sitePath("../../etc/passwd") == nil)
        #expect(USCodeDownloadPage.sitePath("//elsewhere.example/a") == nil)
        #expect(USCodeDownloadPage.sitePath("javascript:void(0)") == nil)
    }

    @Test("A page without links is a change, unless it says that it is a maintenance notice")
    func noLinks() throws {
        #expect(failure { _ = try page("<html><a href='x.zip'>") }?.code == "upstream_page_changed")
        #expect(failure { _ = try page("") }?.code == "upstream_page_changed")
        let notice = failure { _ = try page("<h1>Site is currently Under Maintenance</h1>") }
        #expect(notice?.code == "upstream_maintenance")
        #expect(notice?.isTransient == true)
    }

    @Test("Prior release points are where their names say")
    func prior() throws {
        let page = try page(
            """
            <a href="releasepoints/us/pl/119/36/xml_usc01@119-36.zip">
            <a href="releasepoints/us/pl/119/36/xml_usc05A@119-36.zip">
            """
        )
        let all = try discovery(release: "118-22u1").plan(page: page)
        #expect(all.label == "118-22u1")
        #expect(
            all.units.map(\.files[0].path) == [
                "download/releasepoints/us/pl/118/22u1/xml_usc01@118-22u1.zip",
                "download/releasepoints/us/pl/118/22u1/xml_usc05A@118-22u1.zip",
            ]
        )
        let some = try discovery(titles: ["42", "5a", "50a"], release: "118-22u1").plan(page: page)
        #expect(
            some.units.map(\.files[0].name) == [
                "xml_usc05A@118-22u1.zip", "xml_usc42@118-22u1.zip", "xml_usc50a@118-22u1.zip",
            ]
        )
        let current = try discovery(titles: ["1"], release: "119-36").plan(page: page)
        #expect(current.units.map(\.id) == ["1"])
        let missing = failure { _ = try discovery(titles: ["2"]).plan(page: page) }
        #expect(missing?.code == "release_missing_titles")
    }

    // MARK: - Real pages

    private static let pages = SharedFolder.item("data/olrc-pages")

    private func real(_ name: String) throws -> [UInt8] {
        try WholeFile.bytes("\(try #require(Self.pages))/\(name)")
    }

    @Test("The real download page is read", .enabled(if: pages != nil, "the real pages are not there"))
    func realPage() throws {
        let plan = try discovery().plan(page: try USCodeDownloadPage(try real("download_current_slice.htm")))
        #expect(plan.label == "119-108")
        #expect(plan.units.map(\.id) == ["1", "5a", "26", "31"])
        #expect(
            plan.units[1].files[0].path == "download/releasepoints/us/pl/119/108/xml_usc05a@119-108.zip"
        )
    }

    @Test("The real maintenance notice is known as one", .enabled(if: pages != nil, "the real pages are not there"))
    func realNotice() throws {
        let bytes = try real("maintenance_notice.htm")
        #expect(failure { _ = try USCodeDownloadPage(bytes) }?.code == "upstream_maintenance")
        let other = try real("priorreleasepoints_slice.htm")
        #expect(failure { _ = try USCodeDownloadPage(other) }?.code == "upstream_page_changed")
    }

    @Test("The folders of real titles are planned", .enabled(if: SharedFolder.path != nil, "no shared folder"))
    func realFolders() throws {
        let names = SharedFolder.names(in: "data/usc-olrc/rp-119-36")
        let plan = try discovery().plan(folder: names)
        #expect(plan.units.count == names.count)
        #expect(plan.units.map(\.id).suffix(3) == ["44", "50a", "51"])
    }
}
