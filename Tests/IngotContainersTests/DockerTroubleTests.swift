import IngotContainers
import IngotCore
import IngotTesting
import Logging
import Testing

@Suite("An engine that is not there, or not as it should be", .timeLimit(.minutes(5)))
struct DockerTroubleTests {
    @Test("Nobody listens: an attempt fails with advice, and so does a gateway's start")
    func absent() async throws {
        let folder = try TemporaryFolder()
        let launcher = ContainerLauncher(
            settings: ContainerSettings(
                socket: folder.path("no.sock"),
                image: "ingot-runner:none",
                patience: .milliseconds(300)
            ),
            surroundings: LauncherSurroundings(gateway: "g", notesFolder: folder.path, grace: .seconds(1)),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        await #expect(throws: LauncherError.self) { try await launcher.check() }
        let assignment = Assignment(
            job: .make(),
            source: "probe",
            parameters: [:],
            attempt: 1,
            token: nil,
            gateway: nil,
            origin: nil,
            storage: try StorageSettings(
                accountID: "a",
                databaseID: "d",
                databaseToken: Secret("t"),
                accessKeyID: "k",
                secretAccessKey: Secret("s"),
                bucket: "b"
            )
        )
        let failure = await #expect(throws: JobFailure.self) {
            try await launcher.run(assignment, limits: JobLimits(), started: { _ in }, output: { _ in })
        }
        #expect(failure?.code == "launcher_unavailable")
        #expect(failure?.isTransient == true)
        #expect(await !launcher.endLeftover(assignment.leftover()))
    }

    @Test(
        "A missing image that may not be pulled",
        .enabled("podman does not run containers here") { await PodmanService.works.value }
    )
    func missingImage() async throws {
        try await ContainerFixture.with { fixture in
            var settings = fixture.settings
            settings.image = "localhost/ingot-no-such-image:none"
            let launcher = fixture.launcher(settings)
            let error = await #expect(throws: LauncherError.self) { try await launcher.check() }
            #expect(error?.message.contains("ingot-no-such-image") == true)
            let assignment = try fixture.assignment([:])
            let failure = await #expect(throws: JobFailure.self) {
                try await launcher.run(assignment, limits: JobLimits(), started: { _ in }, output: { _ in })
            }
            #expect(failure?.code == "image_unavailable")
            try await fixture.launcher().check()
        }
    }

    @Test("Embedded stores need a network that reaches loopback")
    func network() async throws {
        let folder = try TemporaryFolder()
        let launcher = ContainerLauncher(
            settings: ContainerSettings(socket: folder.path("no.sock"), image: "i:1", network: "bridge"),
            surroundings: LauncherSurroundings(gateway: "g", notesFolder: folder.path, grace: .seconds(1)),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let error = await #expect(throws: LauncherError.self) { try await launcher.check() }
        #expect(error?.message.contains("bridge") == true)
    }

    @Test("DOCKER_HOST names a Unix socket or nothing")
    func dockerHost() throws {
        #expect(try ContainerSettings.socket(fromDockerHost: "unix:///run/podman.sock") == "/run/podman.sock")
        for host in ["tcp://127.0.0.1:2375", "unix://relative", "/run/podman.sock", ""] {
            #expect(throws: ContainerEngineError.self) { try ContainerSettings.socket(fromDockerHost: host) }
        }
    }
}
