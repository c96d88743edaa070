import IngotCore
import NIOHTTP1
import Testing

/// Who may ask, and that nobody is told a secret.
enum AccessChecks {
    static let all = [
        ProtocolCheck("Without a key, or with a wrong one, nothing is shown or done") { client in
            let id = try await client.submit(["events": 1])
            _ = try await client.end(of: id)
            let routes: [(HTTPMethod, String)] = [
                (.POST, "/api/ingest/probe"), (.GET, "/api/ingest/jobs"), (.GET, GatewayClient.path(of: id)),
                (.GET, GatewayClient.path(of: id, "/events")), (.GET, GatewayClient.path(of: id, "/logs")),
                (.POST, GatewayClient.path(of: id, "/cancel")), (.POST, GatewayClient.path(of: id, "/retry")),
            ]
            for (method, path) in routes {
                let answer = try await client.send(method, path, as: .none)
                try expectProblem(answer, 401, "key-missing")
                #expect(answer.headers.first(name: "www-authenticate")?.hasPrefix("Bearer") == true)
            }
            let wrong = Secret("ingot_" + String(repeating: "A", count: 43))
            for path in ["/api/ingest/jobs", GatewayClient.path(of: JobID.make().rawValue)] {
                let answer = try await client.get(path, as: .bearer(wrong))
                try expectProblem(answer, 401, "key-unknown")
                #expect(!answer.text.contains(wrong.revealed))
            }
        },
        ProtocolCheck("What a runner was told in confidence is in no answer, whatever it says aloud") { client in
            let parameters: JSONValue = ["reveal_settings": true, "events": 1, "fail": "probe_failed"]
            let id = try await client.submit(parameters)
            let reading = try await client.read(eventsOf: id, query: "?after=0")
            let token = try client.gateway.tap.token(of: id).revealed
            var said = reading.events.map(\.data.canonicalText).joined(separator: "\n")
            for rest in ["", "/logs", "/units", "/attempts"] {
                said += try await client.get(GatewayClient.path(of: id, rest)).text
            }
            #expect(said.contains("INGOT_ATTEMPT_TOKEN as it is: "))
            #expect(!said.contains(token))
            #expect(!said.contains(client.gateway.key.revealed))
        },
    ]
}
