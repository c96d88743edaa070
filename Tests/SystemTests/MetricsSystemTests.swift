import AsyncHTTPClient
import FoundationEssentials
import IngotCore
import IngotTesting
import NIOCore
import NIOHTTP1
import StandInSite
import Subprocess
import SystemPackage
import Testing

@Suite("What is counted, from the runner to Prometheus", .timeLimit(.minutes(10)))
struct MetricsSystemTests {
    @Test("Runners' counts are those of the stores themselves")
    func countsOfRunners() async throws {
        let folder = try TemporaryFolder()
        let release = try folder.sample("release", label: "900-1", titles: [1])
        let data = folder.path("data")
        try await RunningGateway.run(data: data, arguments: ["--origin", "usc=\(release)"]) { gateway in
            let id = try await gateway.submit("usc", ["titles": ["1"]])
            try await gateway.events(of: id)
            try #require(try await gateway.job(id).status == .succeeded)
            let metrics = try await gateway.metrics()
            func sum(_ name: String, _ labels: String...) -> Double {
                metrics.split(separator: "\n").filter { line in
                    line.hasPrefix("\(name){") && labels.allSatisfy { line.contains($0) }
                }.compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
            }
            let runner = ["component=\"runner\"", "source=\"usc\""]
            let calls = sum("ingot_d1_calls_total", runner[0], runner[1])
            let requests = sum("ingot_s3_requests_total", runner[0], runner[1])
            #expect(calls > 5 && requests > 1)
            // The embedded stores are asked over HTTP by runners alone, and count for themselves.
            #expect(calls == sum("ingot_embedded_requests_total", "store=\"embedded D1\""))
            #expect(requests == sum("ingot_embedded_requests_total", "store=\"embedded R2\""))
            #expect(sum("ingot_d1_rows_written_total", runner[0]) > 40)
            #expect(sum("ingot_d1_rows_read_total", runner[0]) > 0)
            #expect(sum("ingot_s3_sent_bytes_total", runner[0]) > 1000)
            #expect(sum("ingot_d1_failures_total") == 0)
            // The runner says in its log what its client counted.
            let log = try await gateway.text("/api/ingest/jobs/\(id)/logs")
            let line = try #require(log.split(separator: "\n").last { $0.contains("calls to the database: ") })
            #expect(Double(line.split(separator: " ").last ?? "") == calls)
        }
    }

    @Test("Requests to a site are counted by host and status, as the site itself counts them")
    func fetches() async throws {
        let folder = try TemporaryFolder()
        _ = try folder.sample("site/download/releasepoints/us/pl/900/5", label: "900-5", titles: [1])
        try folder.write("site/download/download.shtml", UpstreamSite.page(label: "900-5", titles: [1]))
        try await StandInSite.serving(folder.path("site"), as: .uscode) { site in
            try await RunningGateway.run(
                data: folder.path("data"),
                arguments: ["--origin", "usc=\(site.address)"]
            ) { gateway in
                let id = try await gateway.submit("usc", ["titles": ["1"]])
                try await gateway.events(of: id)
                try #require(try await gateway.job(id).status == .succeeded)
                let metrics = try await gateway.metrics()
                let answered = Dictionary(grouping: site.log.requests.compactMap(\.status)) { $0 }
                #expect(answered[200]?.count ?? 0 >= 2)
                for (status, requests) in answered {
                    let line = try #require(
                        metrics.split(separator: "\n").first {
                            $0.hasPrefix("ingot_fetch_requests_total{") && $0.contains("status=\"\(status)\"")
                        },
                        "\(status)"
                    )
                    #expect(line.contains("host=\"127.0.0.1") && line.hasSuffix(" \(requests.count)"), "\(line)")
                }
            }
        }
    }

    @Test("Logs as JSON are one object a line, with the names of request, job and trace")
    func jsonLogs() async throws {
        let folder = try TemporaryFolder()
        let errors = folder.path("errors")
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        try await RunningGateway.run(
            data: folder.path("data"),
            arguments: ["--log-format", "json", "--log-level", "debug"],
            errors: errors
        ) { gateway in
            let answer = try await gateway.send(
                .POST,
                "/api/ingest/probe",
                [:],
                headers: [("X-Request-Id", "req-42"), ("traceparent", "00-\(trace)-00f067aa0ba902b7-01")]
            )
            let id = try #require(answer.body["jobId"]?.stringValue)
            try await gateway.events(of: id)
            #expect(try await gateway.job(id).traceID == trace)
        }
        let lines = try WholeFile.text(errors).split(separator: "\n")
        let objects = try lines.map { try JSONValue(parsing: $0.utf8) }
        #expect(objects.count > 3)
        for object in objects {
            for name in ["level", "label", "message"] { #expect(object[name]?.stringValue?.isEmpty == false) }
            let time = try #require(object["time"]?.stringValue)
            #expect(time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil, "\(time)")
            #expect(object.objectValue?.values.allSatisfy { $0.stringValue != nil } == true)
        }
        let request = try #require(objects.first { $0["request"] == "req-42" })
        #expect(request["message"] == "Request" && request["trace"]?.stringValue == trace && request["status"] == "202")
        let start = try #require(objects.first { $0["message"] == "Attempt starts" })
        #expect(start["trace"]?.stringValue == trace && start["job"] != nil && start["span"]?.stringValue?.count == 16)
        let key = try RunningGateway.localKey(of: folder.path("data")).revealed
        #expect(!lines.contains { $0.contains(key) })
    }

    @Test(
        "The files for Prometheus hold against a real gateway",
        .enabled(if: ThirdParty.prometheus("promtool") != nil, "promtool is \(ThirdParty.absence)")
    )
    func checksFiles() async throws {
        let folder = try TemporaryFolder()
        try await RunningGateway.run(data: folder.path("data")) { gateway in
            let id = try await gateway.submit("probe", [:])
            try await gateway.events(of: id)
            let checkout = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
            let outcome = try await Subprocess.run(
                .path(FilePath("\(checkout)/scripts/check-monitoring")),
                arguments: [gateway.url],
                environment: .inherit.updating(["INGOT_KEY": gateway.key.revealed]),
                output: .string(limit: 1 << 20),
                error: .combinedWithOutput
            )
            #expect(outcome.terminationStatus == .exited(0), "\(outcome.standardOutput)")
        }
    }

    @Test(
        "A real Prometheus scrapes a gateway and answers what it counted",
        .enabled(if: ThirdParty.prometheus("prometheus") != nil, "Prometheus is \(ThirdParty.absence)")
    )
    func scrapes() async throws {
        let folder = try TemporaryFolder()
        let program = try #require(ThirdParty.prometheus("prometheus"))
        try await RunningGateway.run(data: folder.path("data")) { gateway in
            let id = try await gateway.submit("probe", [:])
            try await gateway.events(of: id)
            let key = folder.path("key")
            try gateway.key.revealed.write(toFile: key, atomically: true, encoding: .utf8)
            let target = gateway.url.dropFirst("http://".count)
            let configuration = folder.path("prometheus.yaml")
            try """
            scrape_configs:
              - job_name: ingot
                scrape_interval: 2s
                scrape_timeout: 2s
                authorization: {type: Bearer, credentials_file: '\(key)'}
                static_configs: [{targets: ['\(target)']}]
            """.write(toFile: configuration, atomically: true, encoding: .utf8)
            let port = try FreePorts.take(1)[0]
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    _ = try await Subprocess.run(
                        .path(FilePath(program)),
                        arguments: [
                            "--config.file=\(configuration)", "--storage.tsdb.path=\(folder.path("tsdb"))",
                            "--web.listen-address=127.0.0.1:\(port)", "--log.level=error",
                        ],
                        output: .discarded,
                        error: .discarded
                    )
                }
                defer { group.cancelAll() }
                let query = "ingot_jobs_ended_total%7Bsource%3D%22probe%22%2Cstatus%3D%22succeeded%22%7D"
                let value = try await eventually {
                    let address = "http://127.0.0.1:\(port)/api/v1/query?query=\(query)"
                    let answer = try? await gateway.client.execute(
                        HTTPClientRequest(url: address),
                        timeout: .seconds(5)
                    )
                    // While it starts it says so in plain text.
                    guard let answer, answer.status == .ok else { return nil as String? }
                    let bytes = try await answer.body.collect(upTo: 1 << 20)
                    let json = try JSONValue(parsing: bytes.readableBytesView)
                    return json["data"]?["result"]?.arrayValue?.first?["value"]?.arrayValue?.last?.stringValue
                }
                #expect(value == "1")
            }
        }
    }

    /// Asks until there is an answer.
    private func eventually<Value>(_ ask: () async throws -> Value?) async throws -> Value {
        let end = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < end {
            if let value = try await ask() { return value }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw NoAnswer()
    }

    private struct NoAnswer: Error {}
}

extension RunningGateway {
    fileprivate func metrics() async throws -> String { try await text("/metrics") }

    fileprivate func text(_ path: String) async throws -> String {
        var request = HTTPClientRequest(url: url + path)
        request.headers.add(name: "authorization", value: "Bearer \(key.revealed)")
        let response = try await client.execute(request, timeout: .seconds(60))
        #expect(response.status == .ok)
        return String(buffer: try await response.body.collect(upTo: 16 << 20))
    }
}
