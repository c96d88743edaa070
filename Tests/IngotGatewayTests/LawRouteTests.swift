import FoundationEssentials
import IngotCore
import IngotLaw
import IngotTesting
import NIOHTTP1
import Testing

@testable import IngotGateway

@Suite("Reading the law over HTTP")
struct LawRouteTests {
    private func withLaw(
        _ law: GivenLaw,
        _ body: (GatewayFixture, TemporaryFolder) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        try await GatewayFixture.with { fixture in
            try await fixture.ingest(law, into: folder)
            try await body(fixture, folder)
        }
    }

    @Test("shows where a node stands: what it lies in, and its neighbours")
    func place() async throws {
        try await withLaw(GivenLaw(label: "1", nodes: GivenLaw.chapter(3))) { fixture, _ in
            let middle = try await fixture.get("/api/law/g/t1/s2").json()
            let crumbs = middle["breadcrumbs"]?.arrayValue ?? []
            #expect(crumbs.map { $0["key"] } == ["/g/t1", "/g/t1/ch1"])
            #expect(crumbs.first == ["key": "/g/t1", "level": "title", "num": "Title 1—", "heading": "LIGHTS"])
            #expect(middle["previous"] == "/g/t1/s1")
            #expect(middle["next"] == "/g/t1/s3")
            #expect(middle["text"] == "Text. 2")
            #expect(try await fixture.get("/api/law/g/t1/s1").json()["previous"] == .null)
            #expect(try await fixture.get("/api/law/g/t1/s3").json()["next"] == .null)
            let top = try await fixture.get("/api/law/g/t1").json()
            #expect(top["breadcrumbs"] == [])
            let children = try await fixture.get("/api/law/g/t1/ch1/children").json()
            #expect(children["breadcrumbs"]?.arrayValue?.map { $0["key"] } == ["/g/t1"])
            let text = try await fixture.get("/api/law/g/t1/s2?format=text").text
            let narrow = try await fixture.get("/api/law/g/t1/s2?format=text&width=40")
            #expect(narrow.text.split(separator: "\n").allSatisfy { $0.count <= 40 })
            #expect(try await fixture.get("/api/law/g/t1/s2?format=text&width=7").status == 400)
            #expect(text.hasPrefix("Title 1—LIGHTS › CHAPTER 1—LANTERNS\n\n§ 3. Section 3\n"))
        }
    }

    @Test("answers 304 to a reader that has the node, without reading its record")
    func entityTags() async throws {
        try await withLaw(GivenLaw(label: "1", nodes: GivenLaw.chapter(2))) { fixture, folder in
            var tags: Set<String> = []
            for format in ["json", "text", "markdown"] {
                let path = "/api/law/g/t1/s1?format=\(format)"
                let answer = try await fixture.get(path)
                let tag = try #require(answer.headers.first(name: "etag"))
                #expect(tag.hasPrefix("\"") && tag.hasSuffix("\""))
                #expect(answer.headers.first(name: "cache-control") == "no-cache")
                #expect(try await fixture.get(path).headers.first(name: "etag") == tag)
                tags.insert(tag)
                for header in [tag, "W/\(tag)", "\"other\", \(tag)", "*"] {
                    let same = try await fixture.get(path, headers: [("If-None-Match", header)])
                    #expect(same.status == 304, "\(header)")
                    #expect(same.body.isEmpty)
                    #expect(same.headers.first(name: "etag") == tag)
                }
                #expect(try await fixture.get(path, headers: [("If-None-Match", "\"other\"")]).status == 200)
                let head = try await fixture.send(.HEAD, path)
                #expect(head.status == 200)
                #expect(head.body.isEmpty)
                #expect(head.headers.first(name: "etag") == tag)
                #expect(head.headers.first(name: "content-length") == "\(answer.body.count)")
            }
            #expect(tags.count == 3)

            // Another section has changed: this one's JSON names a new state, its Markdown is the same.
            let before = try await fixture.get("/api/law/g/t1/s1?format=markdown").headers.first(name: "etag")
            var nodes = GivenLaw.chapter(2)
            nodes[3].text = "Changed."
            try await fixture.ingest(GivenLaw(label: "2", nodes: nodes), into: folder)
            let json = try await fixture.get("/api/law/g/t1/s1").headers.first(name: "etag")
            #expect(!tags.contains(json ?? ""))
            #expect(try await fixture.get("/api/law/g/t1/s1?format=markdown").headers.first(name: "etag") == before)
            let old = try await fixture.get("/api/law/g/t1/s1?at=1").headers.first(name: "etag")
            #expect(tags.contains(old ?? ""))

            // With its packs gone a node cannot be read any more, but whoever has it may keep it.
            let objects = fixture.gateway.parts.stores.objects
            try await objects.delete(objects.list(prefix: "packs/", after: nil).objects.map(\.key))
            #expect(try await fixture.get("/api/law/g/t1/s1").status == 500)
            #expect(try await fixture.get("/api/law/g/t1/s1", headers: [("If-None-Match", json ?? "")]).status == 304)
        }
    }

    @Test(
        "chooses the form that Accept prefers",
        arguments: [
            ("text/plain", "text/plain; charset=utf-8"), ("text/markdown", "text/markdown; charset=utf-8"),
            ("application/json", "application/json"), ("*/*", "application/json"),
            ("text/*;q=0.5, text/markdown", "text/markdown; charset=utf-8"),
            ("text/html,application/xhtml+xml,*/*;q=0.8", "application/json"),
            ("application/json;q=0, */*;q=0.1", "text/plain; charset=utf-8"),
            ("TEXT/PLAIN; q=0.9, application/json; q=0.2", "text/plain; charset=utf-8"),
        ]
    )
    func negotiation(accept: String, contentType: String) async throws {
        try await withLaw(GivenLaw(label: "1", nodes: GivenLaw.chapter(1))) { fixture, _ in
            let answer = try await fixture.get("/api/law/g/t1/s1", headers: [("Accept", accept)])
            #expect(answer.headers.first(name: "content-type") == contentType)
            #expect(answer.headers.first(name: "vary") == "Accept")
            let named = try await fixture.get("/api/law/g/t1/s1?format=markdown", headers: [("Accept", accept)])
            #expect(named.headers.first(name: "content-type") == "text/markdown; charset=utf-8")
        }
    }

    @Test("refuses forms that there are not")
    func unknownForms() async throws {
        try await withLaw(GivenLaw(label: "1", nodes: GivenLaw.chapter(1))) { fixture, _ in
            let format = try await fixture.get("/api/law/g/t1/s1?format=pdf")
            #expect(format.status == 400)
            #expect(try format.json()["parameter"] == "format")
            let accept = try await fixture.get("/api/law/g/t1/s1", headers: [("Accept", "image/png")])
            #expect(accept.status == 406)
            #expect(try accept.json()["type"] == "/problems/not-acceptable")
        }
    }

    @Test("pages through a node's children, in the state that the first page was read from")
    func pages() async throws {
        try await withLaw(GivenLaw(label: "1", nodes: GivenLaw.chapter(7))) { fixture, folder in
            let path = "/api/law/g/t1/ch1/children"
            let whole = try await fixture.get(path).json()
            let keys = try #require(whole["nodes"]?.arrayValue).map { $0["key"]?.stringValue }
            #expect(keys == ["/g/t1/ch1"] + (1...7).map { "/g/t1/s\($0)" })
            #expect(whole["next"] == .null)

            var paged: [String?] = []
            var cursor: String?
            var pages = 0
            repeat {
                let page = try await fixture.get(path + "?limit=3" + (cursor.map { "&cursor=\($0)" } ?? "")).json()
                paged += (page["nodes"]?.arrayValue ?? []).map { $0["key"]?.stringValue }
                #expect(page["label"] == "1")
                cursor = page["next"]?.stringValue
                pages += 1
                if pages == 1 {
                    // Another state becomes live meanwhile.
                    try await fixture.ingest(GivenLaw(label: "2", nodes: GivenLaw.chapter(8)), into: folder)
                }
            } while cursor != nil
            #expect(paged == keys)
            #expect(pages == 3)

            let first = try await fixture.get(path + "?limit=3&at=2").json()["next"]?.stringValue ?? ""
            #expect(try await fixture.get(path + "?at=1&cursor=\(first)").status == 400)
            #expect(try await fixture.get(path + "?cursor=nonsense").status == 400)
            #expect(try await fixture.get(path + "?depth=2&limit=3").status == 400)
            #expect(try await fixture.get(path + "?limit=0").status == 400)
            #expect(try await fixture.get("/api/law/g/t1/nothing/children").status == 404)
        }
    }

    @Test("answers 304 to a reader that has the children")
    func treeTags() async throws {
        try await withLaw(GivenLaw(label: "1", nodes: GivenLaw.chapter(3))) { fixture, folder in
            var tags: Set<String> = []
            let paths = ["", "?depth=2", "?limit=1"].map { "/api/law/g/t1/ch1/children\($0)" }
            for path in paths {
                let tag = try #require(try await fixture.get(path).headers.first(name: "etag"))
                tags.insert(tag)
                #expect(try await fixture.get(path, headers: [("If-None-Match", tag)]).status == 304)
            }
            #expect(tags.count == paths.count)
            try await fixture.ingest(GivenLaw(label: "2", nodes: GivenLaw.chapter(4)), into: folder)
            #expect(!tags.contains(try await fixture.get(paths[0]).headers.first(name: "etag") ?? ""))
        }
    }

    @Test("reaches keys with any characters, percent-encoded")
    func unusualKeys() async throws {
        let names = [
            "s2~2", "s471…474b", "s300a–1", "s1\u{202F}a", "s 9", "s1+2", "s?q=1#x", "s100%", "caf\u{E9}", "s\"1\"",
        ]
        var nodes = GivenLaw.chapter(0)
        for (index, name) in names.enumerated() { nodes.append(GivenLaw.section(name, index: index + 2, text: name)) }
        try await withLaw(GivenLaw(label: "1", nodes: nodes)) { fixture, _ in
            for name in names {
                let answer = try await fixture.get("/api/law/g/t1/\(PercentEncoding.encode(name))")
                #expect(try answer.json()["text"] == .string(name))
                let children = try await fixture.get("/api/law/g/t1/\(PercentEncoding.encode(name))/children")
                #expect(try children.json()["nodes"]?.arrayValue?.first?["key"] == .string("/g/t1/\(name)"))
            }
        }
    }

    @Test(
        "an export that cannot go on breaks off, so that nobody takes it for the whole",
        arguments: ["ndjson", "csv"]
    )
    func brokenExport(format: String) async throws {
        try await withLaw(GivenLaw(label: "1", nodes: GivenLaw.chapter(3))) { fixture, _ in
            let path = "/api/export?source=given&format=\(format)"
            #expect(try await fixture.get(path).status == 200)
            let objects = fixture.gateway.parts.stores.objects
            try await objects.delete(objects.list(prefix: "packs/", after: nil).objects.map(\.key))
            await #expect(throws: (any Error).self) { try await fixture.get(path) }
        }
    }
}
