import IngotCore
import NIOHTTP1
import Testing

/// What a gateway that is killed, or forgets, leaves: no job without an end, no event twice.
enum RestartChecks {
    static let all = [
        ProtocolCheck.alone("A gateway that is killed goes on with its job after the restart") { client in
            let id = try await client.submit(["events": 60, "interval_ms": 100])
            try await client.waitForReport(of: id)
            async let followed = client.follow(id)
            try await client.gateway.restart()
            let (events, connections) = try await followed
            let job = try #require(events.last).data
            #expect(job.status == "succeeded", "\(job)")
            #expect(job["result"]?["events"] == 60)
            #expect(connections >= 1)
            // Numbers only go up: none comes twice.
            let ids = events.map(\.id)
            #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
            #expect(events.filter { $0.name == "done" }.count == 1)
        },
        .alone(
            "What was accepted is done, though the gateway is killed before it began",
            { _ in GatewayOptions(slots: 1) }
        ) {
            client in
            let running = try await client.submit(["events": 1, "sleep_ms": 1500])
            try await client.waitForReport(of: running)
            var waiting: [String] = []
            for _ in 0..<3 { waiting.append(try await client.submit(["events": 1])) }
            try await client.gateway.restart()
            for id in [running] + waiting {
                let (events, _) = try await client.follow(id)
                #expect(events.last?.data.status == "succeeded")
            }
        },
        .alone("What has ended is the same after a restart, and so is its stream") { client in
            let id = try await client.submit(["events": 2, "log_lines": 2])
            let job = try await client.end(of: id)
            let log = try await client.get(GatewayClient.path(of: id, "/logs")).text
            try await client.gateway.restart()
            #expect(try await client.job(id) == job)
            let reading = try await client.read(eventsOf: id)
            #expect(reading.events.map(\.name) == ["snapshot", "done"])
            #expect(reading.events.last?.data == job)
            let end = try #require(job["last_seq"]?.integerValue)
            #expect(try await client.read(eventsOf: id, lastEventID: String(end)).status == 204)
            #expect(try await client.get(GatewayClient.path(of: id, "/logs")).text == log)
            try expectProblem(try await client.cancel(id), 409, "job-ended")
        },
        .alone("A cancellation that was promised is kept over a restart") { client in
            let id = try await client.submitSleeper(["ignore_stop": true])
            #expect(try await client.cancel(id).status == 202)
            try await client.gateway.restart()
            let (events, _) = try await client.follow(id)
            #expect(events.last?.data.status == "cancelled")
        },
        .alone("A runner that dies while no gateway is there is no job without an end") { client in
            let id = try await client.submitSleeper(options: "?max_attempts=1")
            let token = try client.gateway.tap.token(of: id)
            #expect(try await client.report([["seq": 700, "type": "heartbeat"]], job: id, token: token).status == 200)
            try client.gateway.killRunner(of: id)
            try await client.gateway.restart()
            let (events, _) = try await client.follow(id)
            let job = try #require(events.last).data
            #expect(job.status == "failed")
            let codes = client.gateway.kind.codesOfKilling.union(["runner_lost"])
            #expect(codes.contains(job["error"]?["code"]?.stringValue ?? ""))
        },
    ]
}
