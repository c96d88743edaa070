import ArgumentParser
import FoundationEssentials
import IngotCore
import IngotSamples

/// The command `ingot sample`, with a subcommand for each source that samples are made for.
struct SampleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample",
        abstract: "Writes a made-up release in a source's real format, for trying things out.",
        discussion: """
            The text is invented by a seeded generator: the same seed gives the same bytes.

            Examples:
              ingot sample usc --title 1 --sections 200 --output ./sample
              ingot sample cga --chapters 100 --sections 2000 --output ./sample
            """,
        subcommands: [SampleTitlesCommand.self, SampleStatutesCommand.self]
    )
}

/// What the subcommands of `ingot sample` have in common.
struct SampleOptions: ParsableArguments {
    @Option(help: "Each edition changes, adds and removes a few sections of the one before it.")
    var edition = 1

    @Option(help: "The generator's seed.")
    var seed: UInt64 = 1

    @Option(help: "The folder to write to; made when it is missing.")
    var output: String

    @Flag(help: "Print the files' names as JSON.")
    var json = false

    /// Prints what was written.
    func print(_ files: [String]) throws {
        guard !json else {
            let document: JSONValue = ["files": .array(files.map(JSONValue.string))]
            return try StandardOutput.line(document.canonicalText)
        }
        for file in files { try StandardOutput.line(file) }
    }

    func makeOutput() throws {
        try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
    }
}

/// The command `ingot sample usc`.
struct SampleTitlesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usc",
        abstract: "Writes titles in the format of the U.S. Code.",
        discussion: """
            --json prints {"files": [PATH]}.

            Examples:
              ingot sample usc --title 1 --title 2 --sections 200 --output ./sample
              ingot sample usc --edition 2 --label 900-2 --output ./next
            """
    )

    @Option(help: "The number of a title to write, 1 to 99; may be given several times.")
    var title: [Int] = [1]

    @Option(help: "Sections in each title.")
    var sections = 100

    @Option(help: "The release's label.")
    var label = "900-1"

    @OptionGroup var options: SampleOptions

    func validate() throws {
        guard title.allSatisfy((1...99).contains) else { throw ValidationError("--title is a number from 1 to 99") }
        guard (1...1000).contains(options.edition) else {
            throw ValidationError("--edition is a number from 1 to 1000")
        }
        guard (1...1_000_000).contains(sections) else {
            throw ValidationError("--sections is a number from 1 to 1000000")
        }
    }

    func run() throws {
        try options.makeOutput()
        let titles = title.map {
            SampleTitle(seed: options.seed, number: $0, sections: sections, edition: options.edition)
        }
        try options.print(SampleRelease.write(label: label, titles: titles, toFolder: options.output))
    }
}

/// The command `ingot sample cga`.
struct SampleStatutesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cga",
        abstract: "Writes a site of statutes in the format of Connecticut's.",
        discussion: """
            The folder then has current/pub/titles.htm and all pages that it links to.

            --json prints {"files": [PATH]}.

            Examples:
              ingot sample cga --chapters 100 --sections 2000 --output ./sample
            """
    )

    @Option(help: "Chapters and articles.")
    var chapters = 24

    @Option(help: "Sections in all chapters together; at least one in each. Ten a chapter unless given.")
    var sections: Int?

    @Flag(help: "Also write the supplement of the year after, which prints what the next edition changes.")
    var supplement = false

    @OptionGroup var options: SampleOptions

    func validate() throws {
        let limits = SampleStatutes.chapterLimits
        guard limits.contains(chapters) else {
            throw ValidationError("--chapters is a number from \(limits.lowerBound) to \(limits.upperBound)")
        }
        if let sections, !(chapters...SampleStatutes.sectionLimit).contains(sections) {
            throw ValidationError("--sections is a number from that of the chapters to \(SampleStatutes.sectionLimit)")
        }
        guard (1...SampleStatutes.editionLimit).contains(options.edition) else {
            throw ValidationError("--edition is a number from 1 to \(SampleStatutes.editionLimit)")
        }
    }

    func run() throws {
        try options.makeOutput()
        let statutes = SampleStatutes(
            seed: options.seed,
            chapters: chapters,
            sections: sections ?? chapters * 10,
            edition: options.edition
        )
        let pages = try statutes.write(toFolder: options.output, withSupplement: supplement)
        try options.print(pages.map { "\(options.output)/\($0)" })
    }
}
