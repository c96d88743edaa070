import FoundationEssentials
import IngotCore
import IngotFetch
import IngotLaw
import IngotTesting
import Logging
import Testing

@testable import IngotGateway

/// A law source whose nodes are given, so that tests can read any shape of law through a gateway.
struct GivenLaw: LawSource {
    var label: String
    var nodes: [LawNode]

    var readerVersion: Int { 1 }

    var description: SourceDescription {
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

    /// A chapter with sections below it.
    static func chapter(_ sections: Int, text: String = "Text.") -> [LawNode] {
        var title = LawNode(unit: "1", key: "/g/t1", parent: nil, level: "title", index: 0)
        title.num = "Title 1—"
        title.heading = "LIGHTS"
        var chapter = LawNode(unit: "1", key: "/g/t1/ch1", parent: "/g/t1", level: "chapter", index: 1)
        chapter.num = "CHAPTER 1—"
        chapter.heading = "LANTERNS"
        return [title, chapter]
            + (0..<sections).map { section("s\($0 + 1)", index: $0 + 2, text: "\(text) \($0 + 1)") }
    }

    static func section(_ name: String, index: Int, text: String = "Text.") -> LawNode {
        var node = LawNode(unit: "1", key: "/g/t1/\(name)", parent: "/g/t1/ch1", level: "section", index: index)
        node.num = "§ \(index)."
        node.heading = "Section \(index)"
        node.text = text
        node.blocks = [LawBlock(type: "p", text: text)]
        return node
    }
}

extension GatewayFixture {
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
                logger: GatewayFixture.quiet
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
    }
}

/// Takes reports and keeps none.
private struct SilentProgress: ProgressReporting {
    func progress(_ fraction: Double, _ message: String) {}
    func unit(_ unit: String, _ status: UnitStatus, counts: [String: Int64], error: JobFailure?) {}
    func log(_ line: String) {}
}
