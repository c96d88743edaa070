import IngotCore
import Testing

@Suite("Settings by name")
struct SettingsTests {
    private func settings(_ values: [String: String], files: [String: String] = [:]) -> Settings {
        Settings(values) { path in
            guard let text = files[path] else { throw SettingsError.missing(path) }
            return text
        }
    }

    @Test("A setting comes from its name, or from the file that NAME_FILE names")
    func files() throws {
        let settings = settings(
            ["A": "value", "A_FILE": "/a", "B_FILE": "/b", "C": "", "D_FILE": "", "E_FILE": "/empty"],
            files: ["/a": "other", "/b": "from a file\n", "/empty": "\n"]
        )
        #expect(try settings.string("A") == "value")
        #expect(try settings.string("B") == "from a file")
        #expect(try settings.string("C") == nil)
        #expect(try settings.string("D") == nil)
        #expect(try settings.string("E") == nil)
        #expect(try settings.string("F") == nil)
    }

    @Test("A file that cannot be read is an error that names the setting")
    func unreadable() {
        let error = #expect(throws: SettingsError.self) { try settings(["A_FILE": "/none"]).string("A") }
        #expect(error?.name == "A_FILE")
    }

    private static let complete = [
        "CF_ACCOUNT_ID": "account", "D1_DATABASE_ID": "database", "D1_API_TOKEN": "database-token",
        "R2_ACCESS_KEY_ID": "key", "R2_SECRET_ACCESS_KEY": "secret-key", "R2_BUCKET_NAME": "bucket",
    ]

    @Test("The stores are Cloudflare's unless their addresses are given")
    func storage() throws {
        let storage = try StorageSettings(settings: settings(SettingsTests.complete))
        #expect(storage.databaseBaseURL == "https://api.cloudflare.com/client/v4")
        #expect(storage.objectEndpoint == "https://account.r2.cloudflarestorage.com")
        #expect(storage.secrets.map(\.revealed) == ["database-token", "secret-key"])
        #expect(try StorageSettings(settings: settings(storage.settings)) == storage)
        var own = SettingsTests.complete
        own["D1_BASE_URL"] = "http://127.0.0.1:8080/client/v4/"
        own["R2_ENDPOINT"] = "https://objects.example/"
        let given = try StorageSettings(settings: settings(own))
        #expect(given.databaseBaseURL == "http://127.0.0.1:8080/client/v4")
        #expect(given.objectEndpoint == "https://objects.example")
    }

    @Test("Each missing setting is named", arguments: complete.keys.sorted())
    func missing(name: String) throws {
        var incomplete = SettingsTests.complete
        incomplete[name] = nil
        #expect(throws: SettingsError.missing(name)) { try StorageSettings(settings: settings(incomplete)) }
        #expect(throws: SettingsError.missing(name)) { try StorageSettings.ifConfigured(in: settings(incomplete)) }
    }

    @Test("No setting at all means the embedded stores")
    func unconfigured() throws {
        #expect(try StorageSettings.ifConfigured(in: settings(["PATH": "/bin"])) == nil)
        #expect(try StorageSettings.ifConfigured(in: settings(SettingsTests.complete)) != nil)
    }

    @Test(
        "Plain http is taken on loopback only",
        arguments: [
            ("http://localhost:1", true), ("http://127.0.0.1:1/x", true), ("http://127.9.9.9", true),
            ("http://[::1]:1", true), ("https://anywhere.example", true), ("http://10.0.0.1", false),
            ("http://localhost.evil.example", false), ("http://127.0.0.1.evil.example", false),
            ("http://127.0.0.1@evil.example", false), ("http://[::2]", false), ("ftp://localhost", false),
            ("localhost", false), ("http://", false),
        ]
    )
    func addresses(address: String, isTaken: Bool) throws {
        var values = SettingsTests.complete
        values["D1_BASE_URL"] = address
        let storage = try? StorageSettings(settings: settings(values))
        #expect((storage != nil) == isTaken)
    }

    @Test("An assignment survives the way through settings, and its secrets print as placeholders")
    func assignment() throws {
        let assignment = Assignment(
            job: JobID.make(),
            source: "usc",
            parameters: ["titles": ["1"]],
            attempt: 2,
            token: Secret("attempt-token"),
            gateway: "http://127.0.0.1:8080",
            origin: "/folder",
            storage: try StorageSettings(settings: settings(SettingsTests.complete)),
            workFolder: "/work",
            maxAttempts: 3
        )
        let read = try Assignment(settings: settings(assignment.settings))
        #expect(read.settings == assignment.settings)
        #expect(read.maxAttempts == 3)
        let printed = "\(assignment)"
        for secret in ["attempt-token", "database-token", "secret-key"] { #expect(!printed.contains(secret)) }
    }

    @Test(
        "A malformed assignment names what is wrong",
        arguments: [
            ("INGOT_JOB_ID", "17"), ("INGOT_ATTEMPT", "0"), ("INGOT_ATTEMPT", "x"), ("INGOT_MAX_ATTEMPTS", "0"),
            ("INGOT_PARAMETERS", "{"),
        ]
    )
    func malformedAssignment(name: String, value: String) {
        var values = SettingsTests.complete
        values["INGOT_SOURCE"] = "usc"
        values[name] = value
        let error = #expect(throws: SettingsError.self) { try Assignment(settings: settings(values)) }
        #expect(error?.name == name)
    }

    @Test("A secret shows nowhere but where it is asked for")
    func secrets() {
        let secret = Secret("hunter22")
        #expect("\(secret)" == "<secret>")
        #expect(String(reflecting: secret) == "<secret>")
        var dumped = ""
        dump([secret], to: &dumped)
        #expect(!dumped.contains("hunter22"))
        #expect(secret.revealed == "hunter22")
    }
}
