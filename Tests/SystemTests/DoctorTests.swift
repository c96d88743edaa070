import IngotCore
import IngotTesting
import Testing

@Suite("ingot doctor", .fillsTheMachine)
struct DoctorTests {
    private func outcomes(_ lines: [JSONValue]) -> [String: String] {
        Dictionary(
            lines.map {
                ("\($0["area"]?.stringValue ?? "") \($0["check"]?.stringValue ?? "")", $0["outcome"]?.stringValue ?? "")
            },
            uniquingKeysWith: { first, _ in first }
        )
    }

    @Test("finds everything in order in a new folder, beside a running gateway, and leaves nothing behind")
    func inOrder() async throws {
        let folder = try TemporaryFolder()
        let ingot = IngotCommandLine(data: folder.path + "/data")
        let alone = try await ingot.run("doctor", "--json").jsonLines()
        #expect(alone.count >= 14)
        #expect(Set(outcomes(alone).values) == ["ok"])
        try await RunningGateway.run(data: ingot.data) { gateway in
            let beside = try await ingot.run("doctor").output
            #expect(beside.contains("ok       gateway   runs: \(gateway.url)"))
            #expect(!beside.contains("failed"))
            #expect(beside.contains("calls left: 1200"))
        }
        let tables = try await SQLiteShell.query(
            "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'ingot_doctor%'",
            in: ingot.data + "/stores/d1/ingot.sqlite"
        )
        #expect(tables == "0\n")
        let keys = try await SQLiteShell.query(
            "SELECT count(*) FROM objects",
            in: ingot.data + "/stores/r2/ingot/index.sqlite"
        )
        #expect(keys == "0\n")
    }

    @Test("names what is wrong with stores of other settings, and what to do, without a secret")
    func wrongSettings() async throws {
        let folder = try TemporaryFolder()
        try await RunningStores.run(data: folder.path + "/stores") { settings in
            func doctor(_ changes: [String: String], expecting exitCode: Int32) async throws -> [JSONValue] {
                let changed = settings.merging(changes) { _, new in new }
                let ingot = IngotCommandLine(data: folder.path + "/data", environment: changed)
                let outcome = try await ingot.run("doctor", "--json", expecting: exitCode)
                for secret in ["D1_API_TOKEN", "R2_SECRET_ACCESS_KEY"] {
                    let value = try #require(changed[secret])
                    #expect(!outcome.output.contains(value) && !outcome.errors.contains(value))
                }
                return try outcome.jsonLines()
            }
            func advice(_ lines: [JSONValue]) -> String {
                lines.filter { $0["outcome"] == "failed" }.compactMap { $0["advice"]?.stringValue }.joined()
            }
            #expect(Set(outcomes(try await doctor([:], expecting: 0)).values) == ["ok"])

            let token = try await doctor(["D1_API_TOKEN": "not-the-token"], expecting: 1)
            #expect(outcomes(token)["database answers"] == "failed")
            #expect(outcomes(token)["database writes a row"] == "skipped")
            #expect(outcomes(token)["objects removes it"] == "ok")
            #expect(advice(token).contains("D1_API_TOKEN"))

            let database = try await doctor(["D1_DATABASE_ID": "00000000-0000-4000-8000-000000000000"], expecting: 1)
            #expect(advice(database).contains("D1_DATABASE_ID"))

            let secret = try await doctor(["R2_SECRET_ACCESS_KEY": "not-the-secret"], expecting: 1)
            #expect(outcomes(secret)["database removes it"] == "ok")
            #expect(outcomes(secret)["objects stores an object"] == "failed")
            #expect(advice(secret).contains("R2_SECRET_ACCESS_KEY"))

            let bucket = try await doctor(["R2_BUCKET_NAME": "another"], expecting: 1)
            #expect(advice(bucket).contains("R2_BUCKET_NAME"))

            let silent = try await doctor(["R2_ENDPOINT": "http://127.0.0.1:9"], expecting: 1)
            #expect(outcomes(silent)["objects same clock"] == "failed")
            #expect(advice(silent).contains("R2_ENDPOINT"))
        }
    }

    @Test("tells a runner that is not there and a folder that cannot be written")
    func machine() async throws {
        let folder = try TemporaryFolder()
        var ingot = IngotCommandLine(data: folder.path + "/data")
        ingot.environment["INGOT_RUNNER"] = folder.path + "/missing"
        let runner = try await ingot.run("doctor", expecting: 1)
        #expect(runner.output.contains("failed   runner    starts"))
        #expect(runner.output.contains("Build ingot-runner"))
        #expect(runner.output.contains("ok       objects   removes it"))

        try folder.write("file", "")
        let blocked = try await IngotCommandLine(data: folder.path + "/file/data").run("doctor", expecting: 1)
        #expect(blocked.output.contains("failed   folder    can be written"))
        #expect(blocked.output.contains("give another folder with --data"))
    }
}
