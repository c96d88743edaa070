import IngotCore
import NIOHTTP1
import Testing

/// Lists, units, logs, and the small routes.
enum ListChecks {
    static let all = [
        ProtocolCheck("Jobs are listed from the newest on, page by page, each once") { client in
            var made: [String] = []
            for _ in 0..<5 { made.insert(try await client.submit(["events": 1]), at: 0) }
            var listed: [String] = []
            var query = "?limit=2"
            while !Set(made).isSubset(of: listed) {
                let page = try (try await client.get("/api/ingest/jobs\(query)")).json()
                let jobs = page["jobs"]?.arrayValue ?? []
                #expect(jobs.count <= 2)
                listed += jobs.compactMap { $0["id"]?.stringValue }
                guard let next = page["next"]?.stringValue else { break }
                #expect(jobs.count == 2)
                query = "?limit=2&cursor=\(next)"
            }
            #expect(listed == listed.sorted(by: >))
            #expect(Set(listed).count == listed.count)
            #expect(listed.filter(made.contains) == made)
            for id in made { _ = try await client.end(of: id) }
        },
        ProtocolCheck("The list can be narrowed by status and source") { client in
            let failed = try await client.submit(["fail": "probe_failed"])
            let job = try await client.end(of: failed)
            for status in ["queued", "running", "succeeded", "failed", "cancelled"] {
                let page = try (try await client.get("/api/ingest/jobs?status=\(status)&limit=200")).json()
                let jobs = try #require(page["jobs"]?.arrayValue)
                #expect(jobs.allSatisfy { $0.status == status })
                #expect(jobs.contains { $0["id"]?.stringValue == failed } == (status == "failed"))
                if status == "failed" { #expect(jobs.first { $0["id"]?.stringValue == failed } == job) }
            }
            let others = try (try await client.get("/api/ingest/jobs?source=cga")).json()
            #expect(others["jobs"] == [])
            let probes = try (try await client.get("/api/ingest/jobs?source=probe&limit=1")).json()
            #expect(probes["jobs"]?.arrayValue?.count == 1)
        },
        ProtocolCheck("A query that makes no sense is refused with the name of its part") { client in
            for (name, value) in [
                ("limit", "0"), ("limit", "201"), ("limit", "many"), ("status", "tired"), ("cursor", "nowhere"),
            ] {
                let problem = try expectProblem(
                    try await client.get("/api/ingest/jobs?\(name)=\(value)"),
                    400,
                    "invalid-query"
                )
                #expect(problem["parameter"]?.stringValue == name)
            }
        },
        ProtocolCheck("There is nothing of a job that is not there") { client in
            for job in [JobID.make().rawValue, "nothing"] {
                for rest in ["", "/units", "/logs", "/attempts"] {
                    try expectProblem(try await client.get(GatewayClient.path(of: job, rest)), 404, "unknown-job")
                }
            }
        },
        ProtocolCheck("A job without units has an empty list of them") { client in
            let id = try await client.submit(["events": 1])
            _ = try await client.end(of: id)
            #expect(try (try await client.get(GatewayClient.path(of: id, "/units"))).json() == ["units": []])
        },
        ProtocolCheck("The log is what the runner wrote, whole or its end") { client in
            let id = try await client.submit(["log_lines": 20, "events": 1])
            _ = try await client.end(of: id)
            let log = try await client.get(GatewayClient.path(of: id, "/logs"))
            #expect(log.status == 200)
            #expect(log.headers.first(name: "content-type")?.hasPrefix("text/plain") == true)
            let lines = log.text.split(separator: "\n").filter { $0.hasPrefix("probe log line") }
            #expect(lines == (1...20).map { "probe log line \($0)" })
            let tail = try await client.get(GatewayClient.path(of: id, "/logs?tail=2"))
            #expect(tail.text.split(separator: "\n").count == 2)
            #expect(log.text.hasSuffix(tail.text))
            for query in ["tail=-1", "tail=x", "follow=perhaps"] {
                let answer = try await client.get(GatewayClient.path(of: id, "/logs?\(query)"))
                try expectProblem(answer, 400, "invalid-query")
            }
        },
        ProtocolCheck("The log can be followed to its end") { client in
            let id = try await client.submit(["log_lines": 5, "events": 2, "interval_ms": 200])
            let path = GatewayClient.path(of: id, "/logs?follow=true")
            guard client.gateway.kind.keepsOutput else {
                try expectProblem(try await client.get(path), 406, "log-not-followed")
                return
            }
            let reading = try await client.read(stream: path)
            #expect(reading.isComplete)
            #expect(reading.events.last?.name == "end")
            let lines = reading.data(of: "log").flatMap { $0["lines"]?.arrayValue ?? [] }
            #expect(
                lines.filter { $0.stringValue?.hasPrefix("probe") == true }
                    == (1...5).map { .string("probe log line \($0)") }
            )
            #expect(reading.ids == reading.ids.sorted())
        },
        ProtocolCheck("Attempts are listed with what each came to") { client in
            let id = try await client.submit(["fail": "transient_trouble"], options: "?max_attempts=2")
            _ = try await client.end(of: id)
            let answer = try (try await client.get(GatewayClient.path(of: id, "/attempts"))).json()
            let attempts = try #require(answer["attempts"]?.arrayValue)
            #expect(attempts.compactMap { $0["attempt"]?.integerValue } == [1, 2])
            #expect(attempts.allSatisfy { $0["error"]?["code"] == "transient_trouble" })
        },
        ProtocolCheck("An attempt that has ended tells what its runner used, however it ended") { client in
            for parameters: JSONValue in [["memory_mib": 8], ["memory_mib": 8, "fail": "trouble"]] {
                let id = try await client.submit(parameters)
                _ = try await client.end(of: id)
                let answer = try (try await client.get(GatewayClient.path(of: id, "/attempts"))).json()
                let attempt = try #require(answer["attempts"]?.arrayValue?.first)
                #expect((attempt["peak_memory_bytes"]?.integerValue ?? 0) > 8 << 20, "\(attempt)")
                #expect(attempt["cpu_seconds"] != nil, "\(attempt)")
            }
        },
        ProtocolCheck("Sources with their parameters, health, readiness") { client in
            let answer = try (try await client.get("/api/sources")).json()
            let sources = try #require(answer["sources"]?.arrayValue)
            let names = Set(sources.compactMap { $0["id"]?.stringValue })
            #expect(names.isSuperset(of: ["probe", "usc", "cga"]))
            let probe = sources.first { $0["id"] == "probe" }
            #expect(probe?["parameters"]?["properties"]?["events"]?["maximum"] == 1_000_000)
            let health = try await client.get("/healthz", as: .none)
            #expect(health.status == 200)
            #expect(try health.json().status == "ok")
            let readiness = try await client.get("/readyz", as: .none)
            #expect(readiness.status == 200)
            #expect(try readiness.json().status == "ready")
        },
    ]
}
