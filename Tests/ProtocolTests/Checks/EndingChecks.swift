import IngotCore
import NIOHTTP1
import Testing

/// Cancelling and doing again; and that what has ended has ended.
enum EndingChecks {
    static let all = [
        ProtocolCheck("A running job is cancelled") { client in
            let id = try await client.submitSleeper(["log_lines": 1])
            let answer = try await client.cancel(id)
            #expect(answer.status == 202)
            #expect(try answer.json()["id"]?.stringValue == id)
            let job = try await client.end(of: id)
            #expect(job.status == "cancelled")
            #expect(job["attempt"] == 1)
            #expect(job["finished_at"] != nil)
            #expect(job["result"] == nil)
            #expect(try await client.job(id) == job)
        },
        ProtocolCheck("A running job that does not listen is cancelled after the time of grace") { client in
            let id = try await client.submitSleeper(["ignore_stop": true])
            #expect(try await client.cancel(id).status == 202)
            let job = try await client.end(of: id)
            #expect(job.status == "cancelled")
            // Its runner is gone then.
            #expect(throws: GatewayTrouble.self) { try client.gateway.killRunner(of: id) }
        },
        ProtocolCheck("Cancelling twice is cancelling once") { client in
            let id = try await client.submitSleeper()
            let answers = [try await client.cancel(id), try await client.cancel(id)]
            #expect(answers[0].status == 202)
            // The first may have ended it already.
            #expect([200, 202].contains(answers[1].status))
            let job = try await client.end(of: id)
            #expect(job.status == "cancelled")
            let answer = try await client.cancel(id)
            #expect(answer.status == 200)
            #expect(try answer.json() == job)
        },
        ProtocolCheck("A job that has ended otherwise cannot be cancelled") { client in
            for (fail, status) in [("probe_failed", "failed"), (nil, "succeeded")] {
                let job = try await client.run(fail.map { ["fail": .string($0)] } ?? ["events": 1])
                let id = try #require(job["id"]?.stringValue)
                let problem = try expectProblem(try await client.cancel(id), 409, "job-ended")
                #expect(problem["job_status"]?.stringValue == status)
                #expect(try await client.job(id) == job)
            }
        },
        .alone("A waiting job is cancelled at once and never starts", { _ in GatewayOptions(slots: 1) }) { client in
            let running = try await client.submitSleeper()
            let waiting = try await client.submit(["events": 1])
            #expect(try await client.job(waiting).status == "queued")
            let answer = try await client.cancel(waiting)
            #expect(answer.status == 200)
            let job = try await client.end(of: waiting)
            #expect(job.status == "cancelled")
            #expect(job["attempt"] == 0)
            #expect(job["started_at"] == nil)
            #expect(try await client.job(running).status == "running")
            // And the place in the queue is free for the next one.
            let next = try await client.submit(["events": 1])
            try await client.dispose(of: running)
            #expect(try await client.end(of: next).status == "succeeded")
        },
        .alone("Waiting jobs start in the order of priority, and then of age", { _ in GatewayOptions(slots: 1) }) {
            client in
            let running = try await client.submitSleeper()
            var jobs: [String] = []
            for priority in [0, 5, 0, -5] {
                jobs.append(try await client.submit(["events": 1], options: "?priority=\(priority)"))
            }
            try await client.dispose(of: running)
            var starts: [String: String] = [:]
            for job in jobs { starts[job] = try await client.end(of: job).time("started_at") }
            let order = jobs.sorted { (starts[$0] ?? "", $0) < (starts[$1] ?? "", $1) }
            #expect(order == [jobs[1], jobs[0], jobs[2], jobs[3]])
        },
        ProtocolCheck("A job that waits for its next attempt can be cancelled") { client in
            let id = try await client.submit(["fail": "transient_trouble"], options: "?max_attempts=10")
            // The waits get longer, so there is time in one of them.
            _ = try await client.read(eventsOf: id) { event in
                event.data.status == "queued" && (event.data["attempt"]?.integerValue ?? 0) >= 3
            }
            let answer = try await client.cancel(id)
            #expect([200, 202].contains(answer.status))
            let job = try await client.end(of: id)
            #expect(job.status == "cancelled")
            #expect((job["attempt"]?.integerValue ?? 10) < 10)
        },
        ProtocolCheck("Nothing leaves a terminal state: late reports are refused and change nothing") { client in
            let id = try await client.submit(["events": 1])
            let job = try await client.end(of: id)
            let token = try client.gateway.tap.token(of: id)
            for event: JSONValue in [
                ["seq": 900, "type": "progress", "progress": 1, "message": "late"],
                ["seq": 901, "type": "finished", "outcome": "failed"],
                ["seq": 902, "type": "heartbeat"],
            ] {
                let answer = try await client.report([event], job: id, token: token)
                let problem = try expectProblem(answer, 409, "job-ended")
                #expect(problem["job_status"] == "succeeded")
            }
            let now = try await client.job(id)
            #expect(now == job, "\(now.canonicalText) was \(job.canonicalText)")
        },
        ProtocolCheck("A failed job is done again by a new one with the same parameters and options") { client in
            let id = try await client.submit(["fail": "probe_failed"], options: "?priority=2&max_attempts=4")
            let failed = try await client.end(of: id)
            let answer = try await client.send(.POST, GatewayClient.path(of: id, "/retry"))
            #expect(answer.status == 202)
            let again = try #require(try answer.json()["jobId"]?.stringValue)
            #expect(again != id)
            #expect(answer.headers.first(name: "location") == GatewayClient.path(of: again))
            let job = try await client.end(of: again)
            #expect(job["retry_of"]?.stringValue == id)
            #expect(job["parameters"] == failed["parameters"])
            #expect(job["priority"] == 2)
            #expect(job["max_attempts"] == 4)
            #expect(job["attempt"] == 1)
            // The first one stays what it was.
            #expect(try await client.job(id) == failed)
        },
        ProtocolCheck("A job that succeeded, or was cancelled, is done again as well") { client in
            let good = try await client.run(["events": 2])
            let sleeper = try await client.submit(["sleep_ms": 60_000])
            try await client.dispose(of: sleeper)
            for id in [try #require(good["id"]?.stringValue), sleeper] {
                let answer = try await client.send(.POST, GatewayClient.path(of: id, "/retry"))
                #expect(answer.status == 202, "\(answer.text)")
                let again = try #require(try answer.json()["jobId"]?.stringValue)
                #expect(try await client.job(again)["retry_of"]?.stringValue == id)
                try await client.dispose(of: again)
            }
            #expect(try await client.job(try #require(good["id"]?.stringValue)) == good)
        },
        ProtocolCheck("A job that has not ended is not done again") { client in
            let id = try await client.submitSleeper()
            let answer = try await client.send(.POST, GatewayClient.path(of: id, "/retry"))
            let problem = try expectProblem(answer, 409, "job-not-ended")
            #expect(problem["job_status"] == "running")
            try await client.dispose(of: id)
        },
        ProtocolCheck("What is not there can be neither cancelled nor done again") { client in
            for job in [JobID.make().rawValue, "nothing"] {
                for action in ["/cancel", "/retry"] {
                    let answer = try await client.send(.POST, GatewayClient.path(of: job, action))
                    try expectProblem(answer, 404, "unknown-job")
                }
            }
        },
    ]
}
