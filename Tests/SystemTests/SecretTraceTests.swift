import FoundationEssentials
import IngotCore
import IngotTesting
import NIOHTTP1
import Subprocess
import SystemPackage
import Testing

/// A whole gateway with secrets planted wherever there are some, and a job that says all it was told.
@Suite(
    "Secrets leave no trace",
    .fillsTheMachine,
    .timeLimit(.minutes(10)),
    .enabled(if: SQLiteShell.path != nil, "\(ThirdParty.absence)")
)
struct SecretTraceTests {
    /// A secret with its name, for what a failure says.
    private struct Planted {
        var name: String
        var value: String

        /// Every way in which a text can hold it.
        var forms: [String] {
            let json = String(JSONValue.string(value).canonicalText.dropFirst().dropLast())
            // The digits of base64 that are the same whatever stands around the bytes.
            let base64 = (0..<3).map { before in
                let text = Data([UInt8](repeating: 0, count: before) + Array(value.utf8)).base64EncodedString()
                return String(text.dropFirst((8 * before + 5) / 6).prefix(8 * value.utf8.count / 6 - 1))
            }
            return [value, PercentEncoding.encode(value), json, json.replacing("/", with: "\\/")] + base64
        }
    }

    /// Where a secret could have come, by what it is called.
    private typealias Places = [(name: String, text: String)]

    private static let originName = "planted-origin-name"
    /// Which of the jobs reads the origin's name from another source's upstream.
    ///
    /// The rows of its units are its runner's own, and that runner was not told what to be silent about.
    private static let echo = 3
    private static let originPassword = "planted/word of \"an origin\""

    @Test("A job that says its token, the stores' credentials and the origin's password is heard without them")
    func noTrace() async throws {
        let folder = try TemporaryFolder()
        try await RunningStores.run(data: folder.path("stores")) { settings in
            var environment = settings
            // In files, so that no environment holds them.
            for name in ["D1_API_TOKEN", "R2_SECRET_ACCESS_KEY"] {
                environment[name] = nil
                environment["\(name)_FILE"] = try folder.write(name, try #require(settings[name]))
            }
            environment["INGOT_PROBE_STAMPS"] = folder.path("stamps")
            var zip = HandMadeZip()
            zip.add("usc01.xml", Array("<?xml version=\"1.0\"?><\(Self.originName)/>".utf8))
            try folder.write("upstream/xml_usc01@900-5.zip", zip.bytes)
            let arguments = [
                "--verbose", "--max-attempts", "1", "--origin", "usc=\(folder.path("upstream"))", "--origin",
                "probe=http://\(Self.originName):\(PercentEncoding.encode(Self.originPassword))@127.0.0.1:9/",
            ]
            let surroundings = environment
            try await PostReceiver.serving(keeping: folder.path("posts")) { receiver in
                try await RunningGateway.run(
                    data: folder.path("data"),
                    arguments: arguments,
                    environment: surroundings,
                    errors: folder.path("errors")
                ) { gateway in
                    try await self.lookEverywhere(gateway, folder, receiver, settings)
                }
            }
        }
    }

    private func lookEverywhere(
        _ gateway: RunningGateway,
        _ folder: TemporaryFolder,
        _ receiver: String,
        _ settings: [String: String]
    ) async throws {
        let key = try await gateway.send(.POST, "/api/keys", ["role": "operator"]).body["key"]?.stringValue
        let webhook = try await gateway.send(.POST, "/api/webhooks", ["url": .string(receiver)]).body
        var planted = [
            Planted(name: "origin's name", value: Self.originName),
            Planted(name: "origin's password", value: Self.originPassword),
            Planted(name: "local key", value: gateway.key.revealed),
            Planted(name: "API key", value: try #require(key)),
            Planted(name: "webhook's secret", value: try #require(webhook["secret"]?.stringValue)),
        ]
        for name in ["D1_API_TOKEN", "R2_SECRET_ACCESS_KEY"] {
            planted.append(Planted(name: name, value: try #require(settings[name])))
        }

        // One that works while the processes are looked at, one that succeeds, one that fails, and one that reads
        // from upstream what upstream could only have from the origin's address.
        let working = try await gateway.submit("probe", ["reveal_settings": true, "events": 1, "sleep_ms": 600_000])
        try await gateway.events(of: working, after: 0) { $0.data["message"]?.stringValue == "event 1 of 1" }
        planted += try tokens(in: folder, count: 1)
        try expectNothing(of: planted, in: processes(data: folder.path("data")))
        let cancelled = try await gateway.send(.POST, "/api/ingest/jobs/\(working)/cancel", nil)
        #expect(cancelled.status < 300)
        let jobs = [
            working, try await gateway.submit("probe", ["reveal_settings": true]),
            try await gateway.submit("probe", ["reveal_settings": true, "fail": "planted"]),
            try await gateway.submit("usc", [:]),
        ]
        var places: Places = []
        for (index, id) in jobs.enumerated() {
            let events = try await gateway.events(of: id, after: 0)
            #expect(events.last?.name == "done")
            let lines = events.map { "\($0.name) \($0.data.canonicalText)" }
            places.append(("events of job \(index)", lines.joined(separator: "\n")))
        }
        planted += try tokens(in: folder, count: 3)
        places += try await answers(gateway, jobs: jobs, planted)
        // That the words came through at all, and that something stands in the place of the secrets.
        for name in ["INGOT_ATTEMPT_TOKEN", "D1_API_TOKEN", "R2_SECRET_ACCESS_KEY"] {
            for form in ["as it is: <redacted>", "percent-encoded: <redacted>", "as JSON: \"<redacted>\""] {
                for place in ["events of job 1", "job 1", "log of job 1", "job 2", "log of job 2"] {
                    let text = places.first { $0.name == place }?.text ?? ""
                    let words = "\(name) \(form)"
                    #expect(text.contains(words) || text.contains(words.replacing("\"", with: "\\\"")), "\(place)")
                }
            }
        }
        #expect(places.first { $0.name == "job \(Self.echo)" }?.text.contains("root element is “<redacted>”") == true)

        let archives = try await archives(of: jobs.count, probes: 3, in: folder)
        #expect(archives.filter { $0.text.contains("INGOT_ATTEMPT_TOKEN as it is: <redacted>") }.count == 3)
        places += try archives + files(in: folder)
        // What is told is told at least once, so there may be more.
        while (try? WholeFile.text(folder.path("posts")).split(separator: "\n").count) ?? 0 < jobs.count {
            try await Task.sleep(for: .milliseconds(50))
        }
        places.append(("posts", try WholeFile.text(folder.path("posts"))))
        #expect(places.last?.text.contains("as it is: <redacted>") == true)
        places += try await rows(in: folder, except: jobs[Self.echo])
        let errors = try WholeFile.text(folder.path("errors"))
        #expect(errors.contains("/api/ingest/jobs"))
        places.append(("standard error", errors))
        try expectNothing(of: planted, in: places)
    }

    private func expectNothing(of planted: [Planted], in places: Places) throws {
        try #require(!places.isEmpty)
        for secret in planted {
            for (name, text) in places where secret.forms.contains(where: { text.contains($0) }) {
                Issue.record("\(secret.name) shows in: \(name)")
            }
        }
    }

    /// The tokens of the attempts so far, as the probe has noted them outside of all that a gateway shows.
    private func tokens(in folder: TemporaryFolder, count: Int) throws -> [Planted] {
        let name = "INGOT_ATTEMPT_TOKEN"
        let values = try WholeFile.text(folder.path("stamps")).split(separator: "\n")
            .filter { $0.hasPrefix("\(name) ") }.map { String($0.dropFirst(name.count + 1)) }
        try #require(Set(values).count == count)
        return values.map { Planted(name: name, value: $0) }
    }

    // MARK: - Places

    /// What all processes of the machine show of their command lines and surroundings.
    private func processes(data: String) throws -> Places {
        var places: Places = []
        for process in try FileManager.default.contentsOfDirectory(atPath: "/proc") where Int(process) != nil {
            // One that has ended meanwhile shows nothing, and one of somebody else not its environment.
            let line = (try? WholeFile.text("/proc/\(process)/cmdline")) ?? ""
            let surroundings = (try? WholeFile.text("/proc/\(process)/environ")) ?? ""
            // The operator of this gateway has chosen to name an origin with a password there.
            let isGateway = line.contains("--origin") && line.contains(data)
            places.append(("process \(process)", (isGateway ? "" : line) + "\n" + surroundings))
        }
        #expect(places.contains { $0.text.contains("INGOT_WORK_FOLDER=\(data)/work/") })
        return places
    }

    /// What the gateway answers on jobs, and on requests that hold a secret by mistake.
    private func answers(_ gateway: RunningGateway, jobs: [String], _ planted: [Planted]) async throws -> Places {
        var places: Places = []
        for (index, id) in jobs.enumerated() {
            for (name, path) in [("job", ""), ("units of job", "/units"), ("attempts of job", "/attempts")] {
                let answer = try await gateway.send(.GET, "/api/ingest/jobs/\(id)\(path)", nil)
                #expect(answer.status == 200)
                // As text, so that escapes are in it as they travel.
                if index == Self.echo, path == "/units" { continue }
                places.append(("\(name) \(index)", answer.body.canonicalText))
            }
            let log = try await IngotCommandLine(data: "/nowhere", environment: ["INGOT_API_KEY": gateway.key.revealed])
                .run("logs", id, "--gateway", gateway.url)
            places.append(("log of job \(index)", log.output))
        }
        for path in [
            "/api/ingest/jobs", "/api/sources", "/api/keys", "/api/webhooks", "/api/audit?limit=500", "/healthz",
            "/openapi.yaml/none",
        ] {
            places.append((path, try await gateway.send(.GET, path, nil).body.canonicalText))
        }
        let strange = try await gateway.send(.GET, "/api/law/us/x", nil, headers: [("authorization", "Bearer wrong")])
        #expect(strange.status == 401)
        places.append(("refused key", strange.body.canonicalText))
        for secret in planted where secret.name.hasSuffix("ey") {
            let answer = try await gateway.send(
                .POST,
                "/api/ingest/\(PercentEncoding.encode(secret.value))",
                [:],
                headers: [("authorization", "Bearer x\(secret.value)")]
            )
            #expect(answer.status == 401)
            places.append(("refused \(secret.name)", answer.body.canonicalText))
        }
        return places
    }

    /// The logs in the object store, unpacked, once there are so many, and those of all probes among them.
    private func archives(of count: Int, probes: Int, in folder: TemporaryFolder) async throws -> Places {
        while true {
            var places: Places = []
            // Files come and go meanwhile.
            for name in (try? FileManager.default.subpathsOfDirectory(atPath: folder.path("stores"))) ?? [] {
                guard let bytes = try? WholeFile.bytes(folder.path("stores/\(name)")), bytes.starts(with: [0x1F, 0x8B])
                else { continue }
                let unpacked = try await Subprocess.run(
                    .name("gzip"),
                    arguments: ["-dc"],
                    input: .array(bytes),
                    output: .string(limit: 16 << 20),
                    error: .discarded
                )
                // One that is still being written is looked at again.
                if unpacked.terminationStatus.isSuccess { places.append(("archive \(name)", unpacked.standardOutput)) }
            }
            let ofProbes = places.filter { $0.text.contains("INGOT_ATTEMPT_TOKEN as it is: ") }
            if places.count >= count, ofProbes.count >= probes { return places }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// The files of the gateway's data folder, but for the key that lies there for this machine's commands.
    private func files(in folder: TemporaryFolder) throws -> Places {
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path("data"))
        let places = names.filter { $0 != "local.key" }.compactMap { name in
            (try? WholeFile.text(folder.path("data/\(name)"))).map { (name: name, text: $0) }
        }
        #expect(places.contains { $0.text.contains("INGOT_ATTEMPT_TOKEN as it is: <redacted>") })
        return places
    }

    /// Every row of every table, but for those that sign what webhooks are told.
    ///
    /// - Parameter echo: the job whose units are left out.
    private func rows(in folder: TemporaryFolder, except echo: String) async throws -> Places {
        var places: Places = []
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path("stores"))
        for name in names where name.hasSuffix(".sqlite") {
            let dump = try await SQLiteShell.query(".dump", in: folder.path("stores/\(name)"))
            let rows = dump.split(separator: "\n").filter { row in
                !row.hasPrefix("INSERT INTO webhooks ")
                    && !(row.hasPrefix("INSERT INTO ingest_job_units ") && row.contains("'\(echo)'"))
            }
            places.append((name, rows.joined(separator: "\n")))
        }
        #expect(places.contains { $0.text.contains("INSERT INTO ingest_jobs ") && $0.text.contains("<redacted>") })
        return places
    }
}
