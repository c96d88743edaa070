import IngotCore
import IngotTesting
import SystemPackage
import Testing

@testable import IngotGateway

@Suite("How a gateway lets its runners ask upstream", .timeLimit(.minutes(10)))
struct FetchSettingsStartTests {
    @Test(
        "A setting that runners could not work with keeps the gateway from starting",
        arguments: [("certificates", "no PEM at all"), ("certificates", " "), ("contact", "nobody")]
    )
    func refused(setting: String, value: String) async throws {
        try await ScratchFolder.with { folder in
            var configuration = GatewayFixture.configuration(folder)
            if setting == "contact" {
                configuration.fetchSettings.contact = value
            } else {
                configuration.fetchSettings.certificates = value
            }
            let error = await #expect(throws: GatewayError.self) { _ = try await Gateway(configuration: configuration) }
            #expect(error?.code == .fetchingUnusable)
            let name = setting == "contact" ? FetchSettings.Name.contact : FetchSettings.Name.certificates
            #expect(error?.message.contains(name) == true)
        }
    }

    @Test("Passing over robots.txt is in the audit log, and only when it is so")
    func recorded() async throws {
        for hosts in [["a.example", "b.example"], []] as [Set<String>] {
            try await GatewayFixture.with {
                $0.fetchSettings.hostsWithoutRobots = hosts
            } _: { fixture in
                let entries = try await fixture.get("/api/audit?limit=500").json()["entries"]?.arrayValue ?? []
                let entry = entries.first { $0["action"] == "start without robots.txt" }
                #expect(
                    entry?["details"]?["hosts"] == (hosts.isEmpty ? nil : ["a.example", "b.example"]),
                    "\(entries)"
                )
            }
        }
    }

    @Test("Runners ask as the gateway's settings say: by its name, within the site's rules", arguments: [false, true])
    func handedOn(isOverridden: Bool) async throws {
        let robots = "HTTP/1.1 200 OK\r\ncontent-length: 25\r\nconnection: close\r\n\r\nuser-agent: *\ndisallow: /"
        let site = try await RawServer([isOverridden ? "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n" : robots])
        try await GatewayFixture.with {
            $0.origins = ["usc": site.url]
            $0.fetchSettings.contact = "law@example.org"
            if isOverridden { $0.fetchSettings.hostsWithoutRobots = ["127.0.0.1"] }
        } _: { fixture in
            let answer = try await fixture.get("/api/sources/usc/releases")
            #expect(answer.status >= 400, "\(answer.text)")
            #expect(answer.text.contains("robots_disallowed") != isOverridden, "\(answer.text)")
            let posted = try await fixture.post("/api/ingest/usc", ["titles": ["1"]]).json()
            let id = try #require(posted["jobId"]?.stringValue)
            let job = try await fixture.end(of: try #require(JobID(id)))
            #expect(job.error?.code == (isOverridden ? "upstream_not_found" : "robots_disallowed"))
            let log = try await fixture.get("/api/ingest/jobs/\(id)/logs").text
            #expect(log.contains("robots.txt of 127.0.0.1 is not asked for") == isOverridden, "\(log)")
        }
        #expect(site.requests.count == 2)
        for head in site.requests {
            #expect(head.hasPrefix("get /robots.txt ") != isOverridden)
            #expect(head.contains("user-agent: ingot/\(IngotVersion.current) (+law@example.org)\r\n"))
        }
        try await site.close()
    }
}
