import IngotCore
import IngotSamples
import IngotTesting
import NIOHTTP1
import Testing

@testable import IngotDashboard
@testable import IngotGateway

@Suite("The pages about sources", .timeLimit(.minutes(5)))
struct SourcePagesTests {
    @Test("A source of which nothing was ingested says so, and what a job can be asked for")
    func empty() async throws {
        try await DashboardFixture.with { fixture in
            let list = try await fixture.page("/sources")
            #expect(list.contains("nothing yet"))
            #expect(list.contains("href=\"/sources/usc/releases\""))
            let page = try await fixture.page("/sources/usc")
            #expect(page.contains("Nothing has been ingested yet."))
            #expect(page.contains("<code>titles</code>"))
            #expect(!page.contains("How it grew"))
            let answer = try await fixture.send(.GET, "/sources/none")
            #expect(answer.status == 404)
            #expect(answer.text.contains("There is no such source."))
        }
    }

    @Test("Revisions are paged and compared with the label before; growth is drawn")
    func revisions() async throws {
        try await DashboardFixture.with { fixture in
            try await fillRevisions(fixture, count: 60)
            let page = try await fixture.page("/sources/usc")
            #expect(page.contains("<strong>119-60</strong>"))
            #expect(page.contains("/compare?source=usc&amp;from=119-59&amp;to=119-60"))
            #expect(page.contains("ingot revert usc"))
            #expect(page.contains("60 units, 600 sections, 660 nodes"))
            #expect(page.contains("Size at each revision"))
            // The last row of a page is compared with the first of the next.
            #expect(page.contains("/compare?source=usc&amp;from=119-35&amp;to=119-36"))
            let next = try #require(page.firstMatch(of: /href="(\/sources\/usc\?cursor=\d+)" rel="next"/)).1
            let second = try await fixture.page(String(next))
            #expect(second.contains(">119-35<"))
            #expect(!second.contains("<th scope=\"row\">119-36</th>\n<td>"), "only the first page has it")
            #expect(!second.contains("ingot revert"))
        }
    }

    @Test("A label is text, whatever upstream calls it")
    func hostileLabel() async throws {
        try await DashboardFixture.with { fixture in
            try await fillRevisions(fixture, count: 2, label: "<script>alert(1)</script>&")
            for path in ["/", "/sources", "/sources/usc"] {
                let page = try await fixture.page(path)
                #expect(!page.contains("<script>alert"), "\(path)")
                #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&amp;"), "\(path)")
            }
        }
    }

    @Test("Releases are asked for only when their page is; a refusal is told")
    func releases() async throws {
        let folder = try TemporaryFolder()
        try folder.write("usc/xml_usc01@900-1.zip", "")
        try await DashboardFixture.with {
            $0.origins = ["usc": folder.path("usc"), "cga": folder.path("none")]
        } _: { fixture in
            let page = try await fixture.page("/sources/usc/releases")
            #expect(page.contains("900-1"))
            #expect(page.contains("not live"))
            let refused = try await fixture.send(.GET, "/sources/cga/releases")
            #expect(refused.status == 502)
            #expect(refused.text.contains("Upstream cannot be read."))
            #expect(try await fixture.send(.GET, "/sources/none/releases").status == 404)
        }
    }

    /// Rows as that many jobs would have written them, each with one unit of ten sections more.
    private func fillRevisions(_ fixture: DashboardFixture, count: Int, label: String = "119-") async throws {
        let database = fixture.gateway.parts.stores.database
        try await database.run(
            Statement(
                "INSERT INTO sources (id, name, jurisdiction, region, doc_type, live) VALUES ('usc', 'n', 'us', 'f', 's', ?1)",
                [SQLValue(count)]
            )
        )
        for number in 1...count {
            let values: [SQLValue] = [
                SQLValue(number), .text("\(label)\(number)"), .text(JobID.make().rawValue),
                .text(Timestamp.now().description), .text("u\(number)"),
            ]
            _ = try await database.batch(
                [
                    Statement(
                        """
                        INSERT INTO revisions (source_id, number, label, job_id, status, counts_json, created_at, promoted_at)
                        VALUES ('usc', CAST(?1 AS INTEGER), ?2, ?3, 'promoted', '{"added":11,"changed":0}', ?4, ?4)
                        """,
                        Array(values.prefix(4))
                    ),
                    Statement(
                        """
                        INSERT INTO revision_units
                        VALUES ('usc', ?3, CAST(?1 AS INTEGER), ?2, '', '', 11, 10, 100)
                        """,
                        [values[0], values[1], values[4]]
                    ),
                ],
                isIdempotent: false
            )
        }
    }
}
