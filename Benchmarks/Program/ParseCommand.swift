import ArgumentParser
import IngotCore
import IngotLaw
import IngotUSCode

/// `ingot-benchmark parse`: a title's nodes out of its zip, on one core, by the code that the runner uses.
struct ParseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parse",
        abstract: "Reads all nodes of a title from its zip.",
        discussion: """
            Prints {"nodes", "characters", "processor": [SECONDS], "wall": [SECONDS]}, a time for each repeat. A zip \
            whose document is stored and not packed leaves out what unpacking costs.
            """
    )

    @Argument(help: "The zip, as upstream publishes it.")
    var zip: String

    @Option(help: "Which title it is, for example 42 or 5a.")
    var unit: String

    @Option(help: "How many times it is read.")
    var repeats = 1

    func run() throws {
        var nodes = 0
        var characters = 0
        var processor: [JSONValue] = []
        var wall: [JSONValue] = []
        for _ in 0..<repeats {
            nodes = 0
            let took = try Stopwatch.measure {
                var reader = try USCodeReader(zip: zip, unit: unit, label: nil)
                while try reader.next() != nil { nodes += 1 }
                characters = reader.findings.keptCharacters
            }
            processor.append(.number(took.processor))
            wall.append(.number(took.wall))
        }
        let report: JSONValue = [
            "nodes": .integer(Int64(nodes)), "characters": .integer(Int64(characters)),
            "processor": .array(processor), "wall": .array(wall),
        ]
        print(report.canonicalText)
    }
}
