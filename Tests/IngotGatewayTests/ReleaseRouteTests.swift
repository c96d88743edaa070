import FoundationEssentials
import IngotCore
import IngotTesting
import SystemPackage
import Testing

@testable import IngotGateway

@Suite("Asking for what upstream has published")
struct ReleaseRouteTests {
    private let path = "/api/sources/usc/releases"

    private func write(_ label: String, to folder: TemporaryFolder) throws {
        try folder.write("origin/xml_usc01@\(label).zip", "")
    }

    @Test("upstream is asked once for all who ask at once, and not again for a while")
    func kept() async throws {
        let folder = try TemporaryFolder()
        try write("900-1", to: folder)
        try await GatewayFixture.with(folder: FilePath(folder.path("gateway"))) {
            $0.origins = ["usc": folder.path("origin")]
            $0.releasesLeastAge = .zero
        } _: { fixture in
            func labels(_ query: String = "") async throws -> [String?] {
                let answer = try await fixture.get(path + query)
                #expect(answer.status == 200, "\(answer.text)")
                return try (answer.json()["releases"]?.arrayValue ?? []).map { $0["label"]?.stringValue }
            }
            let times = try await withThrowingTaskGroup(of: JSONValue?.self) { group in
                for _ in 0..<20 { group.addTask { try await fixture.get(path).json()["asked_at"] } }
                return try await group.reduce(into: Set<JSONValue?>()) { $0.insert($1) }
            }
            #expect(times.count == 1)
            try write("900-2", to: folder)
            #expect(try await labels() == ["900-1"])
            #expect(try await labels("?refresh=true") == ["900-2", "900-1"])
            #expect(try await labels() == ["900-2", "900-1"])
            #expect(try await fixture.get(path + "?refresh=maybe").status == 400)
            // Nothing of the questions is left.
            let work = try FileManager.default.contentsOfDirectory(
                atPath: folder.path("gateway/data/work")
            )
            #expect(work.isEmpty)
        }
    }

    @Test("a list that is only a moment old is given even to those who want a fresh one")
    func refreshing() async throws {
        let folder = try TemporaryFolder()
        try write("900-1", to: folder)
        try await GatewayFixture.with {
            $0.origins = ["usc": folder.path("origin")]
            $0.releasesKeepingTime = .seconds(3600)
            $0.releasesLeastAge = .seconds(3600)
        } _: { fixture in
            let first = try await fixture.get(path + "?refresh=true").json()
            #expect(first["releases"]?.arrayValue?.count == 1)
            try write("900-2", to: folder)
            #expect(try await fixture.get(path + "?refresh=true").json() == first)
        }
    }

    @Test("a list is asked for again when it is old")
    func expired() async throws {
        let folder = try TemporaryFolder()
        try write("900-1", to: folder)
        try await GatewayFixture.with {
            $0.origins = ["usc": folder.path("origin")]
            $0.releasesKeepingTime = .zero
        } _: { fixture in
            #expect(try await fixture.get(path).json()["releases"]?.arrayValue?.count == 1)
            try write("900-2", to: folder)
            #expect(try await fixture.get(path).json()["releases"]?.arrayValue?.count == 2)
        }
    }

    @Test("upstream's trouble is a bad gateway with the failure's code")
    func trouble() async throws {
        try await GatewayFixture.with {
            $0.origins = ["usc": "http://127.0.0.1:1"]
        } _: { fixture in
            let answer = try await fixture.get(path)
            #expect(answer.status == 502)
            let problem = try answer.json()
            #expect(problem["type"] == "/problems/upstream-failed")
            #expect(problem["code"]?.stringValue?.hasPrefix("upstream_") == true, "\(answer.text)")
            #expect(problem["error"]?["message"]?.stringValue != nil)
        }
    }

    @Test(
        "a name and password in the origin show in no answer",
        arguments: ["http://reader:hunter22hunter22@127.0.0.1:1", "HTTP://reader:hunter22hunter22@host/x"]
    )
    func secretOrigin(origin: String) async throws {
        try await GatewayFixture.with {
            $0.origins = ["usc": origin]
        } _: { fixture in
            let answer = try await fixture.get(path)
            #expect(answer.status == 502)
            #expect(!answer.text.contains("hunter22"), "\(answer.text)")
            #expect(!answer.text.contains("reader"), "\(answer.text)")
        }
    }

    @Test("an upstream that does not answer in time is given up", .timeLimit(.minutes(10)))
    func timeout() async throws {
        let silence = try await SilentServer()
        try await GatewayFixture.with {
            $0.origins = ["usc": silence.url]
            $0.releasesTimeout = .milliseconds(500)
        } _: { fixture in
            let answer = try await fixture.get(path)
            #expect(answer.status == 504)
            #expect(try answer.json()["type"] == "/problems/upstream-timeout")
        }
        try await silence.close()
    }

    @Test("a gateway that stops does not wait for upstream", .timeLimit(.minutes(10)))
    func stop() async throws {
        let silence = try await SilentServer()
        var asking: Task<Int, any Error>?
        try await GatewayFixture.with {
            $0.origins = ["usc": silence.url]
        } _: { fixture in
            asking = Task { try await fixture.get(path).status }
            await silence.connection()
        }
        // Whoever asked has been told, or has been cut off with the gateway.
        if case .success(let status)? = await asking?.result { #expect(status == 503) }
        try await silence.close()
    }

    @Test("sources that are unknown or have no releases are refused")
    func refused() async throws {
        try await GatewayFixture.with { fixture in
            #expect(try await fixture.get("/api/sources/nothing/releases").status == 404)
            let probe = try await fixture.get("/api/sources/probe/releases")
            #expect(probe.status == 422)
            #expect(try probe.json()["type"] == "/problems/releases-unsupported")
        }
    }

    @Test("a runner that is no runner is a failure of the gateway's own")
    func noRunner() async throws {
        let folder = try TemporaryFolder()
        let broken = try folder.write(
            "runner",
            """
            #!/bin/sh
            if [ "$1" = describe ]; then exec \(BuiltProducts.runner) "$@"; fi
            exit 7
            """
        )
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: broken)
        try await GatewayFixture.with {
            $0.runner = FilePath(broken)
        } _: { fixture in
            let answer = try await fixture.get(path)
            #expect(answer.status == 500)
            #expect(try answer.json()["type"] == "/problems/runner-failed")
        }
    }
}
