import IngotCore
import IngotGateway
import IngotMarkup
import IngotSamples
import IngotTesting
import NIOHTTP1
import Testing

@testable import IngotDashboard

@Suite("No character of the law is lost or altered on its page", .timeLimit(.minutes(20)))
struct LawFidelityTests {
    /// Compares pages with what the API answers, text by text.
    private func check(_ fixture: DashboardFixture, _ keys: [String]) async throws {
        for key in keys {
            let path = PercentEncoding.encodePath(key)
            let record = try await fixture.send(.GET, "/api/law\(path)").json()
            let page = try PrintedText(try await fixture.page("/law\(path)"))
            let body = PrintedText.law(page.first("law-text"))
            #expect(
                PrintedText.characters(body) == PrintedText.characters(record["text"]?.stringValue ?? ""),
                "the text of \(key)"
            )
            let credit = page.first("credit")?.elements { $0.classes.contains("law") }.first
            #expect(PrintedText.law(credit) == record["credit"]?.stringValue ?? "", "the credit of \(key)")
            let notes = page.first("law-notes")?.elements { $0.classes.contains("law") } ?? []
            let published = (record["notes"]?.arrayValue ?? []).map {
                ($0["heading"]?.stringValue ?? "") + ($0["text"]?.stringValue ?? "")
            }
            #expect(
                PrintedText.characters(notes.map(PrintedText.law).joined())
                    == PrintedText.characters(published.joined()),
                "the notes of \(key)"
            )
            let footnotes = page.first("footnotes")?.elements { $0.classes.contains("law") } ?? []
            #expect(
                PrintedText.characters(footnotes.map(PrintedText.law).joined())
                    == PrintedText.characters(
                        (record["footnotes"]?.arrayValue ?? []).compactMap { $0["text"]?.stringValue }.joined()
                    ),
                "the footnotes of \(key)"
            )
            // The spaces inside of a piece are the law's as well.
            let texts = (record["blocks"]?.arrayValue ?? []).filter { $0["table"] == nil }.compactMap {
                $0["text"]?.stringValue
            }
            let pieces = (page.first("law-text")?.elements { $0.name == "p" } ?? []).map(PrintedText.law)
            #expect(pieces.count == texts.count, "the pieces of \(key)")
            for (piece, text) in zip(pieces, texts) { #expect(piece.hasSuffix(text), "\(key): \(text)") }
        }
    }

    /// The keys of all nodes at or below one.
    private func keys(_ fixture: DashboardFixture, below key: String) async throws -> [String] {
        let tree = try await fixture.send(.GET, "/api/law\(PercentEncoding.encodePath(key))/children?depth=20").json()
        return (tree["nodes"]?.arrayValue ?? []).compactMap { $0["key"]?.stringValue }
    }

    @Test("of made-up titles and statutes")
    func samples() async throws {
        let folder = try TemporaryFolder()
        for source in ["usc", "cga"] { try folder.write("\(source)/.keep", "") }
        let titles = [SampleTitle(seed: 4, number: 1, sections: 60, edition: 1)]
        _ = try SampleRelease.write(label: "119-36", titles: titles, toFolder: folder.path("usc"))
        _ = try SampleStatutes(seed: 5, chapters: 16, sections: 60).write(toFolder: folder.path("cga"))
        try await DashboardFixture.with {
            $0.origins = ["usc": folder.path("usc"), "cga": folder.path("cga")]
        } _: { fixture in
            #expect(try await fixture.run("usc", ["titles": ["1"]])["status"] == "succeeded")
            #expect(try await fixture.run("cga")["status"] == "succeeded")
            try await check(fixture, try await keys(fixture, below: "/us/usc/t1"))
            try await check(fixture, try await keys(fixture, below: "/us/ct/cgs"))
        }
    }

    @Test(
        "of real titles",
        .enabled(if: SharedFolder.item("data/usc-olrc/rp-119-36") != nil, Comment(rawValue: SharedFolder.absence))
    )
    func realTitles() async throws {
        let folder = try #require(SharedFolder.item("data/usc-olrc/rp-119-36"))
        try await DashboardFixture.with {
            $0.origins = ["usc": folder]
        } _: { fixture in
            let job = try await fixture.run("usc", ["titles": ["1", "3", "9", "27"], "release": "119-36"])
            try #require(job["status"] == "succeeded", "\(job)")
            for title in ["1", "3", "9", "27"] {
                try await check(fixture, try await keys(fixture, below: "/us/usc/t\(title)"))
            }
        }
    }
}
