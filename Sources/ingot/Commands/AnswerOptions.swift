import ArgumentParser
import IngotClient
import IngotCore

/// How a command prints what the gateway answers: for people, or as it is.
struct AnswerOptions: ParsableArguments {
    @Flag(help: "Print the gateway's answer as JSON.")
    var json = false

    /// Prints an answer.
    ///
    /// - Parameter text: the answer for people, without the last line's end.
    func print(_ answer: JSONValue, _ text: (JSONValue) -> String) throws {
        try StandardOutput.line(json ? answer.canonicalText : text(answer))
    }

    /// Gets a list and prints it as a table.
    func printList(from path: String, of client: GatewayClient, as table: AnswerTable) async throws {
        try self.print(try await client.get(JSONValue.self, path), table.text)
    }
}
