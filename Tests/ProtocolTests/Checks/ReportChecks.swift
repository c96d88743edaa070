import IngotCore
import NIOHTTP1
import Testing

/// `POST …/progress`, which only the attempt's token opens.
enum ReportChecks {
    static let all = [
        ProtocolCheck("Only the token of one of the job's attempts opens it") { client in
            let id = try await client.submitSleeper()
            let other = try await client.submitSleeper()
            let report: JSONValue = ["attempt": 1, "events": [["seq": 500, "type": "heartbeat"]]]
            let path = GatewayClient.path(of: id, "/progress")
            let credentials: [GatewayClient.Credential] = [
                .none, .key, .bearer(Secret("wrong")), .bearer(try client.gateway.tap.token(of: other)),
            ]
            for credential in credentials {
                let answer = try await client.send(.POST, path, json: report, as: credential)
                try expectProblem(answer, 401, "invalid-token")
                #expect(answer.headers.first(name: "www-authenticate")?.hasPrefix("Bearer") == true)
            }
            // Whoever has no token of it learns nothing of which jobs there are.
            let unknown = GatewayClient.path(of: JobID.make().rawValue, "/progress")
            let token = try client.gateway.tap.token(of: id)
            try expectProblem(
                try await client.send(.POST, unknown, json: report, as: .bearer(token)),
                401,
                "invalid-token"
            )
            // And the token opens nothing else.
            #expect(try await client.get(GatewayClient.path(of: id), as: .bearer(token)).status == 401)
            #expect(try await client.send(.POST, path, json: report, as: .bearer(token)).status == 200)
            try await client.dispose(of: other)
            try await client.dispose(of: id)
        },
        ProtocolCheck("Repeated and old numbers are harmless, gaps are allowed, the answer says how far it is") {
            client in
            let id = try await client.submitSleeper()
            let token = try client.gateway.tap.token(of: id)
            func accepted(_ events: [JSONValue]) async throws -> Int64? {
                let answer = try await client.report(events, job: id, token: token)
                #expect(answer.status == 200, "\(answer.text)")
                let body = try answer.json()
                #expect(body.members == ["accepted", "stop"])
                #expect(body["stop"] == false)
                return body["accepted"]?.integerValue
            }
            let two = [progress(1000, 40), progress(1001, 41)]
            #expect(try await accepted(two) == 1001)
            let before = try await client.job(id)
            #expect(before["message"] == "report 1001")
            #expect(before["progress"] == 41)
            #expect(try await accepted(two) == 1001)
            #expect(try await accepted([progress(3, 99)]) == 1001)
            #expect(try await accepted([]) == 1001)
            var now = try await client.job(id)
            #expect(now["last_seq"] == before["last_seq"])
            #expect(now["progress"] == 41)
            #expect(try await accepted([progress(1001, 7), progress(1002, 42)]) == 1002)
            #expect(try await accepted([progress(5000, 43)]) == 5000)
            now = try await client.job(id)
            #expect(now["last_seq"]?.integerValue == (before["last_seq"]?.integerValue ?? 0) + 2)
            #expect(now["message"] == "report 5000")
            try await client.dispose(of: id)
        },
        ProtocolCheck("What is reported comes to the watchers as it was said, within its bounds") { client in
            let id = try await client.submitSleeper()
            let token = try client.gateway.tap.token(of: id)
            let start = try #require(try await client.job(id)["last_seq"]?.integerValue)
            let unit: JSONValue = [
                "seq": 2001, "type": "unit", "unit": "7", "unit_status": "done", "counts": ["nodes": 12],
            ]
            let long: JSONValue = [
                "seq": 2002, "type": "progress", "progress": 250,
                "message": .string(String(repeating: "m", count: 70_000)),
            ]
            let low: JSONValue = ["seq": 2003, "type": "progress", "progress": -3]
            #expect(try await client.report([unit, long, low], job: id, token: token).status == 200)
            let reading = try await client.read(eventsOf: id, query: "?after=\(start)") { $0.id == start + 3 }
            #expect(reading.events.map(\.name) == ["unit", "progress", "progress"])
            let told = reading.events[0].data
            #expect(told["unit"] == "7")
            #expect(told["status"] == "done")
            #expect(told["counts"] == ["nodes": 12])
            #expect(reading.events[1].data["progress"] == 100)
            #expect(reading.events[1].data["message"]?.stringValue?.count == 65_536)
            #expect(reading.events[2].data["progress"] == 0)
            try await client.dispose(of: id)
        },
        ProtocolCheck("A report that cannot be read, or is too large, is refused and changes nothing") { client in
            let id = try await client.submitSleeper()
            let token = try client.gateway.tap.token(of: id)
            let before = try await client.job(id)
            let path = GatewayClient.path(of: id, "/progress")
            for text in [
                "", "{", "[]", "{\"attempt\":1}", "{\"attempt\":1,\"events\":[{\"seq\":1}]}",
                "{\"attempt\":\"1\",\"events\":[]}",
            ] {
                let answer = try await client.send(.POST, path, bytes: Array(text.utf8), as: .bearer(token))
                try expectProblem(answer, 400, "malformed-json")
            }
            let huge = [UInt8](repeating: 0x20, count: (4 << 20) + 1)
            let answer = try await client.send(.POST, path, bytes: huge, as: .bearer(token))
            #expect(try expectProblem(answer, 413, "body-too-large")["limit"]?.integerValue == 4 << 20)
            #expect(try await client.job(id)["last_seq"] == before["last_seq"])
            try await client.dispose(of: id)
        },
        ProtocolCheck("A runner whose job is cancelled is asked to stop") { client in
            let id = try await client.submitSleeper(["ignore_stop": true])
            let token = try client.gateway.tap.token(of: id)
            #expect(try await client.cancel(id).status == 202)
            let answer = try await client.report([progress(3000, 50)], job: id, token: token)
            #expect(answer.status == 200)
            #expect(try answer.json()["stop"] == true)
            #expect(try await client.end(of: id).status == "cancelled")
        },
        ProtocolCheck("An attempt that another one has followed can change nothing") { client in
            let id = try await client.submitSleeper(options: "?max_attempts=2")
            let old = try client.gateway.tap.token(of: id, attempt: 1)
            try client.gateway.killRunner(of: id)
            try await client.waitForReport(of: id, attempt: 2)
            for attempt: Int64 in [1, 2] {
                let answer = try await client.report([progress(9000, 99)], job: id, attempt: attempt, token: old)
                let problem = try expectProblem(answer, 409, "attempt-superseded")
                #expect(problem["attempt"] == 2)
            }
            let finished: JSONValue = ["seq": 9001, "type": "finished", "outcome": "succeeded", "result": [:]]
            #expect(try await client.report([finished], job: id, token: old).status == 409)
            let job = try await client.job(id)
            #expect(job.status == "running")
            #expect(job["attempt"] == 2)
            #expect(job["progress"] != 99)
            try await client.dispose(of: id)
        },
        ProtocolCheck("The end that is reported is the job's end when it is answered") { client in
            let id = try await client.submitSleeper()
            let token = try client.gateway.tap.token(of: id)
            let finished: JSONValue = [
                "seq": 4000, "type": "finished", "outcome": "succeeded", "result": ["answer": 42],
            ]
            let answer = try await client.report([finished], job: id, token: token)
            #expect(answer.status == 200)
            let job = try await client.job(id)
            #expect(job.status == "succeeded")
            #expect(job["result"] == ["answer": 42])
            try expectProblem(try await client.report([finished], job: id, token: token), 409, "job-ended")
        },
        ProtocolCheck("An end that does not say how is a failure that says so") { client in
            let id = try await client.submitSleeper()
            let token = try client.gateway.tap.token(of: id)
            #expect(try await client.report([["seq": 4000, "type": "finished"]], job: id, token: token).status == 200)
            let job = try await client.end(of: id)
            #expect(job.status == "failed")
            #expect(job["error"]?["code"] == "runner_unclear")
        },
    ]

    private static func progress(_ number: Int64, _ share: Int64) -> JSONValue {
        [
            "seq": .integer(number), "type": "progress", "progress": .integer(share),
            "message": .string("report \(number)"),
        ]
    }
}
