import IngotCore
import NIOHTTP1
import Testing

/// What becomes of a request for a job.
enum SubmissionChecks {
    static let all = [
        ProtocolCheck("202 with the job's place and id, and the job is there then") { client in
            let answer = try await client.send(.POST, "/api/ingest/probe", json: ["events": 1])
            #expect(answer.status == 202)
            #expect(answer.headers.first(name: "content-type") == "application/json")
            let body = try answer.json()
            #expect(body.members == ["jobId"])
            let id = try #require(body["jobId"]?.stringValue)
            #expect(JobID(id) != nil)
            #expect(answer.headers.first(name: "location") == GatewayClient.path(of: id))
            let job = try await client.job(id)
            #expect(job["id"]?.stringValue == id)
            #expect(job["source"] == "probe")
            #expect(job["parameters"] == ["events": 1])
            #expect(try await client.end(of: id).status == "succeeded")
        },
        ProtocolCheck("An unknown source is not found, and the answer says which there are") { client in
            let answer = try await client.send(.POST, "/api/ingest/atlantis", json: [:])
            let problem = try expectProblem(answer, 404, "unknown-source")
            #expect(problem["sources"]?.arrayValue?.contains("probe") == true)
            #expect(problem["instance"] == "/api/ingest/atlantis")
        },
        ProtocolCheck("Wrong parameters are refused with the name of each") { client in
            let answer = try await client.send(
                .POST,
                "/api/ingest/probe",
                json: ["events": -1, "sleep_ms": "long", "colour": "red", "key": "two words", "fail": "X"]
            )
            let problem = try expectProblem(answer, 422, "invalid-parameters")
            let errors = problem["errors"]?.arrayValue ?? []
            #expect(
                errors.compactMap { $0["pointer"]?.stringValue }.sorted()
                    == ["/colour", "/events", "/fail", "/key", "/sleep_ms"]
            )
            #expect(errors.allSatisfy { $0["detail"]?.stringValue?.isEmpty == false })
        },
        ProtocolCheck("A parameter above its maximum and one that is no whole number are refused") { client in
            for parameters: JSONValue in [["events": 1_000_001], ["events": .number(1.5)], ["ignore_stop": 1]] {
                let answer = try await client.send(.POST, "/api/ingest/probe", json: parameters)
                try expectProblem(answer, 422, "invalid-parameters")
            }
        },
        ProtocolCheck("What is not JSON is refused, and so is JSON that is no object") { client in
            for text in ["{", "nonsense", "{}{}"] {
                let answer = try await client.send(.POST, "/api/ingest/probe", bytes: Array(text.utf8))
                try expectProblem(answer, 400, "malformed-json")
            }
            for json: JSONValue in [.array([1]), "text", 7, .null] {
                let answer = try await client.send(.POST, "/api/ingest/probe", json: json)
                try expectProblem(answer, 422, "invalid-parameters")
            }
        },
        ProtocolCheck("A body of more than 1 MiB is refused") { client in
            let bytes = Array("{\"key\":\"\(String(repeating: "x", count: 1 << 20))\"}".utf8)
            let problem = try expectProblem(
                try await client.send(.POST, "/api/ingest/probe", bytes: bytes),
                413,
                "body-too-large"
            )
            #expect(problem["limit"]?.integerValue == 1 << 20)
        },
        ProtocolCheck("No body means no parameters, whatever its type is said to be") { client in
            let headers = [("content-type", "text/plain"), ("prefer", "wait=60")]
            let answer = try await client.send(.POST, "/api/ingest/probe", headers: headers)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(try answer.json()["parameters"] == [:])
        },
        ProtocolCheck("The same request with the same key is the same job, and another one is refused") { client in
            let headers = [("idempotency-key", "once-\(JobID.make())")]
            var ids: Set<String> = []
            for text in ["{\"events\":1,\"key\":\"k\"}", "{ \"key\" : \"k\", \"events\": 1 }"] {
                let bytes = Array(text.utf8)
                let answer = try await client.send(.POST, "/api/ingest/probe", bytes: bytes, headers: headers)
                #expect(answer.status == 202)
                ids.insert(try #require(try answer.json()["jobId"]?.stringValue))
            }
            #expect(ids.count == 1)
            let id = try #require(ids.first)
            #expect(try await client.job(id)["idempotency_key"]?.stringValue == headers[0].1)
            for (path, parameters) in [
                ("probe", ["events": 2] as JSONValue), ("probe?priority=3", ["events": 1, "key": "k"]),
            ] {
                let answer = try await client.send(.POST, "/api/ingest/\(path)", json: parameters, headers: headers)
                let problem = try expectProblem(answer, 409, "idempotency-conflict")
                #expect(problem["jobId"]?.stringValue == id)
            }
            // The end of the job changes nothing about that.
            _ = try await client.end(of: id)
            let late = try await client.send(
                .POST,
                "/api/ingest/probe",
                json: ["events": 1, "key": "k"],
                headers: headers
            )
            #expect(try late.json()["jobId"]?.stringValue == id)
        },
        ProtocolCheck("Eight requests at once with one key are one job") { client in
            let key = "many-\(JobID.make())"
            let ids = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        let headers = [("idempotency-key", key)]
                        let answer = try await client.send(.POST, "/api/ingest/probe", json: [:], headers: headers)
                        #expect(answer.status == 202, "\(answer.text)")
                        return try #require(try answer.json()["jobId"]?.stringValue)
                    }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
            _ = try await client.end(of: try #require(ids.first))
        },
        ProtocolCheck("A key that is empty, too long or not printable is refused") { client in
            for key in [String(repeating: "k", count: 256), "ta\tb"] {
                let answer = try await client.send(
                    .POST,
                    "/api/ingest/probe",
                    json: [:],
                    headers: [("idempotency-key", key)]
                )
                #expect(try expectProblem(answer, 400, "invalid-header")["header"] == "Idempotency-Key")
            }
        },
        ProtocolCheck("Prefer: wait answers with the job when it ends in time") { client in
            let answer = try await client.send(
                .POST,
                "/api/ingest/probe",
                json: ["events": 2],
                headers: [("prefer", "respond-async, wait=60")]
            )
            #expect(answer.status == 200)
            let job = try answer.json()
            #expect(job.status == "succeeded")
            let id = try #require(job["id"]?.stringValue)
            #expect(answer.headers.first(name: "content-location") == GatewayClient.path(of: id))
            #expect(answer.headers.first(name: "preference-applied") == "wait=60")
            #expect(try await client.job(id) == job)
        },
        ProtocolCheck("Prefer: wait answers 202 when it does not, and so does a preference that is none") { client in
            for preference in ["wait=1", "wait=soon", "wait=-5"] {
                let answer = try await client.send(
                    .POST,
                    "/api/ingest/probe",
                    json: ["sleep_ms": 60_000],
                    headers: [("prefer", preference)]
                )
                #expect(answer.status == 202)
                try await client.dispose(of: try #require(try answer.json()["jobId"]?.stringValue))
            }
        },
        ProtocolCheck("Options are kept, and those that are none or out of range are refused") { client in
            let id = try await client.submit(["events": 1], options: "?priority=7&max_attempts=2&wall_seconds=50")
            let job = try await client.job(id)
            #expect(job["priority"] == 7)
            #expect(job["max_attempts"] == 2)
            #expect(job["limits"] == ["wall_seconds": 50])
            for query in [
                "priority=101", "priority=high", "max_attempts=0", "max_attempts=11", "colour=red", "wall_seconds=0",
            ] {
                let answer = try await client.send(.POST, "/api/ingest/probe?\(query)", json: [:])
                let problem = try expectProblem(answer, 400, "invalid-query")
                #expect(problem["parameter"]?.stringValue == query.split(separator: "=").first.map(String.init))
            }
            _ = try await client.end(of: id)
        },
        ProtocolCheck("A wrong method is told the right ones, and a path that leads nowhere is not found") { client in
            let wrong = try await client.send(.DELETE, "/api/ingest/probe")
            #expect(wrong.status == 405)
            #expect(wrong.headers.first(name: "allow")?.contains("POST") == true)
            let nowhere = try await client.get("/api/ingest/jobs/nothing/at/all")
            #expect(nowhere.status == 404)
            #expect(nowhere.headers.first(name: "content-type") == "application/problem+json")
        },
    ]
}
