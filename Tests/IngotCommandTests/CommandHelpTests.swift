import ArgumentParser
import IngotCore
import Testing

@testable import ingot

@Suite("What commands say of themselves")
struct CommandHelpTests {
    private struct Command {
        var path: String
        var description: JSONValue
        var options: Set<String> {
            Set(
                (description["arguments"]?.arrayValue ?? []).flatMap { argument in
                    (argument["names"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
                }
            )
        }
        var discussion: String { description["discussion"]?.stringValue ?? "" }
    }

    /// What prints no data of its own, or says its shape by another option.
    private static let withoutJSON: Set = [
        "ingot export", "ingot records export", "ingot serve", "ingot stores",
    ]

    private static func commands() throws -> [Command] {
        func leaves(_ command: JSONValue, _ path: String) -> [Command] {
            let children = (command["subcommands"]?.arrayValue ?? []).filter { $0["commandName"] != "help" }
            if children.isEmpty { return [Command(path: path, description: command)] }
            return children.flatMap { leaves($0, "\(path) \($0["commandName"]?.stringValue ?? "")") }
        }
        let help = try JSONValue(parsing: IngotCommand._dumpHelp().utf8)
        return leaves(try #require(help["command"]), "ingot")
    }

    @Test("Each prints JSON, and says of which shape")
    func json() throws {
        let commands = try Self.commands()
        #expect(commands.count > 35)
        for command in commands where !Self.withoutJSON.contains(command.path) {
            #expect(command.options.contains("json"), "\(command.path) has no --json")
            #expect(command.discussion.contains("--json"), "\(command.path) does not say what --json prints")
        }
        #expect(Set(commands.map(\.path)).isSuperset(of: Self.withoutJSON))
    }

    @Test("Each has an example that the command itself can read")
    func examples() throws {
        for command in try Self.commands() {
            let lines = command.discussion.split(separator: "\n").map { $0.drop { $0 == " " } }
            let examples = lines.filter { $0.hasPrefix(command.path + " ") || $0 == command.path }
            let isThere = !examples.isEmpty || command.discussion.contains("| ingot") || command.path == "ingot doctor"
            #expect(isThere, "\(command.path) has no example")
            for example in examples {
                // What a shell would do is left to it.
                let plain = example.split(separator: "  ").first.map(String.init) ?? ""
                guard !plain.contains(where: { "|>$'\"".contains($0) }), !plain.contains(" && ") else { continue }
                let words = plain.split(separator: " ").dropFirst().map(String.init)
                guard !words.contains("--detach"), words.first != "config" else { continue }
                #expect(throws: Never.self, "\(plain)") { try IngotCommand.parseAsRoot(words) }
            }
        }
    }

    @Test("A word that is no command is answered with the nearest one")
    func nearest() {
        let failure = #expect(throws: CommandFailure.self) { try IngotCommand.checkCommand("ingset") }
        #expect(failure?.message.contains("did you mean `ingot ingest`?") == true)
        #expect(failure?.exitCode == CommandFailure.usage)
        let strange = #expect(throws: CommandFailure.self) { try IngotCommand.checkCommand("qqqqqq") }
        #expect(strange?.message.contains("did you mean") == false)
        for word in [nil, "--help", "help", "jobs"] {
            #expect(throws: Never.self) { try IngotCommand.checkCommand(word) }
        }
    }
}
