import ArgumentParser

/// What the benchmarks need of Ingot's own rooms, as a program: each subcommand does one piece of work over and over
/// and prints what it took as one line of JSON. `bench.py` sets the yardsticks beside it.
@main
struct BenchmarkMain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingot-benchmark",
        abstract: "Measures single parts of Ingot; scripts/bench runs it beside its yardsticks.",
        subcommands: [ParseCommand.self, RowsCommand.self, ObjectsCommand.self, WatchCommand.self]
    )
}
