import IngotCore
import IngotTesting
import NIOHTTP1
import StandInSite
import Testing

@Suite("Reverting, sweeping and searching, from the command line and over HTTP", .fillsTheMachine)
struct UpkeepTests {
    @Test("goes back a release, sweeps, and takes the release again")
    func revertAndSweep() async throws {
        let folder = try TemporaryFolder()
        let old = try folder.sample("old", label: "900-1", titles: [1, 3], edition: 1)
        let new = try folder.sample("new", label: "900-2", titles: [1, 3], edition: 2)
        let ingot = IngotCommandLine(data: folder.path + "/data")
        let nothing = try await ingot.run("revert", "usc", expecting: 1)
        #expect(nothing.errors.contains("nothing of the source 'usc' has been ingested"))
        #expect(try await ingot.run("sweep").output.contains("usc: 0 rows of 0 revisions and 0 packs removed"))

        try await ingot.run("ingest", "usc", "--from", old)
        let before = try await ingot.run("export", "usc").jsonLines()
        let first = try await ingot.run("revert", "usc", expecting: 1)
        #expect(first.errors.contains("900-1 is the first revision"))
        try await ingot.run("ingest", "usc", "--from", new)
        let after = try await ingot.run("export", "usc").jsonLines()
        #expect(before != after)

        let reverted = try await ingot.run("revert", "usc", "--reason", "a test")
        #expect(reverted.output == "usc went back from 900-2 (revision 2) to 900-1 (revision 1)\n")
        #expect(try await ingot.run("export", "usc").jsonLines() == before)
        #expect(try await ingot.run("revisions", "usc").output.contains("reverted"))
        try await ingot.run("export", "usc", "--at", "900-2", expecting: 1)

        let swept = try JSONValue(parsing: await ingot.run("sweep", "usc", "--json").output.utf8)
        #expect(swept["revisions_swept"] == 1 && (swept["rows_removed"]?.integerValue ?? 0) > 0)
        #expect((swept["packs_removed"]?.integerValue ?? 0) > 0 && (swept["bytes_freed"]?.integerValue ?? 0) > 0)
        #expect(try await ingot.run("export", "usc").jsonLines() == before)
        #expect(try await ingot.run("verify", "usc").output.contains("0 problems"))

        try await ingot.run("ingest", "usc", "--from", new)
        #expect(try await ingot.run("export", "usc").jsonLines() == after)
        #expect(try await ingot.run("export", "usc", "--at", "900-1").jsonLines() == before)
        #expect(try await ingot.run("verify", "usc").output.contains("0 problems"))
    }

    @Test("finds sections by words and by number, and prints them")
    func search() async throws {
        let folder = try TemporaryFolder()
        let release = try folder.sample("release", label: "900-1", titles: [1, 3])
        let ingot = IngotCommandLine(data: folder.path + "/data")
        #expect(try await ingot.run("search", "law").errors.contains("nothing found"))
        try await ingot.run("ingest", "usc", "--from", release)
        let section = try #require(
            try await ingot.run("export", "usc").jsonLines().first { $0["unit"] == "3" && $0["level"] == "section" }
        )
        let citation = try #require(section["citation"]?.stringValue)
        let heading = try #require(section["heading"]?.stringValue)

        let found = try await ingot.run("search", citation, "--limit", "1", "--json").jsonLines()
        #expect(found.map { $0["key"] } == [section["key"]])
        #expect(found.first?["cited"] == true)
        let printed = try await ingot.run("search", "\"\(heading)\"", "--heading", "--title", "3").output
        #expect(printed.contains(citation) && printed.contains(heading))
        #expect(!printed.contains("\u{1B}"), "a pipe is no terminal")
        let many = try await ingot.run("search", "section", "OR", "the", "--limit", "150", "--json").jsonLines()
        #expect(many.count == Set(many.compactMap { $0["key"]?.stringValue }).count)
        try await ingot.run("search", "law", "--source", "nothing", expecting: 1)
        try await ingot.run("search", "§", expecting: 2)
        try await ingot.run("search", "law", "--frobnicate", expecting: 2)
        try await ingot.run("search", expecting: 2)
    }

    @Test("answers wrong requests with problem documents that name what is wrong")
    func problems() async throws {
        let folder = try TemporaryFolder()
        let release = try folder.sample("release", label: "900-1")
        try await RunningGateway.run(data: folder.path("data"), arguments: ["--origin", "usc=\(release)"]) { gateway in
            for query in ["", "?q=", "?q=%C2%A7", "?q=-law", "?q=a*", "?q=" + String(repeating: "x", count: 501)] {
                let answer = try await gateway.send(.GET, "/api/search\(query)", nil)
                #expect(answer.status == 422 && answer.body["parameter"] == "q", "\(query)")
            }
            for (name, value) in [
                ("in", "notes"), ("status", "repealed"), ("limit", "0"), ("limit", "101"), ("limit", "x"),
                ("cursor", "1-2"), ("level", String(repeating: "x", count: 101)),
                ("unit", String(repeating: "x,", count: 101)),
            ] {
                let answer = try await gateway.send(.GET, "/api/search?q=law&\(name)=\(value)", nil)
                #expect(answer.status == 400 && answer.body["parameter"]?.stringValue == name, "\(name)=\(value)")
            }
            #expect(try await gateway.send(.GET, "/api/search?q=law&source=usc", nil).status == 404)
            #expect(try await gateway.send(.GET, "/api/search?q=%ff", nil).status == 400)
            #expect(try await gateway.send(.GET, "/api/search?q=law", nil).body["hits"] == [])
            #expect(try await gateway.send(.POST, "/api/sources/nothing/revert", nil).status == 404)
            #expect(try await gateway.send(.POST, "/api/sources/nothing/sweep", nil).status == 404)
            #expect(try await gateway.send(.GET, "/api/sources/usc/sweep", nil).status == 405)
            #expect(try await gateway.send(.POST, "/api/sources/usc/revert", nil).status == 404)
            let tooLong: JSONValue = ["reason": .string(String(repeating: "x", count: 1001))]
            for body in [tooLong, ["why": "x"], ["reason": 1], []] as [JSONValue] {
                let answer = try await gateway.send(.POST, "/api/sources/usc/revert", body)
                #expect(answer.status == 422, "\(body)")
            }
            _ = try await gateway.send(.POST, "/api/ingest/usc", nil, headers: [("prefer", "wait=120")])
            for query in ["1+USC+1", "1%20u.s.c.%20%C2%A7%201(a)", "%C2%A7+1"] {
                let answer = try await gateway.send(.GET, "/api/search?q=\(query)&limit=1", nil)
                #expect(answer.body["hits"]?.arrayValue?.first?["citation"] == "1 U.S.C. § 1", "\(query)")
            }
            #expect(try await gateway.send(.POST, "/api/sources/usc/revert", nil).status == 409)
        }
    }

    @Test("nothing is reverted while a job runs, and a sweep leaves the job alone")
    func besideAJob() async throws {
        let folder = try TemporaryFolder()
        let label = "900-3"
        _ = try folder.sample("site/download/releasepoints/us/pl/900/3", label: label, titles: [1, 3], edition: 3)
        try folder.write("site/download/download.shtml", UpstreamSite.page(label: label, titles: [1, 3]))
        let ingot = IngotCommandLine(data: folder.path("data"))
        for edition in 1...2 {
            let old = try folder.sample("\(edition)", label: "900-\(edition)", titles: [1, 3], edition: edition)
            try await ingot.run("ingest", "usc", "--from", old)
        }
        let before = try await ingot.run("export", "usc").jsonLines()
        // The site never answers for title 3, so the runner has written title 1 and waits.
        try await StandInSite.serving(folder.path("site"), as: .uscode, faults: .on("usc03", .silence)) { site in
            try await RunningGateway.run(data: folder.path("data"), arguments: ["--origin", "usc=\(site.address)"]) {
                gateway in
                let job = try await gateway.submit("usc", [:])
                try await gateway.events(of: job, after: 0) { event in
                    event.name == "unit" && event.data["unit"] == "1" && event.data["status"] == "done"
                }
                let refused = try await gateway.send(.POST, "/api/sources/usc/revert", nil)
                #expect(refused.status == 409 && refused.body["jobId"]?.stringValue == job)
                let swept = try await gateway.send(.POST, "/api/sources/usc/sweep", nil)
                #expect(swept.status == 200 && swept.body["rows_removed"] == 0 && swept.body["packs_removed"] == 0)
                let cancelled = try await gateway.send(.POST, "/api/ingest/jobs/\(job)/cancel", nil)
                #expect(cancelled.status == 200 || cancelled.status == 202)
                let last = try await gateway.events(of: job, after: 0).last
                #expect(last?.data["status"] == "cancelled")
                let after = try await gateway.send(.POST, "/api/sources/usc/sweep", nil)
                #expect((after.body["packs_removed"]?.integerValue ?? 0) > 0)
            }
        }
        #expect(try await ingot.run("export", "usc").jsonLines() == before)
        #expect(try await ingot.run("verify", "usc").output.contains("0 problems"))
    }
}
