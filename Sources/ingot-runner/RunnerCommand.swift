import ArgumentParser
import IngotRunner

/// The command line of the runner.
///
/// It is synchronous on purpose, see ``RunnerProcess``.
@main
struct RunnerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingot-runner",
        abstract: "Runs exactly one attempt of one ingest job, and answers what a source knows.",
        discussion: """
            Settings come from the environment, or as a JSON object on the file descriptor that INGOT_SETTINGS_FD \
            names.
            Exit codes: 0 done, 1 the job failed, 2 a setting is wrong, 3 the gateway does not want the attempt any \
            more, 4 the gateway is out of reach, 143 stopped.
            """,
        subcommands: [Run.self, Serve.self, Describe.self, Releases.self, Health.self, ProbeChild.self]
    )
}

extension RunnerCommand {
    /// An attempt begins without the parser.
    ///
    /// The parser looks for many types by their names, and that takes longer than all else that a runner does before
    /// the first line of its job. Only a run by hand has arguments for which it is needed.
    static func main() {
        if CommandLine.arguments.dropFirst().elementsEqual(["run"]) { RunnerEntry.run() }
        main(nil)
    }

    struct Run: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run the job that the settings describe, or a source by hand.",
            discussion: """
                By hand the stores come from the environment as well, and the site from --config or INGOT_ORIGIN:
                ingot-runner run p2c-bulletin --config '{"days": 1, "site": "https://p2c.example"}'
                """
        )

        @Argument(help: "The source, or the name of a definition that comes with one. Without it: as the settings say.")
        var source: String?

        @Option(help: "The parameters as a JSON object. Without it: {}.")
        var config: String?

        func validate() throws {
            if source == nil, config != nil { throw ValidationError("--config needs a source to run") }
        }

        func run() {
            if let source { RunnerEntry.run(source, config: config ?? "{}") } else { RunnerEntry.run() }
        }
    }

    struct Serve: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Listen for exactly one job, run it, and end with it.",
            discussion: "POST /ingest/SOURCE with {\"jobId\": ..., \"gateway\": ..., \"token\": ...}; GET / for health."
        )

        @Option(help: "The address to listen on.")
        var host = RunnerServer.standardHost

        @Option(help: "The port to listen on; 0 picks a free one.")
        var port = RunnerServer.standardPort

        func run() { RunnerEntry.serve(host: host, port: port) }
    }

    struct Describe: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print the sources as JSON.")

        @Flag(help: "Include the source for tests and demonstrations.")
        var enableProbe = false

        func run() throws { print(try RunnerEntry.describe(includesProbe: enableProbe)) }
    }

    struct Releases: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print what a source's upstream has published as JSON, newest first.",
            discussion: "When upstream cannot be read, the last line on standard error is the failure as JSON."
        )

        @Argument(help: "The source, for example usc.")
        var source: String

        @Option(
            help:
                "Where upstream is: a folder of its files, or an address. Without it: INGOT_ORIGIN, or the source's own."
        )
        var origin: String?

        func run() { RunnerEntry.releases(of: source, origin: origin) }
    }

    struct Health: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ask the runner that is process 1 whether it does its work.",
            discussion: "For the health checks of container engines. Ends with 0 when it does, and with 1 otherwise."
        )

        @Option(help: "The port of a runner that listens. Without it: as process 1 was told.")
        var port: Int?

        func run() { RunnerEntry.health(port: port) }
    }

    /// What the probe starts to show that a runner's children end with it.
    struct ProbeChild: ParsableCommand {
        static let configuration = CommandConfiguration(shouldDisplay: false)

        @Argument
        var words: [String] = []

        func run() { RunnerEntry.runProbeChild(words) }
    }
}
