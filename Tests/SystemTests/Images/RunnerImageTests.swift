import AsyncHTTPClient
import FoundationEssentials
import IngotCore
import IngotTesting
import NIOCore
import NIOHTTP1
import Testing

@Suite(
    "The image of the runner",
    .fillsTheMachine,
    .enabled(Podman.absence) { await Podman.works },
    .enabled(Podman.imageAbsence) { try await Podman.has(Podman.runnerImage) },
    .timeLimit(.minutes(10))
)
struct RunnerImageTests {
    private let image = Podman.runnerImage
    /// What a runner does without: rights, a writable root, a user of its own.
    private let confinement = [
        "--read-only", "--cap-drop=all", "--security-opt", "no-new-privileges", "--user", "65534", "--tmpfs", "/tmp",
    ]

    @Test("It holds the executable, the authorities' certificates, an empty /tmp, and nothing else")
    func files() async throws {
        #expect(
            try await ImageContents.paths(of: image) == [
                "ingot-runner", "etc/", "etc/ssl/", "etc/ssl/certs/", "etc/ssl/certs/ca-certificates.crt", "tmp/",
            ]
        )
    }

    @Test("It says its version and its sources, is no one's root, and starts the runner without a shell")
    func configuration() async throws {
        let image = try await Podman.inspect(image)
        let labels = image["Labels"]
        #expect(labels?["ingot.version"]?.stringValue == IngotVersion.current)
        #expect(labels?["org.opencontainers.image.version"]?.stringValue == IngotVersion.current)
        #expect(labels?["org.opencontainers.image.title"]?.stringValue == "ingot-runner")
        let described = try JSONValue(
            parsing: await Podman.run("run", "--rm", "--network", "none", self.image, "describe").output.utf8
        )
        let sources = try #require(described.arrayValue).compactMap { $0["id"]?.stringValue }
        #expect(!sources.isEmpty)
        #expect(labels?["ingot.sources"]?.stringValue == sources.joined(separator: ","))
        let configuration = image["Config"]
        #expect(configuration?["User"]?.stringValue == "65532:65532")
        #expect(configuration?["Entrypoint"] == .array([.string("/ingot-runner")]))
        let health = image["Healthcheck"] ?? image["HealthCheck"]
        #expect(health?["Test"] == .array(["CMD", "/ingot-runner", "health"].map(JSONValue.string)))
    }

    @Test("Neither its settings, its history nor its layers hold a secret of those who built it")
    func secrets() async throws {
        let folder = try TemporaryFolder()
        let archive = try await ImageContents.archive(of: image, in: folder)
        // The search finds what is there.
        #expect(try await ImageContents.file(archive, holds: "org.opencontainers.image.title"))
        #expect(try await ImageContents.file(archive, hasLine: "-----BEGIN CERTIFICATE-----"))
        // A key's head stands on a line of its own; the library that reads keys holds such words among others.
        for kind in ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY"] {
            #expect(try await !ImageContents.file(archive, hasLine: "-----BEGIN \(kind)-----"))
        }
        let names = ["TOKEN", "SECRET", "PASSWORD", "API_KEY", "ACCESS_KEY", "CREDENTIAL"]
        for (name, value) in ProcessInfo.processInfo.environment where value.count >= 8 {
            guard names.contains(where: { name.uppercased().contains($0) }) else { continue }
            #expect(try await !ImageContents.file(archive, holds: value), "the value of \(name) is in the image")
        }
        let variables = try await Podman.inspect(image)["Config"]?["Env"]?.arrayValue ?? []
        #expect(variables.compactMap(\.stringValue).allSatisfy { $0.hasPrefix("PATH=") }, "\(variables)")
    }

    @Test(
        "With its settings in a file it ingests a title into the stores, confined, and the gateway's command reads it"
    )
    func run() async throws {
        let folder = try TemporaryFolder()
        let sample = try folder.sample("sample", label: "900-1")
        let data = folder.path("data")
        try await RunningStores.run(data: data) { settings in
            var settings = settings
            settings["INGOT_SOURCE"] = "usc"
            settings["INGOT_PARAMETERS"] = #"{"titles":["1"]}"#
            settings["INGOT_ORIGIN"] = "/origin"
            let file = try Self.environmentFile(settings, in: folder)
            let outcome = try await Podman.run(
                ["run", "--rm", "--network", "host", "--env-file", file, "--volume", "\(sample):/origin:ro"]
                    + confinement + [image, "run"]
            )
            let reports = try outcome.output.split(separator: "\n").map { try JSONValue(parsing: $0.utf8) }
            #expect(reports.count > 2)
            #expect(reports.last?["type"]?.stringValue == "finished")
            for secret in ["D1_API_TOKEN", "R2_SECRET_ACCESS_KEY"] {
                #expect(!outcome.text.contains(try #require(settings[secret])))
            }
            let reader = IngotCommandLine(data: folder.path("reader"), environment: settings)
            #expect(try await reader.run("verify", "usc").output.contains(" 0 problems"))
            let revisions = try JSONValue(parsing: await reader.run("revisions", "usc", "--json").output.utf8)
            #expect(revisions["revisions"]?.arrayValue?.first?["label"]?.stringValue == "900-1")
        }
    }

    @Test("With what `ingot env` prints it ingests into the stores of a running gateway, which shows the result")
    func runIntoGateway() async throws {
        let folder = try TemporaryFolder()
        let sample = try folder.sample("sample", label: "900-1")
        let data = folder.path("data")
        let ingot = IngotCommandLine(data: data)
        try await RunningGateway.run(data: data) { _ in
            let printed = try await ingot.run("env").output
            let job = "INGOT_SOURCE=usc\nINGOT_PARAMETERS={\"titles\":[\"1\"]}\nINGOT_ORIGIN=/origin\n"
            let file = folder.path("runner.env")
            try Data((printed + job).utf8).write(to: URL(filePath: file))
            let outcome = try await Podman.run(
                ["run", "--rm", "--network", "host", "--env-file", file, "--volume", "\(sample):/origin:ro"]
                    + confinement + [image, "run"]
            )
            #expect(outcome.output.contains(#""outcome":"succeeded""#))
            #expect(try await ingot.run("verify", "usc").output.contains(" 0 problems"))
            #expect(try await ingot.run("revisions", "usc").output.contains("900-1"))
        }
    }

    @Test("As a server it says that it is well, takes one job over HTTP, runs it and ends with it")
    func serve() async throws {
        let folder = try TemporaryFolder()
        let sample = try folder.sample("sample", label: "900-1")
        try await RunningStores.run(data: folder.path("data")) { settings in
            let file = try Self.environmentFile(settings, in: folder)
            let options = ["--network", "host", "--env-file", file, "--volume", "\(sample):/origin:ro"] + confinement
            try await RunningContainer.run(options + [image, "serve", "--port", "0"]) { container in
                let line = "listening on http://0.0.0.0:"
                let log = try await container.written(line)
                let port = try #require(
                    log.firstRange(of: line).map { log[$0.upperBound...].prefix(while: \.isNumber) }
                )
                let health = try await container.execute("/ingot-runner", "health", "--port", String(port))
                #expect(health.output == "ready\n")
                var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/ingest/usc")
                request.method = .POST
                request.body = .bytes(ByteBuffer(string: #"{"titles":["1"],"origin":"/origin"}"#))
                let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
                #expect(response.status == .accepted)
                #expect(try await container.exitCode() == 0)
            }
            let reader = IngotCommandLine(data: folder.path("reader"), environment: settings)
            #expect(try await reader.run("verify", "usc").output.contains(" 0 problems"))
        }
    }

    @Test("The engine's health check asks a server, and SIGTERM to process 1 ends it with 143")
    func healthAndStop() async throws {
        try await RunningContainer.run(["--network", "none"] + confinement + [image, "serve"]) { container in
            _ = try await container.written("listening on ")
            try await Podman.run("healthcheck", "run", container.name)
            let wrong = try await container.execute("/ingot-runner", "health", "--port", "9", expecting: 1)
            #expect(wrong.errors.contains("does not answer at port 9"))
            #expect(try await container.end(by: "TERM") == 143)
        }
    }

    @Test("A job that runs is well for the health check, and SIGTERM to process 1 ends it with 143")
    func runningJob() async throws {
        let folder = try TemporaryFolder()
        try await RunningStores.run(data: folder.path("data")) { settings in
            var settings = settings
            settings["INGOT_SOURCE"] = "probe"
            settings["INGOT_PARAMETERS"] = #"{"events":100000,"interval_ms":100}"#
            let file = try Self.environmentFile(settings, in: folder)
            let options = ["--network", "host", "--env-file", file] + confinement
            try await RunningContainer.run(options + [image, "run"]) { container in
                _ = try await container.written("event 1 of")
                #expect(try await container.execute("/ingot-runner", "health").output == "running\n")
                #expect(try await container.end(by: "TERM") == 143)
            }
        }
    }

    @Test("Without a place to write, the job fails and says what to give the container")
    func nowhereToWrite() async throws {
        let folder = try TemporaryFolder()
        try await RunningStores.run(data: folder.path("data")) { settings in
            var settings = settings
            settings["INGOT_SOURCE"] = "usc"
            let file = try Self.environmentFile(settings, in: folder)
            let outcome = try await Podman.run(
                [
                    "run", "--rm", "--network", "host", "--env-file", file, "--read-only", "--read-only-tmpfs=false",
                    image, "run",
                ],
                expecting: 1
            )
            #expect(outcome.text.contains("work_folder_unusable"))
            #expect(outcome.text.contains("Read-only file system"))
            #expect(outcome.text.contains("--tmpfs /tmp"))
        }
    }

    @Test("Names are found without any file of the image: the engine's hosts file is asked")
    func names() async throws {
        let outcome = try await Podman.run(
            [
                "run", "--rm", "--network", "none", "--add-host", "publisher.test:127.0.0.1", "--env",
                "INGOT_ORIGIN=http://publisher.test:9",
            ] + confinement + [image, "releases", "usc"],
            expecting: 1
        )
        // Found, and then refused; a name that is not found says so.
        #expect(outcome.errors.contains("upstream_unreachable"))
        #expect(outcome.errors.contains("refused"))
        #expect(!outcome.errors.contains("cannot be resolved"))
    }

    /// Writes settings as `--env-file` reads them, for this user's eyes only.
    private static func environmentFile(_ settings: [String: String], in folder: TemporaryFolder) throws -> String {
        let path = folder.path("runner.env")
        let text = settings.map { "\($0.key)=\($0.value)\n" }.sorted().joined()
        guard
            FileManager.default.createFile(
                atPath: path,
                contents: Data(text.utf8),
                attributes: [.posixPermissions: 0o600]
            )
        else { throw CocoaError(.fileWriteUnknown) }
        return path
    }
}
