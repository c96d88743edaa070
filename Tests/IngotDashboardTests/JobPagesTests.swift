import IngotCore
import IngotGateway
import NIOHTTP1
import Testing

@testable import IngotDashboard

@Suite("The pages about jobs", .timeLimit(.minutes(10)))
struct JobPagesTests {
    private static let hostile = #"<script>alert("x")</script>&'"#

    private func job(
        _ fixture: DashboardFixture,
        source: String = "probe",
        status: String = "succeeded",
        parameters: JSONValue = [:],
        message: String? = nil,
        error: JobFailure? = nil,
        result: JSONValue? = nil
    ) async throws -> String {
        let id = JobID.make()
        try await fixture.gateway.parts.stores.database.run(
            Statement(
                """
                INSERT INTO ingest_jobs (id, source, status, params_json, created_at, started_at, updated_at, finished_at,
                    message, error_json, result_json, attempt, max_attempts, progress)
                VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?5, ?5, ?6, ?7, ?8, 1, 3, 40)
                """,
                [
                    .text(id.rawValue), .text(source), .text(status), .text(parameters.canonicalText),
                    .text(Timestamp.now().description), SQLValue(message),
                    SQLValue(try error.map { try JSONText.string($0) }), SQLValue(result?.canonicalText),
                ]
            )
        )
        return id.rawValue
    }

    @Test("Without jobs the list says so, and where to start one")
    func empty() async throws {
        try await DashboardFixture.with { fixture in
            let page = try await fixture.page("/jobs")
            #expect(page.contains("No jobs yet."))
            #expect(page.contains("href=\"/jobs/new\""))
            let viewer = try await fixture.makeKey("viewer")
            #expect(!(try await fixture.page("/jobs", key: viewer)).contains("href=\"/jobs/new\""))
            #expect(try await fixture.page("/jobs?status=failed").contains("No job fits."))
        }
    }

    @Test("The list names each job by its parameters, with its state and what it came to")
    func list() async throws {
        try await DashboardFixture.with { fixture in
            let done = try await fixture.run("probe", ["events": 2])
            let failed = try await fixture.run("probe", ["fail": "made_up"])
            let page = try await fixture.page("/jobs")
            for job in [done, failed] {
                #expect(page.contains("href=\"/jobs/\(try #require(job["id"]?.stringValue))\""))
            }
            #expect(page.contains("</span> events 2</a>"))
            #expect(page.contains("<span class=\"status succeeded\">succeeded</span>"))
            #expect(page.contains("made_up: "))
            let filtered = try await fixture.page("/jobs?status=failed&source=probe")
            #expect(!filtered.contains("events 2"))
            #expect(filtered.contains("<option value=\"failed\" selected>"))
            #expect(try await fixture.send(.GET, "/jobs?status=nonsense").status == 400)
        }
    }

    @Test("The list is paged both ways, and no job is missed or shown twice")
    func paging() async throws {
        try await DashboardFixture.with { fixture in
            var all: [String] = []
            for number in 0..<120 {
                all.append(try await job(fixture, status: number.isMultiple(of: 10) ? "failed" : "succeeded"))
            }
            // Ids of one millisecond are in no order.
            all.sort(by: >)
            func ids(_ page: String) -> [String] {
                page.matches(of: /data-job="([^"]+)"/).map { String($0.1) }
            }
            func link(_ page: String, _ relation: String) -> String? {
                page.firstMatch(of: try! Regex("href=\"([^\"]+)\" rel=\"\(relation)\""))
                    .flatMap { $0.output[1].substring.map { String($0).replacing("&amp;", with: "&") } }
            }
            var pages: [[String]] = []
            var page = try await fixture.page("/jobs")
            #expect(link(page, "prev") == nil)
            #expect(page.contains("data-first=\"true\""))
            while true {
                pages.append(ids(page))
                guard let next = link(page, "next") else { break }
                page = try await fixture.page(next)
                #expect(!page.contains("data-first"))
            }
            #expect(pages.map(\.count) == [50, 50, 20])
            #expect(Array(pages.joined()) == all)
            page = try await fixture.page(try #require(link(page, "prev")))
            #expect(ids(page) == pages[1])
            page = try await fixture.page(try #require(link(page, "prev")))
            #expect(ids(page) == pages[0])
            #expect(link(page, "prev") == nil)
            #expect(page.contains("data-first=\"true\""))
            let failed = try await fixture.page("/jobs?status=failed")
            #expect(ids(failed).count == 12)
            #expect(link(failed, "next") == nil)
        }
    }

    @Test("What a source or a caller says is shown as text on every page, whatever it holds")
    func escaping() async throws {
        try await DashboardFixture.with { fixture in
            var failure = JobFailure(
                code: "made_up",
                message: Self.hostile,
                unit: Self.hostile,
                place: SourcePlace(file: Self.hostile, line: 1, column: 1),
                advice: Self.hostile,
                details: [.string(Self.hostile), ["rule": .string(Self.hostile), "message": .string(Self.hostile)]]
            )
            failure.logTail = [Self.hostile]
            let failed = try await job(
                fixture,
                status: "failed",
                parameters: ["key": .string(Self.hostile), "list": [.string(Self.hostile)]],
                message: Self.hostile,
                error: failure
            )
            let done = try await job(
                fixture,
                message: Self.hostile,
                result: ["label": .string(Self.hostile), "revision": 1, "counts": ["<i>": 1]]
            )
            let other = try await job(fixture, result: ["text": .string(Self.hostile)])
            let database = fixture.gateway.parts.stores.database
            for id in [failed, done] {
                try await database.run(
                    Statement(
                        """
                        INSERT INTO ingest_job_units (job_id, unit, position, status, attempt, error_json, counts_json)
                        VALUES (?1, ?2, 0, 'failed', 1, ?3, '{"<b>":2}')
                        """,
                        [.text(id), .text(Self.hostile), .text(try JSONText.string(failure))]
                    )
                )
                try await database.run(
                    Statement(
                        """
                        INSERT INTO ingest_job_attempts
                            (job_id, attempt, started_at, finished_at, outcome, launcher, runner_handle, error_json)
                        VALUES (?1, 1, ?2, ?2, 'failed', ?3, ?3, ?4)
                        """,
                        [
                            .text(id), .text(Timestamp.now().description), .text(Self.hostile),
                            .text(try JSONText.string(failure)),
                        ]
                    )
                )
            }
            for path in ["/jobs", "/jobs/\(failed)", "/jobs/\(done)", "/jobs/\(other)", "/jobs/new?like=\(failed)"] {
                let page = try await fixture.page(path)
                #expect(!page.contains("<script>alert"), "\(path)")
                #expect(!page.contains("<b>"), "\(path)")
                #expect(!page.contains("<i>"), "\(path)")
                #expect(page.contains("&lt;script&gt;alert("), "\(path)")
            }
        }
    }

    @Test("A job that failed says why, what to do, where, and how its runner ended")
    func failed() async throws {
        try await DashboardFixture.with { fixture in
            let job = try await fixture.run("probe", ["fail": "made_up", "events": 1, "log_lines": 3])
            let page = try await fixture.page("/jobs/\(try #require(job["id"]?.stringValue))")
            #expect(page.contains("Why it failed"))
            #expect(page.contains("<code>made_up</code>"))
            #expect(page.contains("Leave &#39;fail&#39; out of the parameters.") || page.contains("Leave 'fail' out"))
            #expect(page.contains("probe log line 3"))
            #expect(page.contains("data-action=\"retry\""))
            #expect(!page.contains("data-action=\"cancel\""))
            #expect(page.contains("Attempt 1: failed"))
            #expect(page.contains("<figcaption>Memory</figcaption>"))
        }
    }

    @Test("A job of a law source shows its stages, units and what it changed")
    func law() async throws {
        try await DashboardFixture.with { fixture in
            let id = try await job(
                fixture,
                source: "usc",
                parameters: ["titles": ["1", "3"]],
                message: "revision 2 is visible",
                result: [
                    "label": "119-36", "revision": 2, "units": ["1", "3"],
                    "counts": ["nodes": 4300, "added": 12, "changed": 0, "removed": 3, "moved": 0],
                ]
            )
            let database = fixture.gateway.parts.stores.database
            for (position, unit) in ["1", "3"].enumerated() {
                try await database.run(
                    Statement(
                        """
                        INSERT INTO ingest_job_units (job_id, unit, position, status, attempt, counts_json)
                        VALUES (?1, ?2, ?3, 'done', 1, '{"sections":43}')
                        """,
                        [.text(id), .text(unit), SQLValue(position)]
                    )
                )
            }
            try await database.run(
                Statement(
                    """
                    INSERT INTO sources (id, name, jurisdiction, region, doc_type, live)
                    VALUES ('usc', 'United States Code', 'us', 'federal', 'statute', 2)
                    """
                )
            )
            for (number, label, owner) in [(1, "119-1", "other"), (2, "119-36", id)] {
                try await database.run(
                    Statement(
                        """
                        INSERT INTO revisions (source_id, number, label, job_id, status, created_at)
                        VALUES ('usc', ?1, ?2, ?3, 'promoted', ?4)
                        """,
                        [SQLValue(number), .text(label), .text(owner), .text(Timestamp.now().description)]
                    )
                )
            }
            let page = try await fixture.page("/jobs/\(id)")
            #expect(page.contains("titles 1, 3"))
            #expect(page.contains("2 units: 2 done"))
            #expect(page.contains("data-unit=\"3\""))
            #expect(page.contains("43 sections"))
            #expect(page.contains("Validation"))
            #expect(page.contains("4,300</strong>") || page.contains("4,300 nodes"))
            #expect(page.contains("/compare?source=usc&amp;from=119-1&amp;to=119-36&amp;change=added"))
            #expect(!page.contains("change=changed"))
        }
    }

    @Test("Two thousand units are all in the grid, and a page of them in the table")
    func manyUnits() async throws {
        try await DashboardFixture.with { fixture in
            let id = try await job(fixture, status: "running", message: "unit 7: writing")
            try await fixture.gateway.parts.stores.database.run(
                Statement(
                    """
                    WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1999)
                    INSERT INTO ingest_job_units (job_id, unit, position, status, attempt)
                    SELECT ?1, 'ch' || n, n, CASE WHEN n < 700 THEN 'done' WHEN n = 700 THEN 'running' ELSE 'pending' END, 1
                    FROM numbers
                    """,
                    [.text(id)]
                )
            )
            let page = try await fixture.page("/jobs/\(id)")
            #expect(page.contains("2,000 units: 700 done, 1 running, 1,299 waiting"))
            #expect(page.matches(of: /data-unit="/).count == 2000)
            #expect(page.contains("Units 1 to 100 of 2,000"))
            let later = try await fixture.page("/jobs/\(id)?units=1900")
            #expect(later.contains("Units 1,901 to 2,000 of 2,000"))
            #expect(!later.contains("Later units"))
            #expect(try await fixture.page("/jobs/\(id)?units=-5").contains("Units 1 to 100"))
            #expect(try await fixture.page("/jobs/\(id)?units=99999999").contains("Units 2,000 to 2,000"))
        }
    }

    @Test("Each role sees the actions that it may use")
    func roles() async throws {
        try await DashboardFixture.with { fixture in
            let id = try await fixture.start("probe", ["events": 1, "sleep_ms": 600_000])
            let viewer = try await fixture.makeKey("viewer")
            let page = try await fixture.page("/jobs/\(id)", key: viewer)
            #expect(!page.contains("data-action="))
            #expect(try await fixture.page("/jobs/\(id)").contains("data-action=\"cancel\""))
            let form = try await fixture.page("/jobs/new?source=probe", key: viewer)
            #expect(form.contains("needs the role operator"))
            #expect(!form.contains("<form id=\"job-form\""))
            let foreign = try await fixture.makeKey("operator", sources: ["usc"])
            #expect(try await fixture.send(.GET, "/jobs/\(id)", key: foreign).status == 404)
            #expect(!(try await fixture.page("/jobs", key: foreign)).contains(id))
            #expect(try await fixture.send(.GET, "/jobs/new?source=probe", key: foreign).status == 404)
            #expect(try await fixture.send(.POST, "/api/ingest/jobs/\(id)/cancel").status < 300)
        }
    }

    @Test("What is no job has a page that says so")
    func unknown() async throws {
        try await DashboardFixture.with { fixture in
            // Names of the API's own routes among them, one of which is a stream.
            for id in [JobID.make().rawValue, "nonsense", "%3Cscript%3E", "events", "%65vents", "new?like=events"] {
                let answer = try await fixture.send(.GET, "/jobs/\(id)")
                #expect(answer.status == 404, "\(id)")
                #expect(answer.text.contains("<h1"), "\(id)")
                #expect(!answer.text.contains("<script>"), "\(id)")
            }
        }
    }
}
