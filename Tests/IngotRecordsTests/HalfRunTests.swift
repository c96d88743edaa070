import IngotCore
import IngotIowaCorrections
import IngotIowaRegistry
import IngotPoliceToCitizen
import IngotRecords
import IngotTesting
import RecordSites
import Testing

/// Whichever request of a run fails, nothing is half done: the failed attempt marks nobody as gone, and the job ends
/// with all rows.
@Suite("A run of records that is broken off")
struct HalfRunTests {
    /// A source in front of a site that has rows for several requests.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var source: any RecordSource
        var parameters: JSONValue
        var site: @Sendable () -> any SiteImitation

        var testDescription: String { name }
    }

    private static let rows = MadeUpRows(seed: 21)

    @Sendable private static func classicPortal() -> any SiteImitation {
        var contents = ClassicPortalSite.Contents()
        contents.closedCalls = rows.classicCalls(25, areClosed: true)
        contents.currentCalls = rows.classicCalls(2, areClosed: false, from: 101)
        contents.inmates = rows.inmates(3)
        for day in ["01/09/2026", "01/10/2026"] { contents.bulletins[day] = rows.bulletin(4, day: day) }
        return ClassicPortalSite(contents)
    }

    @Sendable private static func newerPortal() -> any SiteImitation {
        NewerPortalSite(
            calls: rows.newerCalls(30),
            inmates: rows.newerInmates(30),
            announcesInmates: true,
            mostRows: 12
        )
    }

    static let cases: [Case] = [
        Case(name: "calls", source: CallsSource(), parameters: ["rows": 10, "workers": 1], site: classicPortal),
        Case(name: "newer calls", source: CallsSource(), parameters: ["portal": "newer"], site: newerPortal),
        Case(
            name: "bulletin",
            source: BulletinSource(),
            parameters: ["days": 2, "until": "2026-01-10", "chunk_size": 1],
            site: classicPortal
        ),
        Case(name: "inmates", source: InmatesSource(), parameters: [:], site: classicPortal),
        Case(name: "newer inmates", source: InmatesSource(), parameters: ["portal": "newer"], site: newerPortal),
        Case(name: "corrections", source: CorrectionsSource(), parameters: ["workers": 1]) {
            CorrectionsSite(rows.offenders(27))
        },
        Case(name: "registry", source: RegistrySource(), parameters: ["workers": 1]) {
            RegistrySite(rows.registrants(4))
        },
    ]

    @Test("marks nobody as gone, and has all rows in the end, whatever request fails", arguments: cases)
    func anyRequest(of one: Case) async throws {
        let imitation = one.site()
        let whole = try await RecordStore()
        let requests = try await RecordSite.serving(imitation) { site in
            try await whole.attempt(one.source, at: site.address, one.parameters)
            return site.requests.count
        }
        let expected = try await whole.contents()
        #expect(requests > 3 && !expected.isEmpty)
        let store = try await RecordStore()
        try await RecordSite.serving(imitation) { site in
            for index in 0..<requests where index < 6 || index > requests - 3 || index % 5 == 0 {
                for fault in [RecordSiteFault.status(503), .page("<html>maintenance</html>")] {
                    site.fail(fault, after: index, times: 1)
                    let job = try await store.job()
                    let result: JSONValue
                    do {
                        result = try await store.attempt(one.source, at: site.address, one.parameters, job: job)
                        // A newer portal's page in the place of data may be a stale session, which is renewed.
                        if case .status = fault { Issue.record("request \(index) has failed, the attempt has not") }
                    } catch let failure as JobFailure {
                        #expect(failure.isTransient, "request \(index): \(failure)")
                        #expect(try await store.count("gone_at IS NOT NULL") == 0, "request \(index)")
                        #expect(try await Self.status(of: job, in: store) == "running", "request \(index)")
                        result = try await store.attempt(
                            one.source,
                            at: site.address,
                            one.parameters,
                            job: job,
                            attempt: 2
                        )
                    }
                    site.stopFailing()
                    #expect(result["gone"]?.integerValue == 0, "request \(index)")
                    #expect(try await Self.status(of: job, in: store) == "done", "request \(index)")
                    #expect(try await store.contents() == expected, "request \(index)")
                }
            }
        }
    }

    @Test("gives the same result again when the attempt that finished it could not say so", arguments: cases)
    func unreportedEnd(of one: Case) async throws {
        let store = try await RecordStore()
        try await RecordSite.serving(one.site()) { site in
            let job = try await store.job()
            let first = try await store.attempt(one.source, at: site.address, one.parameters, job: job)
            let again = try await store.attempt(one.source, at: site.address, one.parameters, job: job, attempt: 2)
            #expect(first == again)
            #expect((first["rows"]?.integerValue ?? 0) > 0)
        }
    }

    private static func status(of job: JobID, in store: RecordStore) async throws -> String? {
        try await store.database.rows(
            "SELECT status FROM ingest_job_units WHERE job_id = ?1 AND unit = 'run'",
            [.text(job.rawValue)]
        ).first?.string("status")
    }
}
