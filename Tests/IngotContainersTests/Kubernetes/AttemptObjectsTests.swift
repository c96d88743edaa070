import IngotCore
import IngotEmbedded
import IngotTesting
import Testing

@testable import IngotContainers

@Suite("The objects of an attempt")
struct AttemptObjectsTests {
    private static func objects(
        environment: [String: String] = [:],
        _ change: (inout KubernetesOptions) -> Void = { _ in }
    ) -> AttemptObjects {
        var options = KubernetesOptions(image: "ingot-runner:dev")
        change(&options)
        return AttemptObjects(
            options: options,
            namespace: "runners",
            gateway: "0123456789abcdef0123456789abcdef",
            grace: .seconds(10),
            environment: environment
        )
    }

    private static func withAssignment(
        _ parameters: JSONValue = [:],
        _ body: @Sendable @escaping (Assignment) throws -> Void
    ) async throws {
        try await withEmbeddedCloud { cloud in
            try body(
                Assignment(
                    job: .make(),
                    source: "probe",
                    parameters: parameters,
                    attempt: 1,
                    token: Secret("the-token-of-this-attempt"),
                    gateway: "http://gateway:8005",
                    origin: nil,
                    storage: cloud.settings
                )
            )
        }
    }

    @Test("A Secret holds what the runner is told and nothing of the gateway's own machine")
    func environment() async throws {
        try await Self.withAssignment { assignment in
            let host = ["PATH": "/host/bin", "HOME": "/root", "TMPDIR": "/host/tmp", "LANG": "C.UTF-8"]
            let secret = try Self.objects(environment: host).secret(assignment, launch: "a", ownedBy: "uid")
            let settings = try #require(secret["stringData"]?.objectValue)
            #expect(settings["LANG"] == "C.UTF-8")
            for name in ["PATH", "HOME", "TMPDIR"] { #expect(settings[name] == nil) }
            for (name, value) in assignment.storage.settings { #expect(settings[name] == .string(value)) }
            #expect(secret["metadata"]?["ownerReferences"]?.arrayValue?.first?["uid"] == "uid")
        }
    }

    @Test("With a Secret of the operator's, the stores' settings are in no other")
    func operatorsSecret() async throws {
        try await Self.withAssignment { assignment in
            let objects = Self.objects { $0.credentialsSecret = "stores" }
            let settings = try #require(
                try objects.secret(assignment, launch: "a", ownedBy: "uid")["stringData"]?.objectValue
            )
            for name in assignment.storage.settings.keys { #expect(settings[name] == nil) }
            let job = objects.job(assignment, limits: .standard, launch: "a")
            let container = job["spec"]?["template"]?["spec"]?["containers"]?.arrayValue?.first
            #expect(container?["envFrom"]?.arrayValue?.first?["secretRef"]?["name"] == "stores")
        }
    }

    @Test("No secret is in a Job, whose specification more people may read")
    func job() async throws {
        try await Self.withAssignment { assignment in
            let job = Self.objects().job(assignment, limits: .standard, launch: "a")
            let text = String(decoding: job.canonicalBytes, as: UTF8.self)
            #expect(!text.contains("the-token-of-this-attempt"))
            for secret in assignment.storage.secrets { #expect(!text.contains(secret.revealed)) }
        }
    }

    @Test("Limits are the container's, to request and at most")
    func limits() async throws {
        try await Self.withAssignment { assignment in
            let limits = JobLimits(wallSeconds: 60, memoryBytes: 1 << 30, processors: 1.5)
            let spec = Self.objects().job(assignment, limits: limits, launch: "a")["spec"]
            let container = spec?["template"]?["spec"]?["containers"]?.arrayValue?.first
            for kind in ["requests", "limits"] {
                #expect(container?["resources"]?[kind]?["memory"] == "1073741824")
                #expect(container?["resources"]?[kind]?["cpu"] == "1500m")
            }
            #expect((spec?["activeDeadlineSeconds"]?.integerValue ?? 0) > 60)
        }
    }

    @Test("One setting may have 128 KiB with its name, all of them 1 MiB")
    func sizes() async throws {
        try await Self.withAssignment { assignment in
            // Linux counts NAME=VALUE and the end.
            let most = String(repeating: "x", count: ContainerEnvironment.maximumSetting - 3)
            _ = try Self.objects(environment: ["A": most]).secret(assignment, launch: "a", ownedBy: "uid")
            let one = try #require(throws: JobFailure.self) {
                _ = try Self.objects(environment: ["A": most + "x"]).secret(assignment, launch: "a", ownedBy: "uid")
            }
            #expect(one.code == "settings_too_large")
            let many = Dictionary(uniqueKeysWithValues: (0..<9).map { ("A\($0)", String(most.dropLast())) })
            let all = try #require(throws: JobFailure.self) {
                _ = try Self.objects(environment: many).secret(assignment, launch: "a", ownedBy: "uid")
            }
            #expect(all.code == "settings_too_large")
        }
    }
}
