import IngotCore
import NIOHTTP1
import Testing

/// How jobs live and end.
enum LifeChecks {
    static let all = [
        ProtocolCheck("A job that goes well: queued, running, succeeded, with its result") { client in
            let id = try await client.submit(["events": 3, "interval_ms": 20, "log_lines": 2])
            let reading = try await client.read(eventsOf: id, query: "?after=0")
            let job = try #require(reading.events.last).data
            #expect(job.status == "succeeded")
            #expect(job["result"]?["events"] == 3)
            #expect(job["result"]?["attempt"] == 1)
            #expect(job["progress"] == 100)
            #expect(job["attempt"] == 1)
            #expect(job["error"] == nil)
            #expect(job["launcher"]?.stringValue == client.gateway.kind.launcher)
            if client.gateway.kind.namesRunnersFirst {
                #expect(job["runner_handle"]?.stringValue?.isEmpty == false)
            }
            let times = [
                try job.time("created_at"), try job.time("started_at"), try job.time("finished_at"),
            ]
            #expect(times == times.sorted())
            #expect(times.allSatisfy { Timestamp($0) != nil })
            let statuses = reading.data(of: "progress").map(\.status)
            #expect(statuses.first == "running")
            #expect(Set(statuses) == ["running"])
            #expect(reading.data(of: "progress").compactMap { $0["message"]?.stringValue }.last == "event 3 of 3")
            #expect(try await client.job(id) == job)
        },
        ProtocolCheck("A failure of the source keeps its code, sentence, unit and advice") { client in
            let job = try await client.run(["fail": "probe_failed", "log_lines": 3], options: "?max_attempts=3")
            #expect(job.status == "failed")
            let error = try #require(job["error"])
            #expect(error["code"] == "probe_failed")
            #expect(error["message"] == "The probe failed as it was told to.")
            #expect(error["unit"] == "probe")
            #expect(error["advice"]?.stringValue?.isEmpty == false)
            #expect(error["transient"] == false)
            // What cannot pass is not tried again.
            #expect(error["attempts"] == 1)
            #expect(job["attempt"] == 1)
            #expect(job["result"] == nil)
        },
        ProtocolCheck("The last lines of the log stand with the failure, at most 50") { client in
            let job = try await client.run(["fail": "crash", "log_lines": 80])
            let tail = job["error"]?["log_tail"]?.arrayValue?.compactMap(\.stringValue) ?? []
            #expect(tail.count <= 50)
            // What was not reported before the crash is lost where only reports come.
            #expect(tail.contains("probe log line 80") || !client.gateway.kind.keepsOutput)
            #expect(!tail.contains("probe log line 1"))
        },
        ending("A runner that crashes", "crash", "runner_killed", ["signal": 6]),
        ending("A runner that is killed", "kill", "runner_killed", ["signal": 9], isTransient: true),
        ending("A runner that violates memory", "signal:11", "runner_killed", ["signal": 11]),
        ending("A runner that exits", "exit:3", "runner_exited", ["code": 3]),
        ending("A runner that exits well and has said nothing", "exit:0", "runner_exited", ["code": 0]),
        ending("A runner that has lost the gateway", "exit:4", "runner_exited", ["code": 4], isTransient: true),
        ProtocolCheck("A failure that can pass is tried again, with a new token, as often as the job may") { client in
            let id = try await client.submit(["fail": "transient_trouble", "events": 1], options: "?max_attempts=2")
            let reading = try await client.read(eventsOf: id, query: "?after=0")
            let job = try #require(reading.events.last).data
            #expect(job.status == "failed")
            #expect(job["attempt"] == 2)
            #expect(job["error"]?["code"] == "transient_trouble")
            #expect(job["error"]?["attempts"] == 2)
            #expect(job["error"]?["transient"] == true)
            let waits = reading.data(of: "progress").filter { $0.status == "queued" }
            #expect(waits.count == 1)
            #expect(waits.first?["message"]?.stringValue?.hasPrefix("attempt 1 failed (transient_trouble: ") == true)
            let attempts = reading.data(of: "progress").compactMap { $0["attempt"]?.integerValue }
            #expect(attempts == attempts.sorted())
            #expect(Set(attempts) == [1, 2])
            let tap = client.gateway.tap
            #expect(try tap.token(of: id, attempt: 1).revealed != (try tap.token(of: id, attempt: 2).revealed))
        },
        ProtocolCheck("A runner that is killed from outside is followed by another, and the job succeeds") { client in
            let id = try await client.submit(["events": 2, "sleep_ms": 1500], options: "?max_attempts=3")
            try await client.waitForReport(of: id)
            try client.gateway.killRunner(of: id)
            let reading = try await client.read(eventsOf: id, query: "?after=0")
            let job = try #require(reading.events.last).data
            #expect(job.status == "succeeded", "\(job)")
            #expect(job["attempt"] == 2)
            #expect(job["result"]?["attempt"] == 2)
            #expect(reading.data(of: "progress").contains { $0.status == "queued" })
        },
        ProtocolCheck("A runner that is killed in its last attempt is a failed job that says so") { client in
            let id = try await client.submitSleeper(["log_lines": 2], options: "?max_attempts=1")
            try client.gateway.killRunner(of: id)
            let job = try await client.end(of: id)
            #expect(job.status == "failed")
            #expect(client.gateway.kind.codesOfKilling.contains(job["error"]?["code"]?.stringValue ?? ""))
            #expect(job["error"]?["exit"]?["signal"] == 9)
            #expect(job["error"]?["transient"] == true)
            let hasTail = job["error"]?["log_tail"]?.arrayValue?.contains("probe log line 2") == true
            #expect(hasTail || !client.gateway.kind.keepsOutput)
        },
        ProtocolCheck("A runner that falls silent is lost when its lease is over") { client in
            let id = try await client.submitSleeper(options: "?max_attempts=1")
            try client.gateway.haltRunner(of: id)
            let job = try await client.end(of: id)
            #expect(job.status == "failed")
            #expect(job["error"]?["code"] == "runner_lost")
            #expect(job["error"]?["transient"] == true)
        },
        ProtocolCheck("A runner that takes longer than the request allows meets its deadline") { client in
            let job = try await client.run(["sleep_ms": 60_000], options: "?wall_seconds=1&max_attempts=3")
            #expect(job.status == "failed")
            #expect(job["error"]?["code"] == "deadline")
            #expect(job["error"]?["message"]?.stringValue?.contains("1 s") == true)
            // The same work would need as long again.
            #expect(job["attempt"] == 1)
        },
        ProtocolCheck("A runner that writes huge lines and bytes that are no text does not disturb its job") { client in
            let job = try await client.run(["fail": "noise", "events": 1])
            #expect(job.status == "succeeded", "\(job)")
        },
    ]

    private static func ending(
        _ what: String,
        _ fail: String,
        _ code: String,
        _ exit: [String: JSONValue],
        isTransient: Bool = false
    ) -> ProtocolCheck {
        ProtocolCheck("\(what) is a failed job that says how it ended (\(fail))") { client in
            let job = try await client.run(["fail": .string(fail)], options: "?max_attempts=1")
            #expect(job.status == "failed")
            let error = try #require(job["error"])
            let codes = fail == "kill" ? client.gateway.kind.codesOfKilling : [code]
            #expect(codes.contains(error["code"]?.stringValue ?? ""))
            var exit = exit
            // The first process of a system cannot send itself SIGABRT; abort() goes on to an invalid access then.
            if fail == "crash", client.gateway.kind.runsFirstProcesses { exit = ["signal": 11] }
            let seen = error["exit"]?.objectValue?.filter { ["code", "signal"].contains($0.key) }
            #expect(seen == exit)
            #expect(
                error["message"]?.stringValue?.contains("\(exit.values.first?.integerValue ?? -1)") == true
                    || fail == "exit:4" || error["code"] == "out_of_memory_or_killed"
            )
            #expect(error["transient"]?.boolValue == isTransient)
        }
    }
}
