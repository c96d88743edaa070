import ArgumentParser
import FoundationEssentials
import IngotSamples

/// The command `ingot sample usc`.
struct SampleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample",
        abstract: "Writes a made-up release in a source's real format, for trying things out.",
        discussion: """
            The text is invented by a seeded generator: the same seed gives the same bytes.

            Example:
              ingot sample usc --title 1 --sections 200 --output ./sample
            """
    )

    @Argument(help: "The source whose format is written: usc.")
    var source: String

    @Option(help: "The number of a title to write, 1 to 99; may be given several times.")
    var title: [Int] = [1]

    @Option(help: "Sections in each title.")
    var sections = 100

    @Option(help: "The release's label.")
    var label = "900-1"

    @Option(help: "Each edition changes, adds and removes a few sections of the one before it.")
    var edition = 1

    @Option(help: "The generator's seed.")
    var seed: UInt64 = 1

    @Option(help: "The folder to write to; made when it is missing.")
    var output: String

    func validate() throws {
        guard source == "usc" else { throw ValidationError("samples are made for usc only") }
        guard title.allSatisfy((1...99).contains) else { throw ValidationError("--title is a number from 1 to 99") }
        guard (1...1000).contains(edition) else { throw ValidationError("--edition is a number from 1 to 1000") }
        guard (1...1_000_000).contains(sections) else {
            throw ValidationError("--sections is a number from 1 to 1000000")
        }
    }

    func run() throws {
        try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        let titles = title.map { SampleTitle(seed: seed, number: $0, sections: sections, edition: edition) }
        for file in try SampleRelease.write(label: label, titles: titles, toFolder: output) {
            try StandardOutput.line(file)
        }
    }
}
