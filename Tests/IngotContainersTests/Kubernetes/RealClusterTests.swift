import FoundationEssentials
import IngotCore
import IngotEmbedded
import IngotTesting
import Testing

@testable import IngotContainers

/// A cluster that is there.
private enum RealCluster {
    /// A kubeconfig file, whose context has a namespace and the rights of `container/kubernetes/rbac.yaml`.
    static let kubeconfig = ProcessInfo.processInfo.environment["INGOT_KUBECONFIG"]
    /// An image that its nodes have.
    static let image = ProcessInfo.processInfo.environment["INGOT_RUNNER_IMAGE"] ?? "ingot-runner:dev"
}

/// The main cases on a cluster that is there, as `INGOT_KUBECONFIG` and `INGOT_RUNNER_IMAGE` name it.
@Suite(
    "Runners in a real cluster",
    .enabled(if: RealCluster.kubeconfig != nil, "INGOT_KUBECONFIG names no cluster"),
    .timeLimit(.minutes(10))
)
struct RealClusterTests {

    private static func with(
        _ parameters: JSONValue,
        _ body:
            @Sendable @escaping (_ launcher: @Sendable () throws -> KubernetesLauncher, Assignment) async throws ->
            Void
    ) async throws {
        try await withEmbeddedCloud { cloud in
            let folder = try TemporaryFolder()
            let gateway = UUID().uuidString.lowercased().filter { $0 != "-" }
            let make: @Sendable () throws -> KubernetesLauncher = {
                try KubernetesLauncher(
                    try Kubeconfig(file: try #require(RealCluster.kubeconfig)).access(),
                    options: KubernetesOptions(image: RealCluster.image),
                    surroundings: LauncherSurroundings(
                        gateway: gateway,
                        notesFolder: folder.path("notes"),
                        grace: .seconds(5),
                        usesEmbeddedStores: false
                    ),
                    logger: .silent
                )
            }
            // These stores are on this machine's loopback, where a pod does not reach them.
            let assignment = Assignment(
                job: .make(),
                source: "probe",
                parameters: parameters,
                attempt: 1,
                token: nil,
                gateway: nil,
                origin: nil,
                storage: cloud.settings
            )
            try await body(make, assignment)
        }
    }

    @Test("The account may do all that is needed; a runner that reaches no store ends with its own code")
    func ends() async throws {
        try await Self.with([:]) { make, assignment in
            let launcher = try make()
            try await launcher.check()
            let exit = try await launcher.run(assignment, limits: .standard, started: { _ in }, output: { _ in })
            #expect(exit == RunnerExit(code: 1))
            #expect(await launcher.adopt(assignment.leftover(), output: { _ in }) == nil)
        }
    }

    @Test("An image that no registry has is told as that")
    func noImage() async throws {
        try await Self.with([:]) { _, assignment in
            var options = KubernetesOptions(image: "registry.invalid/ingot-runner:none")
            options.startPatience = .seconds(5)
            let folder = try TemporaryFolder()
            let launcher = try KubernetesLauncher(
                try Kubeconfig(file: try #require(RealCluster.kubeconfig)).access(),
                options: options,
                surroundings: LauncherSurroundings(
                    gateway: UUID().uuidString.lowercased().filter { $0 != "-" },
                    notesFolder: folder.path("notes"),
                    grace: .seconds(5),
                    usesEmbeddedStores: false
                ),
                logger: .silent
            )
            let failure = try await #require(throws: JobFailure.self) {
                _ = try await launcher.run(assignment, limits: JobLimits(), started: { _ in }, output: { _ in })
            }
            #expect(failure.code == "image_unavailable")
        }
    }
}
