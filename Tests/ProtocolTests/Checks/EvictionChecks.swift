import IngotCore
import NIOHTTP1
import Testing

/// A gateway whose host makes it forget, at any moment and without telling it: nothing is lost and nothing comes twice.
enum EvictionChecks {
    static let all = [
        ProtocolCheck.alone(
            "It forgets after every event, and each number comes exactly once",
            { _ in GatewayOptions(evictsAfterEveryEvent: true) }
        ) { client in
            let id = try await client.submit(["events": 40, "interval_ms": 60, "log_lines": 3])
            async let one = client.follow(id)
            async let other = client.follow(id)
            for (events, connections) in [try await one, try await other] {
                #expect(events.last?.data.status == "succeeded")
                #expect(events.map(\.id) == Array(1...Int64(events.count)))
                let messages = events.filter { $0.name == "progress" }.compactMap { $0.data["message"]?.stringValue }
                #expect(messages.filter { $0.hasPrefix("event ") } == (1...40).map { "event \($0) of 40" })
                #expect(connections > 1, "no stream broke")
            }
        },
        .alone(
            "It forgets after every event, and failures are tried again all the same",
            { _ in GatewayOptions(evictsAfterEveryEvent: true) }
        ) { client in
            let id = try await client.submit(["events": 2, "sleep_ms": 1500], options: "?max_attempts=3")
            try await client.waitForReport(of: id)
            try client.gateway.killRunner(of: id)
            let (events, _) = try await client.follow(id)
            let job = try #require(events.last).data
            #expect(job.status == "succeeded")
            #expect(job["attempt"] == 2)
            #expect(events.map(\.id) == Array(1...Int64(events.count)))
        },
        .alone("It forgets in the middle, and goes on with the job and its watchers") { client in
            let id = try await client.submit(["events": 30, "interval_ms": 60])
            async let followed = client.follow(id)
            for _ in 0..<3 {
                try await client.waitForReport(of: id)
                try await client.gateway.evict()
            }
            let (events, _) = try await followed
            #expect(events.last?.data.status == "succeeded")
            #expect(events.map(\.id) == Array(1...Int64(events.count)))
        },
        .alone("It forgets while a job is being cancelled, and the job is cancelled") { client in
            let id = try await client.submitSleeper(["ignore_stop": true])
            #expect(try await client.cancel(id).status == 202)
            try await client.gateway.evict()
            let (events, _) = try await client.follow(id)
            #expect(events.last?.data.status == "cancelled")
        },
    ]
}
