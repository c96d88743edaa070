import IngotCore
import IngotTesting
import Subprocess
import Testing

@Suite("Ingesting the Code, from the command line to verified rows", .fillsTheMachine)
struct IngestTests {
    @Test("ingests a release, reads it back, and finds nothing to do the second time")
    func wholeWay() async throws {
        let folder = try TemporaryFolder()
        let release = try folder.sample("release", label: "900-1", titles: [1, 3])
        let ingot = IngotCommandLine(data: folder.path + "/data")

        let first = try await ingot.run("ingest", "usc", "--from", release)
        #expect(first.output.contains("succeeded"))
        #expect(first.output.contains("900-1, revision 1"))

        let exported = try await ingot.run("export", "usc").jsonLines()
        #expect(Set(exported.compactMap { $0["unit"]?.stringValue }) == ["1", "3"])
        #expect(exported.allSatisfy { $0["label"] == "900-1" })
        for unit in ["1", "3"] {
            let ranks = exported.filter { $0["unit"]?.stringValue == unit }.map { $0["sort"]?.integerValue }
            #expect(ranks == (0..<Int64(ranks.count)).map { $0 })
        }

        let section = try #require(exported.first { $0["level"] == "section" })
        let key = try #require(section["key"]?.stringValue)
        let text = try await ingot.run("get", key).output
        #expect(text.contains(try #require(section["heading"]?.stringValue)))
        let json = try JSONValue(parsing: await ingot.run("get", key, "--format", "json").output.utf8)
        #expect(json["text"] == section["text"])
        #expect(json["label"] == "900-1")

        let tree = try await ingot.run("tree", "/us/usc/t1").output
        #expect(tree.contains("/us/usc/t1/"))
        #expect(try await ingot.run("tree", "usc").output.split(separator: "\n").count == 2)

        let second = try await ingot.run("ingest", "usc", "--from", release)
        #expect(second.output.contains("0 rows written"))
        #expect(try await ingot.run("export", "usc").jsonLines() == exported)
        #expect(try await ingot.run("verify", "usc").output.contains("0 problems"))
    }

    @Test("writes only what a new edition changed, and still reads the old one")
    func newEdition() async throws {
        let folder = try TemporaryFolder()
        let old = try folder.sample("old", label: "900-9", edition: 1)
        let new = try folder.sample("new", label: "900-10", edition: 2)
        let ingot = IngotCommandLine(data: folder.path + "/data")
        try await ingot.run("ingest", "usc", "--from", old)
        let before = try await ingot.run("export", "usc").jsonLines()
        try await ingot.run("ingest", "usc", "--from", new)
        let after = try await ingot.run("export", "usc").jsonLines()

        func content(_ node: JSONValue) -> JSONValue {
            var members = node.objectValue ?? [:]
            for name in ["label", "sort", "source_url"] { members[name] = nil }
            // Where a reference leads changes with what else there is.
            members["refs"] = .array((members["refs"]?.arrayValue ?? []).map { $0["href"] ?? .null })
            return .object(members)
        }
        let was = Dictionary(uniqueKeysWithValues: before.map { ($0["key"], content($0)) })
        let now = Dictionary(uniqueKeysWithValues: after.map { ($0["key"], content($0)) })
        let written = now.filter { was[$0.key] != $0.value }.count
        #expect(written > 0, "the edition changes nothing, so the test shows nothing")
        let counts = try await ingot.newestJob().result?["counts"]
        #expect(counts?["rows_written"]?.integerValue == Int64(written))
        #expect(counts?["removed"]?.integerValue == Int64(Set(was.keys).subtracting(now.keys).count))

        let older = try await ingot.run("export", "usc", "--at", "900-9").jsonLines()
        #expect(older == before)
        try await ingot.run("get", "/us/usc/t1", "--at", "900-11", expecting: 1)
        let refused = try await ingot.run("ingest", "usc", "--from", old, expecting: 1)
        #expect(refused.output.contains("label_older_than_live"))
        #expect(try await ingot.run("export", "usc").jsonLines() == after)
    }

    @Test("refuses parameters that the source does not have, and names the field")
    func badParameters() async throws {
        let folder = try TemporaryFolder()
        let ingot = IngotCommandLine(data: folder.path + "/data")
        let unknownTitle = try await ingot.run("ingest", "usc", "--title", "53", expecting: 2)
        #expect(unknownTitle.errors.contains("titles"))
        try await ingot.run("ingest", "nothing", expecting: 1)
        try await ingot.run("ingest", expecting: 2)
        try await ingot.run("frobnicate", expecting: 2)
        try await ingot.run("jobs", "--gateway", "http://127.0.0.1:1", expecting: 3)
    }

    @Test("refuses a store of an earlier version at once, and says what to do")
    func outdatedStore() async throws {
        let folder = try TemporaryFolder()
        let ingot = IngotCommandLine(data: folder.path("data"))
        try await ingot.run("ingest", "usc", "--from", folder.sample("release", label: "900-9"))
        let program = """
            import sqlite3, sys
            sqlite3.connect(sys.argv[1]).execute("ALTER TABLE nodes RENAME COLUMN fingerprints TO something_else")
            """
        let result = try await Subprocess.run(
            .name("python3"),
            arguments: ["-c", program, folder.path("data/stores/d1/ingot.sqlite")],
            output: .discarded,
            error: .string(limit: 1 << 16)
        )
        #expect(result.terminationStatus.isSuccess, "\(result.standardError)")
        let refused = try await ingot.run("revisions", "usc", expecting: 1)
        #expect(refused.errors.contains("made by an earlier version"))
        #expect(refused.errors.contains("another data folder"))
    }
}
