import FoundationEssentials
import IngotCore
import IngotTesting
import StandInSite
import Testing

@Suite("An upstream that is a site", .fillsTheMachine)
struct SiteTests {
    @Test("is asked for its current release, and its files are captured with their addresses")
    func currentRelease() async throws {
        let folder = try TemporaryFolder()
        let files = try folder.sample("site/download/releasepoints/us/pl/900/5", label: "900-5", titles: [1, 3])
        try folder.write("site/download/download.shtml", UpstreamSite.page(label: "900-5", titles: [1, 3, 7]))
        try await StandInSite.serving(folder.path("site"), as: .uscode) { site in
            let ingot = IngotCommandLine(data: folder.path("data"))
            try await ingot.run("ingest", "usc", "--title", "3", "--from", site.address)
            let nodes = try await ingot.run("export", "usc").jsonLines()
            let address = "\(site.address)/download/releasepoints/us/pl/900/5/xml_usc03@900-5.zip"
            #expect(Set(nodes.map { $0["source_url"] }) == [.string(address)])
            #expect(Set(nodes.map { $0["unit"] }) == ["3"])

            // Asked again, the site says that the file has not changed: it is neither sent nor read.
            try await ingot.run("ingest", "usc", "--title", "3", "--from", site.address)
            let again = try await ingot.newestJob()
            #expect(again.result?["counts"]?["rows_written"] == 0)
            #expect(again.result?["counts"]?["unchanged"] == .integer(Int64(nodes.count)))
            let log = try await ingot.run("logs", again.id.rawValue).output
            #expect(log.contains("unit 3: upstream says that it has not changed"))

            // The page announces a title whose file is not there: no hole is hidden.
            try await ingot.run("ingest", "usc", "--from", site.address, expecting: 1)
            let error = try await ingot.newestJob().error
            #expect(error?.code == "upstream_not_found")
            #expect(error?.unit == "7")
            #expect(try await ingot.run("export", "usc").jsonLines() == nodes)

            try await ingot.run(
                "ingest",
                "usc",
                "--title",
                "1",
                "--release",
                "900-6",
                "--from",
                site.address,
                expecting: 1
            )
            #expect(try await ingot.newestJob().error?.code == "upstream_not_found")
        }
        #expect(try WholeFile.paths(in: files, suffix: ".zip").count == 2)
    }

    @Test(
        "that shows something else than its page is not believed",
        arguments: [
            (
                "<html><title>Under Maintenance</title><h1>Site is currently under maintenance</h1></html>",
                "upstream_maintenance"
            ),
            ("<html><h2>Welcome</h2></html>", "upstream_page_changed"),
        ]
    )
    func otherPages(page: String, code: String) async throws {
        let folder = try TemporaryFolder()
        try folder.write("site/download/download.shtml", page)
        try await StandInSite.serving(folder.path("site"), as: .uscode) { site in
            let ingot = IngotCommandLine(data: folder.path("data"))
            try await ingot.run("ingest", "usc", "--from", site.address, expecting: 1)
            #expect(try await ingot.newestJob().error?.code == code)
        }
    }
}
