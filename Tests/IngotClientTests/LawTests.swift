import FoundationEssentials
import IngotClient
import IngotCore
import IngotSamples
import IngotTesting
import Testing

@Suite("Reading the law through the client", .fillsTheMachine, .timeLimit(.minutes(10)))
struct LawTests {
    /// A gateway whose upstream is a folder with two editions of a made-up title, both ingested.
    private func withLaw(_ body: @escaping @Sendable (GatewayClient) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        let sites = [folder.path("one"), folder.path("two")]
        for (index, site) in sites.enumerated() {
            try FileManager.default.createDirectory(atPath: site, withIntermediateDirectories: true)
            try SampleRelease.write(
                label: "900-\(index + 1)",
                titles: [SampleTitle(seed: 1, number: 1, sections: 60, edition: index + 1)],
                toFolder: site
            )
        }
        for site in sites {
            try await RunningGateway.run(in: folder, origins: ["usc": site]) { running in
                try await running.withClient { gateway in
                    let job = try await gateway.ingest("usc", parameters: ["titles": ["1"]])
                    try #require(job.status == .succeeded, "\(String(describing: job.error))")
                }
            }
        }
        try await RunningGateway.run(in: folder) { running in
            try await running.withClient { try await body($0) }
        }
    }

    @Test("Nodes, trees, labels, differences, words and exports are there as what they are")
    func reading() async throws {
        try await withLaw { gateway in
            let revisions = try await gateway.revisions(of: "usc")
            #expect(revisions.map(\.label) == ["900-2", "900-1"])
            #expect(revisions.map(\.isLive) == [true, false])
            let units = try await gateway.units(of: "usc")
            #expect(units.map(\.unit) == ["1"])
            let tree = try await gateway.tree(of: "/us/usc/t1")
            #expect(tree.label == "900-2" && !tree.isTruncated)
            let section = try #require(tree.nodes.first { $0.level == "section" })
            let node = try await gateway.node(section.key, at: "900-1")
            #expect(node.label == "900-1" && node.key == section.key && !node.text.isEmpty)
            #expect(node.breadcrumbs.first?.key == "/us/usc/t1")
            #expect(try await gateway.text(of: section.key, width: 60).contains(node.num))
            #expect(try await gateway.text(of: section.key, format: .markdown).contains("#"))
            var children: [String] = []
            for try await child in gateway.children(of: "/us/usc/t1", pageSize: 1).items { children.append(child.key) }
            #expect(children == tree.nodes.filter { $0.depth == 1 }.map(\.key))
            #expect(try await !gateway.history(of: section.key).isEmpty)
            _ = try await gateway.references(of: section.key)
            let difference = try await gateway.difference(of: "usc", from: "900-1", to: "900-2")
            #expect(difference.changes.count > 0)
            let changed = try #require(difference.changes.first { $0.fields.contains("text") })
            let words = try await gateway.difference(ofNode: changed.key, in: "usc", from: "900-1")
            let text = try #require(words.texts.first { $0.field == "text" })
            #expect(text.pieces.contains { $0.operation == .inserted || $0.operation == .deleted })
            var hits: [String] = []
            for try await hit in gateway.search(node.citation ?? node.num).items {
                hits.append(hit.key)
                break
            }
            #expect(hits == [section.key])
            var keys: [String] = []
            for try await line in gateway.export("usc").lines {
                keys.append(try #require(try JSONValue(parsing: line)["key"]?.stringValue))
            }
            #expect(keys.contains(section.key) && Set(keys).count == keys.count)
            var rows = 0
            for try await _ in gateway.export("usc", at: "900-1", as: .csv).lines { rows += 1 }
            #expect(rows > 60)
            var findings: [VerificationFinding] = []
            for try await finding in gateway.verify("usc") { findings.append(finding) }
            guard case .summary(let nodes, _, problems: 0)? = findings.first, findings.count == 1 else {
                Issue.record("\(findings)")
                return
            }
            #expect(nodes >= keys.count)
            #expect(try await gateway.sweep("usc").revisions == 0)
            #expect(try await gateway.revert("usc", reason: "trial").to.label == "900-1")
            #expect(try await gateway.node(section.key).label == "900-1")
        }
    }

    @Test("What is not there is a problem that says so")
    func absent() async throws {
        let folder = try TemporaryFolder()
        try await RunningGateway.run(in: folder) { running in
            try await running.withClient { gateway in
                let problem = await #expect(throws: GatewayProblem.self) {
                    try await gateway.node("/us/usc/t1/s1")
                }
                #expect(problem?.status == 404 && problem?.advice != nil)
                let nowhere = await #expect(throws: GatewayProblem.self) { try await gateway.releases(of: "nowhere") }
                #expect(nowhere?.kind == "unknown-source")
            }
        }
    }
}
