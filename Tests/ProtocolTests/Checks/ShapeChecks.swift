import IngotCore
import Testing

/// The members of what is answered: the same for every kind of gateway.
enum ShapeChecks {
    private static let always: Set<String> = [
        "id", "source", "status", "progress", "parameters", "created_at", "updated_at", "attempt", "max_attempts",
        "last_seq", "priority", "created_by",
    ]
    private static let begun: Set<String> = ["message", "started_at", "launcher", "runner_handle"]

    static let all = [
        ProtocolCheck("A job that runs, and one that has ended, have the members that they have") { client in
            let id = try await client.submitSleeper()
            // An engine names its runner when it has started it, which may be after the end.
            let named: Set<String> = client.gateway.kind.namesRunnersFirst ? [] : ["runner_handle"]
            let always = always.union(client.gateway.kind.tracesJobs ? ["trace_id"] : [])
            let members = try await client.job(id).members.union(named)
            #expect(members == always.union(begun).union(["lease_expires_at"]))
            try await client.dispose(of: id)
            let good = try await client.run(["events": 1])
            #expect(good.members.union(named) == always.union(begun).union(["finished_at", "result"]))
            let bad = try await client.run(["fail": "probe_failed", "events": 1])
            #expect(bad.members.union(named) == always.union(begun).union(["finished_at", "error"]))
        },
        .alone("A job that waits has the members that it has", { _ in GatewayOptions(slots: 1) }) { client in
            let running = try await client.submitSleeper()
            let id = try await client.submit(["events": 1])
            #expect(
                try await client.job(id).members == always.union(client.gateway.kind.tracesJobs ? ["trace_id"] : [])
            )
            try await client.dispose(of: running)
        },
    ]
}
