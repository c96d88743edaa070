import IngotCore
import IngotLaw
import IngotTesting
import NIOHTTP1
import Testing

@testable import IngotGateway

@Suite("Comparing the law over HTTP")
struct LawComparisonRouteTests {
    /// A gateway with two labels: the second one changes a text, adds a section and takes one away.
    private func withTwoLabels(_ body: (GatewayFixture) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        try await GatewayFixture.with { fixture in
            var old = GivenLaw.chapter(3)
            old[2].text = "See the old lantern."
            old[2].refs = [
                LawReference(href: "/g/t1/s2/a", text: "section 2(a)", kind: .node, target: "/g/t1/s2", piece: "a"),
                LawReference(href: "/us/pl/1/2", text: "Pub. L. 1–2", kind: .publicLaw),
            ]
            try await fixture.ingest(GivenLaw(label: "1", nodes: old), into: folder)
            var new = old
            new[2].text = "See the new lantern."
            new[4] = GivenLaw.section("s4", index: 4)
            try await fixture.ingest(GivenLaw(label: "2", nodes: new), into: folder)
            try await body(fixture)
        }
    }

    @Test("lists what was added, removed and changed, with the numbers at the end")
    func list() async throws {
        try await withTwoLabels { fixture in
            let answer = try await fixture.get("/api/diff?source=given&from=1&to=2").json()
            #expect(answer["from"] == ["label": "1", "revision": 1])
            #expect(answer["to"] == ["label": "2", "revision": 2])
            let changes = answer["changes"]?.arrayValue ?? []
            #expect(changes.map { $0["key"] } == ["/g/t1/s1", "/g/t1/s4", "/g/t1/s3"])
            #expect(changes.map { $0["change"] } == ["changed", "added", "removed"])
            #expect(changes.first?["fields"] == ["text"])
            #expect(answer["summary"]?["fields"] == ["text": 1])
            let back = try await fixture.get("/api/diff?source=given&from=2&to=1").json()
            let reversed = (back["changes"]?.arrayValue ?? []).map { [$0["key"], $0["change"]] }
            #expect(Set(reversed) == [["/g/t1/s1", "changed"], ["/g/t1/s4", "removed"], ["/g/t1/s3", "added"]])
            let same = try await fixture.get("/api/diff?source=given&from=2").json()
            #expect(same["changes"] == [])
            #expect(try await fixture.get("/api/diff?source=given&from=1&level=title").json()["changes"] == [])
        }
    }

    @Test("shows one node word by word")
    func node() async throws {
        try await withTwoLabels { fixture in
            let answer = try await fixture.get("/api/diff?source=given&from=1&to=2&key=/g/t1/s1").json()
            #expect(answer["change"]?["fields"] == ["text"])
            #expect(answer["texts"]?.arrayValue?.first?["field"] == "text")
            let pieces = answer["texts"]?.arrayValue?.first?["pieces"]?.arrayValue ?? []
            #expect(pieces.contains(["operation": "deleted", "text": "old"]))
            #expect(pieces.contains(["operation": "inserted", "text": "new"]))
            let added = try await fixture.get("/api/diff?source=given&from=1&to=2&key=/g/t1/s4").json()
            #expect(added["change"]?["change"] == "added")
            let same = try await fixture.get("/api/diff?source=given&from=1&to=2&key=/g/t1/s2").json()
            #expect(same["texts"] == [])
        }
    }

    @Test(
        "says which part of the question is wrong",
        arguments: [
            ("from=1&to=2", 400, "source"), ("source=given&to=2", 400, "from"), ("source=given&from=9", 404, "9"),
            ("source=nothing&from=1", 404, "nothing"), ("source=given&from=1&key=/g/x", 404, "/g/x"),
        ]
    )
    func wrongQuestions(query: String, status: Int, word: String) async throws {
        try await withTwoLabels { fixture in
            let answer = try await fixture.get("/api/diff?\(query)")
            #expect(answer.status == status)
            #expect(answer.headers.first(name: "content-type") == "application/problem+json")
            #expect(answer.text.contains(word))
        }
    }

    @Test("tells a node's history")
    func history() async throws {
        try await withTwoLabels { fixture in
            let answer = try await fixture.get("/api/law/g/t1/s1/history").json()
            #expect(answer["source"] == "given")
            let entries = answer["history"]?.arrayValue ?? []
            #expect(entries.map { $0["label"] } == ["1", "2"])
            #expect(entries.map { $0["change"] } == ["added", "changed"])
            #expect(entries.last?["fields"] == ["text"])
            let gone = try await fixture.get("/api/law/g/t1/s3/history").json()["history"]?.arrayValue
            #expect(gone?.last?["change"] == "removed")
            #expect(try await fixture.get("/api/law/g/none/history").status == 404)
        }
    }

    @Test("tells what a node cites and what cites it")
    func references() async throws {
        try await withTwoLabels { fixture in
            let cites = try await fixture.get("/api/law/g/t1/s1/references").json()["cites"]?.arrayValue ?? []
            #expect(cites.map { $0["kind"] } == ["node", "public_law"])
            #expect(cites.first?["target"] == "/g/t1/s2")
            #expect(cites.first?["piece"] == "a")
            #expect(cites.first?["resolved"] == true)
            #expect(cites.last?["target"] == nil && cites.last?["resolved"] == nil)
            let cited = try await fixture.get("/api/law/g/t1/s2/references?limit=1").json()
            #expect(cited["cited_by"]?.arrayValue?.map { $0["key"] } == ["/g/t1/s1"])
            #expect(cited["next"] == nil || cited["next"] == .null)
            #expect(try await fixture.get("/api/law/g/t1/s9/references").status == 404)
            let record = try await fixture.get("/api/law/g/t1/s1").json()
            #expect(record["refs"]?.arrayValue?.first?["resolved"] == true)
        }
    }
}
