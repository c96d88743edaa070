import FoundationEssentials
import Glibc
import IngotCore
import IngotSamples
import IngotTesting
import NIOHTTP1
import StandInSite
import Testing

/// The statutes come in through their publisher's site, as often and as many at a time as it bears.
@Suite("The Connecticut statutes from their site", .fillsTheMachine, .timeLimit(.minutes(20)))
struct StatuteSiteTests {
    /// What the gateway is told that the site bears.
    private static let rate = 40
    private static let atOnce = 3

    private static func gateway(_ site: StandInSite, _ more: String...) -> [String] {
        [
            "--origin", "cga=\(site.address)", "--host-rate", "\(rate)", "--host-requests", "\(atOnce)",
        ] + more
    }

    @Test("Within the budget; an attempt that was killed is gone on with; a second job asks only what has changed")
    func whole() async throws {
        let folder = try TemporaryFolder()
        let pages = try StatuteSite(in: folder)
        // The first attempt gets stuck in the midst, so that it cannot be over before it is killed.
        let wanted = pages.chapterPaths.count / 3
        let stuck = pages.chapterPaths[wanted + 2]
        try await pages.serving(.on(stuck, requests: 1...1, .stalledBody)) { site in
            let data = folder.path("data")
            let ingot = IngotCommandLine(data: data)
            let arguments = Self.gateway(site)
            try await TortureGateway.run(data: data, arguments: arguments) { gateway in
                let job = try await gateway.submit("cga", [:])
                // A third of the chapters is done when the runner is killed.
                var done: Set<String> = []
                try await gateway.watch(job) { event in
                    if event.name == "unit", event.data["status"]?.stringValue == "done",
                        let unit = event.data["unit"]?.stringValue, unit.contains("-")
                    {
                        done.insert(unit)
                    }
                    return done.count >= wanted
                }
                _ = await site.log.first { $0.path == "/\(stuck)" }
                _ = kill(try gateway.runner(of: try await gateway.job(job)), SIGKILL)
                let ended = try await gateway.end(of: job)
                #expect(ended.status == .succeeded, "\(String(describing: ended.error))")
                #expect(ended.attempt == 2)
                // Finished chapters were asked for once; the others may lie fetched when the runner is killed.
                let counts = site.log.countsByPath
                let finished = Set(done.map { $0.drop { $0 != "-" }.dropFirst() })
                for path in pages.chapterPaths where finished.contains(where: { Self.isPage(path, of: $0) }) {
                    #expect(counts["/\(path)"] == 1, "\(path)")
                }
                let again = counts.values.filter { $0 > 1 }.count
                #expect(again < pages.pageCount / 2, "\(again) pages were asked for again")
            }
            Self.expectBudget(site)
            let keys = StatuteSite.keys(ofExport: try await ingot.run("export", "cga").output)
            let missing = pages.statutes.allSections.map(StatuteSite.key).filter { !keys.contains($0) }
            #expect(missing.isEmpty, "\(missing.prefix(5))")
            try await ingot.run("verify", "cga")

            site.log.reset()
            try await TortureGateway.run(data: data, arguments: arguments) { gateway in
                let ended = try await gateway.end(of: try await gateway.submit("cga", [:]))
                #expect(ended.status == .succeeded, "\(String(describing: ended.error))")
                #expect(ended.result?["counts"]?["rows_written"] == 0)
                #expect(ended.result?["counts"]?["unchanged"] == ended.result?["counts"]?["nodes"])
            }
            #expect(site.pageRequests.count == pages.pageCount)
            #expect(site.pageRequests.allSatisfy { $0.isConditional && $0.status == 304 })
            Self.expectBudget(site)
        }
    }

    /// Whether a page is of the unit `ch952` or `art2a`.
    private static func isPage(_ path: String, of unit: Substring) -> Bool {
        let name = path.split(separator: "/").last ?? ""
        let isArticle = unit.hasPrefix("art")
        let number = name.dropFirst(isArticle ? 4 : 5).drop { $0 == "0" }.prefix { $0 != "." }
        return name.hasPrefix(isArticle ? "art_" : "chap_") && unit == (isArticle ? "art" : "ch") + number
    }

    private static func expectBudget(_ site: StandInSite) {
        #expect(site.log.mostAtOnce <= atOnce)
        // One more than the rate fits into a second whose both ends are starts; and what is under way at either end of it
        // may have been held up on a busy machine.
        #expect(site.log.mostStarts() <= rate + 1 + 2 * atOnce)
        #expect(site.log.requests.allSatisfy { $0.fields["user-agent"]?.hasPrefix("ingot/") == true })
    }

    @Test("Two jobs on one host stay within its budget together, and what one is told holds for both")
    func twoJobs() async throws {
        let folder = try TemporaryFolder()
        let pages = try StatuteSite(in: folder, chapters: 40, sections: 120)
        try FileManager.default.createDirectory(
            atPath: "\(pages.folder)/download/releasepoints/us/pl/900/1",
            withIntermediateDirectories: true
        )
        let titles = Array(1...12)
        let release = try folder.sample("release", label: "900-1", titles: titles, sections: 10)
        for name in try FileManager.default.contentsOfDirectory(atPath: release) {
            try FileManager.default.copyItem(
                atPath: "\(release)/\(name)",
                toPath: "\(pages.folder)/download/releasepoints/us/pl/900/1/\(name)"
            )
        }
        try Data(UpstreamSite.page(label: "900-1", titles: titles).utf8)
            .write(to: URL(filePath: "\(pages.folder)/download/download.shtml"))
        // The third title is answered with 429 once, in the midst of both jobs.
        try await pages.serving(.on("xml_usc03", requests: 1...1, .tooManyRequests(.seconds(3)))) { site in
            try await TortureGateway.run(
                data: folder.path("data"),
                arguments: Self.gateway(site, "--origin", "usc=\(site.address)")
            ) { gateway in
                let code = try await gateway.submit("usc", [:])
                // The other job begins before the pause, or in it.
                _ = await site.log.first { $0.path.contains("xml_usc01") }
                let statutes = try await gateway.submit("cga", [:])
                for id in [code, statutes] {
                    let ended = try await gateway.end(of: id)
                    #expect(ended.status == .succeeded, "\(String(describing: ended.error))")
                }
            }
            Self.expectBudget(site)
            let refused = try #require(site.log.requests.first { $0.status == 429 })
            let told = try #require(refused.end)
            // What had its permit when the answer went out may still arrive; without the pause it would be sixty.
            let meanwhile = site.log.requests.filter {
                $0.start > told + .milliseconds(500) && $0.start < told + .seconds(2)
            }
            #expect(meanwhile.count <= Self.atOnce, "\(meanwhile.map(\.path)) were asked for in the pause")
            let after = site.log.requests.filter { $0.start >= told + .seconds(2) }
            #expect(after.contains { $0.path.contains("chap_") }, "the statutes were over before the pause")
        }
    }

    @Test("With each fault at one request in twenty the result is the same", arguments: SiteFault.passing)
    func faults(fault: SiteFault) async throws {
        let folder = try TemporaryFolder()
        let pages = try StatuteSite(in: folder, chapters: 40, sections: 120)
        let expected = try await pages.serving { site in
            try await Self.ingest(site, data: folder.path("expected"))
        }
        // By chance, and in any case for one page.
        let path = pages.chapterPaths[7]
        try await pages.serving(.each(0.05, of: [fault]).and(.on(path, requests: 1...1, fault))) { site in
            let found = try await Self.ingest(site, data: folder.path("found"))
            #expect(found == expected)
            #expect(site.log.requests.contains { $0.fault == fault }, "the site never failed")
        }
    }

    private static func ingest(_ site: StandInSite, data: String) async throws -> String {
        let ingot = IngotCommandLine(data: data)
        try await RunningGateway.run(
            data: data,
            arguments: ["--origin", "cga=\(site.address)", "--host-rate", "200", "--host-requests", "4"]
        ) { _ in
            try await ingot.run("ingest", "cga")
        }
        return try await StatuteSite.export(ingot, without: site)
    }

    @Test("Pages that are missing fail the job with their list, and nothing becomes visible")
    func missing() async throws {
        let folder = try TemporaryFolder()
        let pages = try StatuteSite(in: folder, chapters: 20, sections: 60)
        let gone = [pages.chapterPaths[3], pages.chapterPaths[11]]
        for path in gone { try FileManager.default.removeItem(atPath: "\(pages.folder)/\(path)") }
        try await pages.serving { site in
            let ingot = IngotCommandLine(data: folder.path("data"))
            try await RunningGateway.run(data: ingot.data, arguments: Self.gateway(site)) { gateway in
                let failed = try await ingot.run("ingest", "cga", expecting: nil)
                #expect(failed.exitCode != 0)
                let job = try await ingot.newestJob()
                #expect(job.error?.code == "upstream_not_found")
                #expect(job.error?.details?.count == 2)
                for path in gone { #expect(job.error?.message.contains(path) == true) }
                let units = try await gateway.send(.GET, "/api/ingest/jobs/\(job.id)/units", nil).body["units"]?
                    .arrayValue
                #expect(units?.filter { $0["status"] == "failed" }.count == 2)
            }
            #expect(try await ingot.run("revisions", "cga").output.contains("live") == false)
        }
    }

    @Test("The Supplement is a revision of its own that replaces just the sections that it prints")
    func supplement() async throws {
        let folder = try TemporaryFolder()
        let pages = try StatuteSite(in: folder, chapters: 40, sections: 400, withSupplement: true)
        let ingot = IngotCommandLine(data: folder.path("data"))
        func sections() async throws -> [String: JSONValue] {
            Dictionary(
                try await ingot.run("export", "cga").jsonLines().filter { $0["level"] == "section" }
                    .map { ($0["key"]?.stringValue ?? "", $0) },
                uniquingKeysWith: { first, _ in first }
            )
        }
        try await ingot.run("ingest", "cga", "--from", pages.folder)
        let before = try await sections()
        try await ingot.run("ingest", "cga", "--from", pages.folder, "--set", "supplement=true")
        let after = try await sections()
        let printed = Set(pages.statutes.supplementSections.map(StatuteSite.key))
        #expect(!printed.isEmpty)
        for (key, section) in after where !printed.contains(key) {
            #expect(section["text"] == before[key]?["text"], "\(key) is not in the Supplement")
            #expect(section["source_url"] == before[key]?["source_url"])
        }
        for key in printed {
            let section = try #require(after[key], "\(key) is in the Supplement")
            #expect(section["source_url"]?.stringValue?.contains("/sup/") == true)
            #expect(before[key]?["text"] != section["text"] || before[key]?["credit"] != section["credit"])
        }
        #expect(Set(before.keys).subtracting(after.keys).isEmpty, "sections are gone that the Supplement replaces")
        let revisions = try await ingot.run("revisions", "cga").output
        #expect(revisions.contains("2025-supplement-2026"))
        let older = try await ingot.run("ingest", "cga", "--from", pages.folder, expecting: nil)
        #expect(older.exitCode != 0 && (older.output + older.errors).contains("label_older_than_live"))
    }

    @Test("A chapter that the statutes do not have any more ends with its sections")
    func removedChapter() async throws {
        let folder = try TemporaryFolder()
        let pages = try StatuteSite(in: folder, chapters: 20, sections: 60)
        let ingot = IngotCommandLine(data: folder.path("data"))
        try await ingot.run("ingest", "cga", "--from", pages.folder)
        let before = StatuteSite.keys(ofExport: try await ingot.run("export", "cga").output)
        let page = "\(pages.folder)/current/pub/chap_001.htm"
        let title = "\(pages.folder)/current/pub/title_01.htm"
        let rows = try WholeFile.text(title).split(separator: "<tr>", omittingEmptySubsequences: false)
        let left = rows.filter { !$0.lowercased().contains("chap_001.htm") }
        #expect(left.count == rows.count - 1)
        try Data(left.joined(separator: "<tr>").utf8).write(to: URL(filePath: title))
        try FileManager.default.removeItem(atPath: page)
        // A part of the statutes says nothing of the others.
        try await ingot.run("ingest", "cga", "--from", pages.folder, "--set", #"titles=["42a"]"#)
        #expect(StatuteSite.keys(ofExport: try await ingot.run("export", "cga").output) == before)
        try await ingot.run("ingest", "cga", "--from", pages.folder)
        let job = try await ingot.newestJob()
        #expect(job.result?["units_removed"] == ["1-ch1"])
        let after = StatuteSite.keys(ofExport: try await ingot.run("export", "cga").output)
        let gone = Set(
            ["/us/ct/cgs/t1/ch1"]
                + pages.statutes.allSections.filter { $0.file == "chap_001.htm" }.map(StatuteSite.key)
        )
        #expect(before.subtracting(after).isSuperset(of: gone))
        #expect(after.isSubset(of: before))
        #expect(job.result?["counts"]?["removed"]?.integerValue == Int64(before.count - after.count))
        try await ingot.run("verify", "cga")
    }

    @Test("Titles and chapters by name, in the order of the statutes")
    func parts() async throws {
        let folder = try TemporaryFolder()
        let pages = try StatuteSite(in: folder, chapters: 40, sections: 120)
        let ingot = IngotCommandLine(data: folder.path("data"))
        try await ingot.run("ingest", "cga", "--from", pages.folder, "--set", #"chapters=["art2a","1"]"#)
        var keys = try await ingot.run("export", "cga").jsonLines().compactMap { $0["key"]?.stringValue }
        #expect(keys.contains("/us/ct/cgs/t42a/art2a"))
        #expect(keys.contains("/us/ct/cgs/t1/ch1"))
        #expect(!keys.contains { $0.hasSuffix("/ch2") || $0.hasSuffix("/art1") })
        try await ingot.run("ingest", "cga", "--from", pages.folder, "--set", #"titles=["42a"]"#)
        keys = try await ingot.run("tree", "/us/ct/cgs/t42a", "--depth", "1", "--json").jsonLines()
            .flatMap { $0["nodes"]?.arrayValue ?? [] }.compactMap { $0["key"]?.stringValue }
        let articles = keys.filter { $0.hasPrefix("/us/ct/cgs/t42a/art") }
        #expect(articles.count > 2)
        let wrong = try await ingot.run(
            "ingest",
            "cga",
            "--from",
            pages.folder,
            "--set",
            #"chapters=["999z"]"#,
            expecting: nil
        )
        #expect((wrong.output + wrong.errors).contains("chapters_not_found"))
    }
}
