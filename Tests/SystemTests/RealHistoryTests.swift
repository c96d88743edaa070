import IngotCore
import IngotTesting
import Testing

@Suite(
    "The history of the real Code, held against independent differences",
    .fillsTheMachine,
    .enabled(if: SharedFolder.path != nil, "the shared folder is not beside the checkout")
)
struct RealHistoryTests {
    private let shared = SharedFolder.path ?? ""
    private static let titles = ["1", "3", "27"]

    @Test("each step writes what changed, says so, and every label stays readable")
    func fourReleases() async throws {
        let folder = try TemporaryFolder()
        let ingot = IngotCommandLine(data: folder.path("data"))
        var states: [(label: String, export: [JSONValue])] = []
        for label in ["113-31", "117-80", "119-36", "119-59"] {
            let titles = label == "119-59" ? ["--title", "1"] : Self.titles.flatMap { ["--title", $0] }
            try await ingot.run(["ingest", "usc", "--from", "\(shared)/data/usc-olrc/rp-\(label)"] + titles)
            let result = try #require(try await ingot.newestJob().result)
            states.append((label, try await ingot.run("export", "usc").jsonLines()))
            guard states.count > 1 else { continue }
            let before = states[states.count - 2].label
            let answer = try await difference(ingot, from: before, to: label)
            #expect(answer["summary"] == result["changes"])
            let counted = ["added", "changed", "moved"].compactMap { answer["summary"]?[$0]?.integerValue }
            #expect(result["counts"]?["rows_written"] == .integer(counted.reduce(0, +)))
        }
        for (label, export) in states {
            let later = try await ingot.run("export", "usc", "--at", label).jsonLines()
            #expect(later == export, "\(label) reads differently now")
        }
        for name in SharedFolder.names(in: "data/usc-olrc/diffs") { try await hold(name, against: ingot) }
        #expect(try await ingot.run("verify", "usc").output.contains(" 0 problems"))
        let history = try await ingot.run("history", "/us/usc/t1/s7", "--json").output
        let changes = try #require(try JSONValue(parsing: history.utf8)["history"]?.arrayValue)
        #expect(changes.first?["change"] == "added" && changes.first?["label"] == "113-31")
        #expect(changes.count > 1)
    }

    private func difference(
        _ ingot: IngotCommandLine,
        from: String,
        to: String,
        title: String? = nil
    ) async throws -> JSONValue {
        let only = title.map { ["--title", $0] } ?? []
        return try JSONValue(parsing: await ingot.run(["diff", "usc", from, to, "--json"] + only).output.utf8)
    }

    /// Holds one independent difference, such as `usc03@117-80__119-36.json`, against ours.
    private func hold(_ name: String, against ingot: IngotCommandLine) async throws {
        let expected = try JSONValue(parsing: SharedFolder.bytes("data/usc-olrc/diffs/\(name)"))
        let from = try #require(expected["from_release"]?.stringValue)
        let to = try #require(expected["to_release"]?.stringValue)
        let title = try #require(expected["title"]?.stringValue.map { String($0.drop { $0 == "0" }) })
        guard Self.titles.contains(title), ![from, to].contains("114-329not328") else { return }
        let answer = try await difference(ingot, from: from, to: to, title: title)
        let sections = (answer["changes"]?.arrayValue ?? []).filter { $0["level"] == "section" }
        func keys(_ condition: (JSONValue) -> Bool) -> Set<String> {
            Set(sections.filter(condition).compactMap { $0["key"]?.stringValue })
        }
        func with(_ field: String) -> Set<String> {
            keys { $0["fields"]?.arrayValue?.contains(.string(field)) == true }
        }
        func names(_ member: String) -> Set<String> {
            Set((expected[member]?.arrayValue ?? []).compactMap { $0.stringValue ?? $0.arrayValue?.first?.stringValue })
        }
        #expect(keys { $0["change"] == "added" } == names("added"), "\(name): added")
        #expect(keys { $0["change"] == "removed" } == names("removed"), "\(name): removed")
        #expect(with("status") == names("status_changed"), "\(name): status")
        #expect(with("heading") == names("heading_changed"), "\(name): heading")
        #expect(with("text") == names("body_changed"), "\(name): text")
        #expect(with("parent") == names("parent_changed"), "\(name): parent")
    }
}
