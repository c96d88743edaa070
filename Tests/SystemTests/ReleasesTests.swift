import IngotCore
import IngotTesting
import NIOHTTP1
import StandInSite
import Testing

@Suite("What upstream has published, and which of it is there", .fillsTheMachine)
struct ReleasesTests {
    @Test("a folder of files lists its releases, newest first, with what has been ingested")
    func folder() async throws {
        let folder = try TemporaryFolder()
        let releases = try folder.sample("releases", label: "900-9")
        _ = try folder.sample("releases", label: "900-10", edition: 2)
        let ingot = IngotCommandLine(data: folder.path("data"))

        func states() async throws -> [String: String] {
            let answer = try JSONValue(
                parsing: await ingot.run("releases", "usc", "--from", releases, "--json").output.utf8
            )
            let list = try #require(answer["releases"]?.arrayValue)
            #expect(list.map { $0["label"] } == ["900-10", "900-9"])
            #expect(list.map { $0["current"] } == [true, false])
            return Dictionary(
                uniqueKeysWithValues: list.map {
                    ($0["label"]?.stringValue ?? "", "\($0["ingested"] ?? .null) \($0["live"] ?? .null)")
                }
            )
        }
        let none = try await states()
        #expect(Set(none.values).count == 1)

        try await ingot.run("ingest", "usc", "--release", "900-9", "--from", releases)
        #expect(try await ingot.newestJob().result?["label"] == "900-9")
        let table = try await ingot.run("releases", "usc", "--from", releases).output
        let lines = table.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(lines.first == ["LABEL", "DATE", "STATE", "TITLES"])
        #expect(lines.dropFirst().first?.prefix(2) == ["900-10", "current"])
        #expect(lines.last?.prefix(2) == ["900-9", "live"])

        try await ingot.run("ingest", "usc", "--from", releases)
        let both = try await states()
        #expect(both["900-9"] != both["900-10"] && both["900-9"] != none["900-9"])
        let lately = try await ingot.run("releases", "usc", "--from", releases).output
        #expect(lately.contains("current, live") && lately.contains("ingested"))
    }

    @Test("a release that cannot be had is refused with what there is")
    func refusals() async throws {
        let folder = try TemporaryFolder()
        let releases = try folder.sample("releases", label: "900-9")
        _ = try folder.sample("releases", label: "900-10", edition: 2)
        let ingot = IngotCommandLine(data: folder.path("data"))

        let unknown = try await ingot.run("ingest", "usc", "--release", "900-8", "--from", releases, expecting: 1)
        #expect(unknown.output.contains("release_not_found"))
        #expect(unknown.output.contains("it holds 900-9, 900-10"))
        let malformed = try await ingot.run("ingest", "usc", "--release", "newest", "--from", releases, expecting: 2)
        #expect(malformed.errors.contains("release"))

        try await ingot.run("ingest", "usc", "--from", releases)
        let before = try await ingot.run("export", "usc").output
        let older = try await ingot.run("ingest", "usc", "--release", "900-9", "--from", releases, expecting: 1)
        #expect(older.output.contains("label_older_than_live"))
        #expect(older.output.contains("900-10"))
        #expect(try await ingot.newestJob().error?.code == "label_older_than_live")
        #expect(try await ingot.run("export", "usc").output == before)
    }

    @Test("a site lists its releases; one that is in trouble is named with its reason")
    func site() async throws {
        let folder = try TemporaryFolder()
        try folder.write("site/download/download.shtml", UpstreamSite.page(label: "900-5", titles: [1, 3]))
        try folder.write("broken/download/download.shtml", "<html><title>Under Maintenance</title></html>")
        try await StandInSite.serving(folder.path, as: .uscode) { site in
            try await RunningGateway.run(
                data: folder.path("data"),
                arguments: ["--origin", "usc=\(site.address)/site"]
            ) { gateway in
                let answer = try await gateway.send(.GET, "/api/sources/usc/releases", nil)
                #expect(answer.status == 200)
                #expect(answer.body["source"] == "usc")
                #expect(answer.body["asked_at"]?.stringValue != nil)
                let newest = answer.body["releases"]?.arrayValue?.first
                #expect(newest?["label"] == "900-5")
                #expect(newest?["current"] == true)
                #expect(newest?["ingested"] == false)
            }
            let ingot = IngotCommandLine(data: folder.path("other"))
            let broken = try await ingot.run("releases", "usc", "--from", "\(site.address)/broken", expecting: 1)
            #expect(broken.errors.contains("maintenance"))
        }
    }

    @Test("a source without releases, or one that nobody knows, is refused")
    func noReleases() async throws {
        let folder = try TemporaryFolder()
        let data = folder.path("data")
        try await RunningGateway.run(data: data) { _ in
            let ingot = IngotCommandLine(data: data)
            let probe = try await ingot.run("releases", "probe", expecting: 2)
            #expect(probe.errors.contains("does not list"))
            let unknown = try await ingot.run("releases", "nothing", expecting: 1)
            #expect(unknown.errors.contains("ingot sources"))
        }
    }

    @Test("errors name the next command to try")
    func advice() async throws {
        let folder = try TemporaryFolder()
        let release = try folder.sample("release", label: "900-1")
        let ingot = IngotCommandLine(data: folder.path("data"))
        let empty = try await ingot.run("export", "usc", expecting: 1)
        #expect(empty.errors.contains("ingot ingest"))
        try await ingot.run("ingest", "usc", "--from", release)
        let key = try await ingot.run("get", "/us/usc/t1/s9999", expecting: 1)
        #expect(key.errors.contains("ingot search") && key.errors.contains("ingot tree"))
        let label = try await ingot.run("get", "/us/usc/t1", "--at", "900-2", expecting: 1)
        #expect(label.errors.contains("900-1") && label.errors.contains("ingot revisions"))
    }
}
