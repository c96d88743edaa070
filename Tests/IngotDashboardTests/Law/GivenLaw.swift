import FoundationEssentials
import IngotCore
import IngotFetch
import IngotLaw
import IngotTesting
import Testing

@testable import IngotGateway

/// A law source whose nodes are given, so that pages of any shape of law can be looked at.
struct GivenLaw: LawSource {
    var label: String
    var nodes: [LawNode]

    var readerVersion: Int { 1 }

    var description: SourceDescription { Self.description }

    static var description: SourceDescription {
        SourceDescription(
            id: "given",
            name: "Given nodes",
            jurisdiction: "test",
            region: "test",
            documentType: "statute",
            parameters: ["type": "object", "properties": [:]],
            defaultOrigin: nil,
            isExclusive: true
        )
    }

    /// A gateway that knows this source, and one of which nothing is ever ingested.
    static func catalog() throws -> SourceCatalog {
        var other = description
        other.id = "elsewhere"
        return try SourceCatalog(descriptions: [description, other])
    }

    func plan(parameters: JSONValue, label _: String?, upstream: Upstream) async throws -> LawPlan {
        let unit = LawUnit(id: "1", files: [UpstreamFile(name: "\(label).txt", path: "\(label).txt")])
        return LawPlan(label: label, units: [unit])
    }

    func releases(upstream: Upstream) async throws -> [SourceRelease] { [] }

    func reader(for unit: LawUnit, captures: [Capture]) throws -> any LawNodeReader { Reader(nodes: nodes[...]) }

    func label(_ left: String, isOlderThan right: String) -> Bool { left < right }

    private struct Reader: LawNodeReader {
        var nodes: ArraySlice<LawNode>
        let fractionRead = 1.0
        let findings = LawReadingFindings(sourceCharacters: 1, keptCharacters: 1)

        mutating func next() throws -> LawNode? { nodes.popFirst() }
    }

    /// A title with a chapter and sections below it.
    static func title(_ sections: [LawNode]) -> [LawNode] {
        var title = LawNode(unit: "1", key: "/g/t1", parent: nil, level: "title", index: 0)
        title.num = "Title 1—"
        title.heading = "LIGHTS"
        var chapter = LawNode(unit: "1", key: "/g/t1/ch1", parent: "/g/t1", level: "chapter", index: 1)
        chapter.num = "CHAPTER 1—"
        chapter.heading = "LANTERNS"
        return [title, chapter] + sections
    }

    static func section(_ number: Int, _ blocks: [LawBlock]) -> LawNode {
        let name = "/g/t1/s\(number)"
        var node = LawNode(unit: "1", key: name, parent: "/g/t1/ch1", level: "section", index: number + 1)
        node.num = "§ \(number)."
        node.heading = "Lantern \(number)"
        node.citation = "1 G.L. § \(number)"
        node.blocks = blocks
        node.text = blocks.map { block in
            [block.label, block.heading, block.text].compactMap { $0 }.joined(separator: " ")
        }.joined(separator: "\n")
        return node
    }

    static func section(_ number: Int, _ text: String) -> LawNode { section(number, [LawBlock(type: "p", text: text)]) }
}

extension DashboardFixture {
    /// Puts nodes into the gateway's corpus as a job would.
    func ingest(_ law: GivenLaw, into folder: TemporaryFolder) async throws {
        let stores = gateway.parts.stores
        let job = JobID.make()
        try await stores.database.run(
            Statement(
                """
                INSERT INTO ingest_jobs (id, source, status, params_json, created_at, updated_at, attempt)
                VALUES (?1, 'given', 'running', '{}', ?2, ?2, 1)
                """,
                [.text(job.rawValue), .text(Timestamp.now().description)]
            )
        )
        try folder.write("origin/\(law.label).txt", "\(law.nodes)")
        try folder.write("work-\(job)/.keep", "")
        _ = try await LawIngestion(law) { captures in
            Fetcher(
                connections: UpstreamConnections(),
                captureFolder: captures,
                budget: RecordingRequestBudget(),
                robots: KeptRobotsFiles.none,
                logger: DashboardFixture.quiet
            )
        }.run(
            AttemptContext(
                job: job,
                attempt: 1,
                parameters: [:],
                origin: folder.path("origin"),
                database: stores.database,
                objects: stores.objects,
                progress: SilentProgress(),
                workFolder: folder.path("work-\(job)")
            )
        )
        // Its row must not hold up other jobs.
        try await stores.database.run(
            Statement("UPDATE ingest_jobs SET status = 'succeeded' WHERE id = ?1", [.text(job.rawValue)])
        )
    }

    /// Runs `body` with states of given law, oldest first.
    static func withLaw(
        _ states: [GivenLaw],
        _ body: (DashboardFixture, TemporaryFolder) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        try await with(catalog: try GivenLaw.catalog()) { fixture in
            for state in states { try await fixture.ingest(state, into: folder) }
            try await body(fixture, folder)
        }
    }
}

/// Takes reports and keeps none.
private struct SilentProgress: ProgressReporting {
    func progress(_ fraction: Double, _ message: String) {}
    func unit(_ unit: String, _ status: UnitStatus, counts: [String: Int64], error: JobFailure?) {}
    func log(_ line: String) {}
}
