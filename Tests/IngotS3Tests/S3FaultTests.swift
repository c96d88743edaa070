import IngotCore
import IngotEmbedded
import IngotTesting
import Testing

@testable import IngotS3

/// What only the embedded R2 can do: fail on purpose, and answer as R2 alone does.
@Suite("The S3 client and a store that fails")
struct S3FaultTests {
    @Test(
        "Passing failures are overcome",
        arguments: [
            FaultPlan.Fault.internalError, .overloaded, .rateLimited(retryAfterSeconds: nil),
            .rateLimited(retryAfterSeconds: 0), .gatewayTimeout, .dropBefore, .dropAfter, .truncatedBody,
            .corruptedBody,
        ]
    )
    func faults(_ fault: FaultPlan.Fault) async throws {
        let plan = FaultPlan(
            objects: FaultPlan.Script(first: [fault, fault, nil, fault, nil, fault, nil, fault, nil, fault])
        )
        try await withEmbeddedCloud(faults: plan) { cloud in
            let client = makeClient(cloud.settings)
            let content = bytes(100_000)
            #expect(try await client.put("k", body(content), contentType: "x/y", onlyIfAbsent: true))
            #expect(try await client.get("k", range: nil, limit: 100_000) == content)
            #expect(try await client.head("k")?.size == 100_000)
            #expect(try await client.list(prefix: "", after: nil).objects.map(\.key) == ["k"])
            try await client.delete(["k", "l"])
            #expect(try await cloud.objects.head("k") == nil)
        }
    }

    @Test("Failures that do not pass are told after the last attempt")
    func givesUp() async throws {
        let plan = FaultPlan(objects: FaultPlan.Script(first: Array(repeating: .internalError, count: 6)))
        try await withEmbeddedCloud(faults: plan) { cloud in
            let error = await #expect(throws: ObjectStoreError.self) { try await makeClient(cloud.settings).head("k") }
            #expect(error?.kind == .unavailable)
            #expect(error?.message.contains("given up after 6 tries") == true)
            let after = try await makeClient(cloud.settings).head("k")
            #expect(after == nil)
        }
    }

    @Test("R2's own answer to an unknown key id")
    func unknownKeyID() async throws {
        try await withEmbeddedCloud { cloud in
            var settings = cloud.settings
            settings.accessKeyID = "0000"
            let error = await #expect(throws: ObjectStoreError.self) {
                try await makeClient(settings).get("k", range: nil, limit: 1)
            }
            #expect(error?.kind == .access && error?.code == "Unauthorized")
        }
    }

    @Test("A cancelled call ends at once")
    func cancellation() async throws {
        let (requests, request) = AsyncStream.makeStream(of: Void.self)
        let silent = try await SilentServer()
        let server = try await InterceptingProxy.start(before: silent.url) { _ in
            request.yield()
            return .swallow
        }
        let client = makeClient(try unreachableSettings(endpoint: server.url))
        let task = Task {
            defer { request.finish() }
            return try await client.head("k")
        }
        for await _ in requests { break }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(server.requests.count == 1)
        try await server.close()
        try await silent.close()
    }

    @Test("A wait before the next attempt ends with the task")
    func cancelledWait() async throws {
        let server = try await RawServer(["HTTP/1.1 503 Busy\r\nretry-after: 200\r\ncontent-length: 0\r\n\r\n"])
        let lines = LogLines()
        let client = makeClient(try unreachableSettings(endpoint: server.url), logger: lines.logger)
        let task = Task {
            defer { lines.finish() }
            return try await client.head("k")
        }
        // Written right before the wait.
        try await lines.line(containing: "made again")
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(server.connections == 1)
        try await server.close()
    }

    @Test("All attempts together have a time limit, and so has each")
    func deadlines() async throws {
        let silent = try await SilentServer()
        let client = makeClient(try unreachableSettings(endpoint: silent.url)) {
            $0.totalDeadline = .milliseconds(200)
        }
        let total = await #expect(throws: ObjectStoreError.self) { try await client.head("k") }
        #expect(total?.kind == .unavailable && total?.message.contains("the time for it is over") == true)
        let impatient = makeClient(try unreachableSettings(endpoint: silent.url)) { $0.deadline = .milliseconds(50) }
        let each = await #expect(throws: ObjectStoreError.self) { try await impatient.head("k") }
        #expect(each?.kind == .unavailable && each?.message.contains("given up after 6 tries") == true)
        try await silent.close()
    }
}

/// Settings for a store that a test makes itself, or that is not there.
func unreachableSettings(endpoint: String = "http://127.0.0.1:9") throws -> StorageSettings {
    try StorageSettings(
        accountID: "account",
        databaseID: "database",
        databaseToken: Secret("none"),
        accessKeyID: "id",
        secretAccessKey: Secret("the-secret-key"),
        bucket: "bucket",
        objectEndpoint: endpoint
    )
}
