import FoundationEssentials
import IngotCore
import IngotTesting
import Testing

@Suite(
    "The image of the gateway",
    .fillsTheMachine,
    .enabled(Podman.absence) { await Podman.works },
    .enabled(Podman.imageAbsence) { try await Podman.has(Podman.gatewayImage) },
    .timeLimit(.minutes(10))
)
struct GatewayImageTests {
    private let image = Podman.gatewayImage

    @Test("It holds both executables, the authorities' certificates, and two empty folders")
    func files() async throws {
        #expect(
            try await ImageContents.paths(of: image) == [
                "ingot", "ingot-runner", "etc/", "etc/ssl/", "etc/ssl/certs/", "etc/ssl/certs/ca-certificates.crt",
                "tmp/", "data/",
            ]
        )
    }

    @Test("It says its version and its sources, is no one's root, and serves by itself")
    func configuration() async throws {
        let image = try await Podman.inspect(image)
        #expect(image["Labels"]?["ingot.version"]?.stringValue == IngotVersion.current)
        #expect(image["Labels"]?["ingot.sources"]?.stringValue?.split(separator: ",").contains("usc") == true)
        let configuration = image["Config"]
        #expect(configuration?["User"]?.stringValue == "65532:65532")
        #expect(configuration?["Entrypoint"] == .array([.string("/ingot")]))
        #expect(configuration?["Cmd"] == .array(["serve", "--host", "0.0.0.0"].map(JSONValue.string)))
        #expect(configuration?["Volumes"]?["/data"] != nil)
        let variables = configuration?["Env"]?.arrayValue?.compactMap(\.stringValue) ?? []
        #expect(Set(variables.filter { !$0.hasPrefix("PATH=") }) == ["INGOT_DATA=/data"])
    }

    @Test("Confined, it ingests a title, is well, keeps its data when it starts again, and ends when it is asked to")
    func serving() async throws {
        let folder = try TemporaryFolder()
        let sample = try folder.sample("sample", label: "900-1")
        let options = [
            "--network", "none", "--read-only", "--cap-drop=all", "--security-opt", "no-new-privileges", "--tmpfs",
            "/tmp", "--volume", "\(sample):/origin:ro",
        ]
        try await RunningContainer.run(options + [image, "serve", "--origin", "usc=/origin"]) { container in
            _ = try await container.written("listening on ")
            try await Podman.run("healthcheck", "run", container.name)
            #expect(try await container.execute("/ingot", "sources").output.contains("usc"))
            let ingest = try await container.execute("/ingot", "ingest", "usc", "--title", "1")
            #expect(ingest.output.contains("succeeded"))
            try await Podman.run("stop", "--time", "60", container.name)
            #expect(try await container.exitCode() == 0)
            let stopped = try await Podman.run("logs", container.name).text
            try await Podman.run("start", container.name)
            _ = try await container.written("listening on ", after: stopped)
            #expect(try await container.execute("/ingot", "revisions", "usc").output.contains("900-1"))
            #expect(try await container.execute("/ingot", "verify", "usc").output.contains(" 0 problems"))
        }
    }

    @Test("Where no gateway runs, its health is a failure that says so")
    func nobodyThere() async throws {
        let outcome = try await Podman.run("run", "--rm", "--network", "none", image, "health", expecting: 3)
        #expect(outcome.errors.contains("no gateway runs on /data"))
    }
}
