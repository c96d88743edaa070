import IngotCore
import NIOHTTP1
import Testing

/// A job's events as Server-Sent Events.
enum StreamChecks {
    static let all = [
        ProtocolCheck("A stream: retry, snapshot, then each event with the next number, done, end") { client in
            let id = try await client.submit(["events": 5, "interval_ms": 50, "sleep_ms": 300, "log_lines": 3])
            let reading = try await client.read(eventsOf: id)
            #expect(reading.headers.first(name: "content-type") == "text/event-stream")
            #expect(reading.headers.first(name: "cache-control")?.contains("no-cache") == true)
            #expect(reading.firstLine == "retry: 2000")
            #expect(reading.otherLines.first == "retry: 2000")
            #expect(reading.isComplete)
            let first = try #require(reading.events.first)
            #expect(first.name == "snapshot")
            #expect(first.data["id"]?.stringValue == id)
            #expect(first.data["last_seq"]?.integerValue == first.id)
            // The snapshot has the number of the last event that is in it.
            #expect(reading.ids == Array(first.id..<(first.id + Int64(reading.events.count))))
            let last = try #require(reading.events.last)
            #expect(last.name == "done")
            #expect(last.data.status == "succeeded")
            #expect(last.data["last_seq"]?.integerValue == last.id)
            #expect(last.data == (try await client.job(id)))
        },
        ProtocolCheck("Numbers count from 1 without a gap, and the kinds have their shapes") { client in
            let id = try await client.submit(
                ["events": 6, "interval_ms": 10, "log_lines": 4, "sleep_ms": 60_000]
            )
            // What a runner writes may come later than what it reports.
            var (written, isSleeping) = (0, false)
            let begun = try await client.read(eventsOf: id, query: "?after=0") { event in
                if event.name == "log" { written += event.data["lines"]?.arrayValue?.count ?? 0 }
                if event.data["message"] == "event 6 of 6" { isSleeping = true }
                return written >= 4 && isSleeping
            }
            #expect(!begun.isComplete)
            try await client.dispose(of: id)
            let reading = try await client.read(eventsOf: id, query: "?after=0")
            #expect(reading.events.starts(with: begun.events))
            #expect(reading.ids == Array(1...Int64(reading.events.count)))
            let kinds: [String: Set<String>] = [
                "progress": ["status", "progress", "message", "attempt", "at"],
                "log": ["lines", "omitted", "at"],
            ]
            for event in reading.events.dropLast() {
                let members = event.data.members
                let known = try #require(kinds[event.name], "an event \(event.name)")
                #expect(members.union(["message"]) == known.union(["message"]))
                #expect(Timestamp(try event.data.time("at")) != nil)
            }
            #expect(reading.events.last?.name == "done")
            let shares = reading.data(of: "progress").compactMap { $0["progress"]?.integerValue }
            #expect(shares == shares.sorted())
            let lines = reading.data(of: "log").flatMap { $0["lines"]?.arrayValue ?? [] }
            #expect(lines == (1...4).map { .string("probe log line \($0)") })
        },
        ProtocolCheck("Two watchers see the same") { client in
            let id = try await client.submit(["events": 40, "interval_ms": 10])
            async let one = client.read(eventsOf: id, query: "?after=0")
            async let other = client.read(eventsOf: id, query: "?after=0")
            let (left, right) = (try await one, try await other)
            #expect(left.events == right.events)
            #expect(left.events.count >= 42)
        },
        ProtocolCheck("Whoever connects again gets exactly the rest, by header or by query") { client in
            let id = try await client.submit(["events": 30, "interval_ms": 30])
            let first = try await client.read(eventsOf: id, query: "?after=0") { $0.id == 7 }
            #expect(first.ids == Array(1...7))
            // While the job runs.
            async let byHeader = client.read(eventsOf: id, lastEventID: "7")
            async let byQuery = client.read(eventsOf: id, query: "?after=7")
            let (left, right) = (try await byHeader, try await byQuery)
            #expect(left.events == right.events)
            #expect(left.ids == Array(8...(7 + Int64(left.events.count))))
            #expect(left.events.last?.name == "done")
            #expect(left.firstLine == "retry: 2000")
            // The header counts more than the query: a browser keeps the address that it began with.
            let both = try await client.read(eventsOf: id, query: "?after=2", lastEventID: "9")
            #expect(both.ids.first == 10)
        },
        ProtocolCheck("Whoever asks for what is gone gets a reset with the job as it is now") { client in
            let id = try await client.submit(["events": 700, "sleep_ms": 60_000])
            _ = try await client.read(eventsOf: id) { $0.data["message"] == "event 700 of 700" }
            let reading = try await client.read(eventsOf: id, lastEventID: "1") { _ in true }
            let reset = try #require(reading.events.first)
            #expect(reset.name == "reset")
            #expect(reset.data["id"]?.stringValue == id)
            #expect(reset.data["message"] == "event 700 of 700")
            #expect(reset.id >= 700)
            // The newest ones are still there, up to 512.
            let near = try await client.read(eventsOf: id, lastEventID: String(reset.id - 400)) { $0.id == reset.id }
            #expect(near.ids == Array((reset.id - 399)...reset.id))
            try await client.dispose(of: id)
        },
        ProtocolCheck("Whoever asks for what has never been gets a reset") { client in
            let id = try await client.submitSleeper()
            let reading = try await client.read(eventsOf: id, lastEventID: "999999999") { _ in true }
            #expect(reading.events.first?.name == "reset")
            #expect((reading.ids.first ?? .max) < 1000)
            try await client.dispose(of: id)
        },
        ProtocolCheck("A finished job: its snapshot, done, end; or the rest; or 204 for who has seen the end") {
            client in
            let id = try await client.submit(["events": 3])
            let job = try await client.end(of: id)
            let end = try #require(job["last_seq"]?.integerValue)
            let fresh = try await client.read(eventsOf: id)
            #expect(fresh.isComplete)
            #expect(fresh.events.map(\.name) == ["snapshot", "done"])
            #expect(fresh.ids == [end - 1, end])
            #expect(fresh.events.map(\.data) == [job, job])
            let rest = try await client.read(eventsOf: id, lastEventID: String(end - 1))
            #expect(rest.events == [WireEvent(id: end, name: "done", data: job)])
            for query in ["?after=\(end)", "?after=\(end + 5)"] {
                let seen = try await client.read(eventsOf: id, query: query)
                #expect(seen.status == 204)
                #expect(seen.body.isEmpty)
            }
            #expect(try await client.read(eventsOf: id, lastEventID: String(end)).status == 204)
        },
        ProtocolCheck("A place that is no number is refused") { client in
            let id = try await client.submit(["events": 1])
            for text in ["abc", "-1", "1.5", "99999999999999999999"] {
                let header = try await client.send(
                    .GET,
                    GatewayClient.path(of: id, "/events"),
                    headers: [("last-event-id", text)]
                )
                #expect(try expectProblem(header, 400, "invalid-header")["header"] == "Last-Event-ID")
                let query = try await client.get(GatewayClient.path(of: id, "/events?after=\(text)"))
                #expect(try expectProblem(query, 400, "invalid-query")["parameter"] == "after")
            }
        },
        ProtocolCheck("There is no stream of a job that is not there") { client in
            for job in [JobID.make().rawValue, "nothing"] {
                try expectProblem(try await client.get(GatewayClient.path(of: job, "/events")), 404, "unknown-job")
            }
        },
        ProtocolCheck("A quiet stream shows that it lives") { client in
            let id = try await client.submitSleeper()
            var beats: [String] = []
            let reading = try await client.read(
                stream: GatewayClient.path(of: id, "/events"),
                seesComment: { comment in
                    beats.append(comment)
                    return false
                }
            )
            #expect(beats == [": hb"])
            #expect(!reading.isComplete)
            try await client.dispose(of: id)
        },
        ProtocolCheck("A watcher that does not read delays neither the job nor another watcher, and gets a reset") {
            client in
            let id = try await client.submit(["events": 900, "event_bytes": 20_000, "sleep_ms": 500])
            let slow = try await SlowWatcher.text(eventsOf: id, client) {
                let other = try await client.read(eventsOf: id, query: "?after=0")
                #expect(other.events.last?.data.status == "succeeded")
            }
            #expect(slow.contains("event: reset\n"))
            #expect(slow.contains("event: done\n"))
            // What it missed was dropped, not kept for it.
            #expect(slow.utf8.count < 900 * 20_000)
        },
        .alone(
            "On a way that repeats reports and loses answers, each event comes once",
            { _ in GatewayOptions(faults: RunnerTap.Faults(repeatsReports: true, losesAnswerOfEvery: 3)) }
        ) { client in
            let id = try await client.submit(["events": 40, "interval_ms": 40])
            let reading = try await client.read(eventsOf: id, query: "?after=0")
            #expect(reading.events.last?.data.status == "succeeded")
            #expect(client.gateway.tap.reports > 3)
            #expect(reading.ids == Array(1...Int64(reading.events.count)))
            let messages = reading.data(of: "progress").compactMap { $0["message"]?.stringValue }
            #expect(messages == (1...40).map { "event \($0) of 40" })
        },
    ]
}
