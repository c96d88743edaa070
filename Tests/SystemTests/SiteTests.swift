import FoundationEssentials
import IngotCore
import IngotTesting
import Subprocess
import SystemPackage
import Testing

@Suite("An upstream that is a site")
struct SiteTests {
    /// The download page as the real site lays it out, with these titles.
    private func page(label: String, titles: [Int]) -> String {
        let path = label.replacing("-", with: "/")
        let rows = titles.map { number in
            let file = "usc\(number < 10 ? "0" : "")\(number)@\(label).zip"
            return """
                <div class="uscitem"><div class="usctitle" id="us/usc/t\(number)">Title \(number)</div>
                <div class="itemcurrency">\(label)</div><div class="itemdownloadlinks">
                <a href="releasepoints/us/pl/\(path)/xml_\(file)" title="Title \(number) XML">[XML]</a>&nbsp;
                <a href="releasepoints/us/pl/\(path)/htm_\(file)">[XHTML]</a></div></div>
                """
        }
        return """
            <html><body><h2>Current Release Point</h2>
            <h3 class="releasepointinformation">Public Law \(label) (09/11/2026)</h3>
            <div class=uscitemlist>\(rows.joined(separator: "\n"))</div></body></html>
            """
    }

    /// Serves a folder over HTTP with Python's own server while the body runs.
    private func serving(_ folder: String, _ body: @escaping @Sendable (String) async throws -> Void) async throws {
        let result = try await Subprocess.run(
            .name("python3"),
            arguments: ["-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", folder],
            input: .none,
            output: .sequence,
            error: .discarded
        ) { execution in
            var lines = execution.standardOutput.strings().makeAsyncIterator()
            let first = try #require(await lines.next())
            let port = try #require(first.split(separator: " ").compactMap { Int($0) }.first)
            let outcome: Result<Void, any Error>
            do {
                try await body("http://127.0.0.1:\(port)")
                outcome = .success(())
            } catch {
                outcome = .failure(error)
            }
            try execution.send(signal: .terminate)
            return outcome
        }
        try result.closureResult.get()
    }

    @Test("is asked for its current release, and its files are captured with their addresses")
    func currentRelease() async throws {
        let folder = try TemporaryFolder()
        let files = try folder.sample("site/download/releasepoints/us/pl/900/5", label: "900-5", titles: [1, 3])
        try folder.write("site/download/download.shtml", page(label: "900-5", titles: [1, 3, 7]))
        try await serving(folder.path("site")) { site in
            let ingot = IngotCommandLine(data: folder.path("data"))
            try await ingot.run("ingest", "usc", "--title", "3", "--from", site)
            let nodes = try await ingot.run("export", "usc").jsonLines()
            let address = "\(site)/download/releasepoints/us/pl/900/5/xml_usc03@900-5.zip"
            #expect(Set(nodes.map { $0["source_url"] }) == [.string(address)])
            #expect(Set(nodes.map { $0["unit"] }) == ["3"])

            // The page announces a title whose file is not there: no hole is hidden.
            try await ingot.run("ingest", "usc", "--from", site, expecting: 1)
            let error = try await ingot.newestJob().error
            #expect(error?.code == "upstream_not_found")
            #expect(error?.unit == "7")
            #expect(try await ingot.run("export", "usc").jsonLines() == nodes)

            try await ingot.run("ingest", "usc", "--title", "1", "--release", "900-6", "--from", site, expecting: 1)
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
        try await serving(folder.path("site")) { site in
            let ingot = IngotCommandLine(data: folder.path("data"))
            try await ingot.run("ingest", "usc", "--from", site, expecting: 1)
            #expect(try await ingot.newestJob().error?.code == code)
        }
    }
}
