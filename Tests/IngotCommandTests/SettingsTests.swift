import ArgumentParser
import FoundationEssentials
import Glibc
import IngotCore
import IngotTesting
import Testing

@testable import ingot

@Suite("Settings from file, environment and command line")
struct SettingsTests {
    private func settings(
        _ file: String? = nil,
        _ variables: [String: String] = [:],
        _ arguments: [String] = []
    ) throws -> EffectiveSettings {
        let folder = try TemporaryFolder()
        var arguments = arguments
        if let file {
            try Data(file.utf8).write(to: URL(filePath: folder.path("c.json")))
            arguments.insert(contentsOf: ["--config", folder.path("c.json")], at: 0)
        }
        return try EffectiveSettings(arguments: arguments, variables: variables)
    }

    private func entry(_ name: String, _ settings: EffectiveSettings) throws -> (values: [String], from: String) {
        let entry = try #require(settings.entries(SettingTable()).first { $0.setting.name == name })
        let from =
            switch entry.origin {
            case .option(let name), .variable(let name): name
            case .file(_, let name): "file \(name)"
            case .standard: "default"
            }
        return (entry.values, from)
    }

    @Test("The command line counts before the environment, that before the file, that before what holds otherwise")
    func precedence() throws {
        let file = #"{"gateway": "http://file", "serve": {"port": 1, "limit": ["a=1"], "sandbox": true}}"#
        let port = "serve.port"
        #expect(try entry(port, settings()) == (["8005"], "default"))
        #expect(try entry(port, settings(file)) == (["1"], "file serve.port"))
        #expect(try entry(port, settings(file, ["INGOT_SERVE_PORT": "2"])) == (["2"], "INGOT_SERVE_PORT"))
        let line = ["serve", "--port", "3"]
        #expect(try entry(port, settings(file, ["INGOT_SERVE_PORT": "2"], line)) == (["3"], "--port"))
        #expect(try entry(port, settings(file, [:], ["serve", "--port=4"])) == (["4"], "--port"))
        #expect(try entry("gateway", settings(file)) == (["http://file"], "file gateway"))
        #expect(try entry("gateway", settings(file, ["INGOT_GATEWAY": "x"])) == (["x"], "INGOT_GATEWAY"))
    }

    @Test("A server gets what is set elsewhere as its options, and another command nothing")
    func completed() throws {
        let file = #"{"serve": {"port": 1, "limit": ["memory_mib=99", "processes=5"], "sandbox": true}}"#
        let environment = ["INGOT_SERVE_SLOTS": "3", "INGOT_SERVE_ALLOWED_HOST": "a, b"]
        let arguments = try settings(file, environment, ["serve", "--port", "9", "--no-sandbox"]).completedArguments
        #expect(arguments.first == "serve" && arguments.suffix(3) == ["--port", "9", "--no-sandbox"])
        #expect(
            Set(arguments.dropFirst().dropLast(3)) == [
                "--limit=memory_mib=99", "--limit=processes=5", "--slots=3", "--allowed-host=a", "--allowed-host=b",
            ]
        )
        let command = try #require(try IngotCommand.parseAsRoot(arguments) as? ServeCommand)
        #expect(command.port == 9 && command.running.slots == 3 && !command.launcher.sandbox)
        #expect(command.running.limit == ["memory_mib=99", "processes=5"])
        #expect(try settings(file, environment, ["jobs"]).completedArguments == ["jobs"])
        let flag = try settings(file, ["INGOT_SERVE_SANDBOX": "no"], ["serve"]).completedArguments
        #expect(flag.contains("--no-sandbox") && !flag.contains("--sandbox"))
        let maybe = try settings(file, ["INGOT_SERVE_SANDBOX": "maybe"], ["serve"])
        #expect(throws: CommandFailure.self) { try maybe.completedArguments }
    }

    @Test("Variables are set by the file where the environment does not, also not by a file of its own")
    func variables() throws {
        let file = #"{"key-file": "/k", "environment": {"D1_API_TOKEN": "t", "CF_ACCOUNT_ID": "a"}}"#
        #expect(
            try settings(file).variablesToSet
                == ["INGOT_API_KEY_FILE": "/k", "D1_API_TOKEN": "t", "CF_ACCOUNT_ID": "a"]
        )
        let set = ["CF_ACCOUNT_ID": "b", "D1_API_TOKEN_FILE": "/t", "INGOT_API_KEY": "k"]
        #expect(try settings(file, set).variablesToSet.isEmpty)
    }

    @Test(
        "What is wrong with a file is named, with what may have been meant",
        arguments: [
            (#"{"gatway": "x"}"#, "did you mean 'gateway'?"), (#"{"port": 1}"#, "did you mean 'serve.port'?"),
            (#"{"serve": {"prot": 1}}"#, "did you mean 'serve.port'?"), (#"{"serve": 1}"#, "must be an object"),
            (#"{"serve": {"sandbox": "yes"}}"#, "must be true or false"), (#"{"gateway": []}"#, "must be a text"),
            (#"{"serve": {"limit": [true]}}"#, "must be a list"), ("[]", "one JSON object"), ("{", "is not JSON"),
            (#"{"zzzzzz": 1}"#, "no setting 'zzzzzz'\n"),
        ]
    )
    func wrong(file: String, words: String) throws {
        let failure = #expect(throws: CommandFailure.self) { try settings(file) }
        #expect(failure?.message.contains(words) == true, "\(failure?.message ?? "")")
        #expect(failure?.exitCode == CommandFailure.usage)
    }

    @Test("A named file must be there, the standard one need not")
    func absent() throws {
        let folder = try TemporaryFolder()
        #expect(try EffectiveSettings(arguments: [], variables: ["HOME": folder.path]).file == nil)
        for arguments in [["--config", folder.path("none")], ["--config"]] {
            #expect(throws: CommandFailure.self) { try EffectiveSettings(arguments: arguments, variables: [:]) }
        }
        #expect(throws: CommandFailure.self) { try settings(nil, ["INGOT_CONFIG": folder.path("none")]) }
        // Behind the mark, nothing is an option any more.
        #expect(
            try settings(nil, [:], ["search", "--", "--config"]).completedArguments == ["search", "--", "--config"]
        )
    }

    @Test(
        "Others who can change the file, or read its secrets, are warned of",
        arguments: [0o600, 0o640, 0o660, 0o602]
    )
    func rights(mode: Int) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("c.json")
        for (text, holdsSecrets) in [("{}", false), (#"{"environment": {"R2_SECRET_ACCESS_KEY": "s"}}"#, true)] {
            try Data(text.utf8).write(to: URL(filePath: path))
            chmod(path, mode_t(mode))
            let warnings = try ConfigurationFile(path: path, text: text).warnings
            #expect(warnings.contains { $0.contains("changed by others") } == (mode & 0o022 != 0))
            #expect(warnings.contains { $0.contains("secrets") } == (holdsSecrets && mode & 0o044 != 0))
        }
    }

    @Test("Every option of the server is a setting, by its name and by a variable")
    func complete() throws {
        let help = try JSONValue(parsing: ServeCommand._dumpHelp().utf8)
        let names = (help["command"]?["arguments"]?.arrayValue ?? [])
            .compactMap { $0["preferredName"]?["name"]?.stringValue }.filter { !["help", "version"].contains($0) }
        #expect(names.count > 30)
        let table = SettingTable()
        for name in names where name != "data" && !(name.hasPrefix("no-") && names.contains(String(name.dropFirst(3))))
        {
            let setting = try #require(table.setting(named: "serve.\(name)"), "\(name)")
            #expect(setting.variables.first?.hasPrefix("INGOT_SERVE_") == true)
        }
        #expect(Set(table.settings.map(\.name)).count == table.settings.count)
    }
}
