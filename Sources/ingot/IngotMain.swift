import ArgumentParser
import CLinux
import Glibc
import IngotCore

/// The program's entry: a synchronous `main` that hands the work to a task.
///
/// An asynchronous `main`, and `dispatchMain` as well, end the first thread by unwinding it. In a fully static executable
/// that sorts the tables of all its functions, which keeps one processor busy for a tenth of a second.
@main
enum IngotMain {
    static func main() {
        // A reader that goes away (`ingot export … | head`) is an error of the write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        // Each of the allocator's many regions keeps holes of its own, so a gateway that runs for months would grow.
        _ = linux_limit_memory_arenas(Int32(max(2, sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
        let arguments: [String]
        do {
            arguments = try ProcessSettings.apply(Array(CommandLine.arguments.dropFirst()))
        } catch {
            StandardError.line("ingot: \((error as? CommandFailure)?.message ?? "\(error)")")
            exit((error as? CommandFailure)?.exitCode ?? CommandFailure.usage)
        }
        Task.detached {
            await run(arguments)
        }
        // Nothing is meant for the first thread; signals may come to it.
        while true { pause() }
    }

    private static func run(_ arguments: [String]) async -> Never {
        do {
            try IngotCommand.checkCommand(arguments.first)
            var command = try await IngotCommand.asyncParseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            exit(0)
        } catch let error as CommandFailure {
            StandardError.line("ingot: \(error.message)")
            exit(error.exitCode)
        } catch  where CommandFailure.ofGateway(error) != nil {
            let failure = CommandFailure.ofGateway(error)
            StandardError.line("ingot: \(failure?.message ?? "")")
            exit(failure?.exitCode ?? CommandFailure.failed)
        } catch {
            let text = IngotCommand.fullMessage(for: error)
            switch IngotCommand.exitCode(for: error) {
            case .success:
                print(text)
                exit(0)
            case .validationFailure:
                StandardError.line(text)
                exit(CommandFailure.usage)
            case let code:
                if !text.isEmpty { StandardError.line(text) }
                exit(code.rawValue)
            }
        }
    }
}

/// The command people type.
struct IngotCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingot",
        abstract: "Turns public records into versioned stores that can be queried and trusted.",
        discussion: """
            Examples:
              ingot releases usc                      what upstream has published
              ingot ingest usc --title 1              one title of the U.S. Code, with nothing running
              ingot get /us/usc/t1/s1                 read a section
              ingot search 42 USC 1983                find a section by its number or its words
              ingot export usc --format ndjson        every node, one JSON object a line
              ingot serve --port 8005                 the gateway, with its HTTP API

            Every command says more with --help, `ingot help COMMAND` does as well, and most print what they find \
            as JSON with --json. `ingot --generate-completion-script bash` (or zsh, fish) prints completions for a \
            shell.

            Exit codes: 0 done, 1 the job or the check failed, 2 usage, 3 the gateway cannot be reached, \
            130 interrupted.
            """,
        version: "ingot \(IngotVersion.current)",
        groupedSubcommands: [
            CommandGroup(
                name: "Ingesting",
                subcommands: [
                    SourcesCommand.self, ReleasesCommand.self, IngestCommand.self, SampleCommand.self,
                ]
            ),
            CommandGroup(
                name: "Jobs",
                subcommands: [
                    JobsCommand.self, JobCommand.self, WatchCommand.self, LogsCommand.self, CancelCommand.self,
                    RetryCommand.self,
                ]
            ),
            CommandGroup(
                name: "Regular jobs",
                subcommands: [DefinitionsCommand.self, SchedulesCommand.self, RunsCommand.self]
            ),
            CommandGroup(
                name: "Reading",
                subcommands: [
                    GetCommand.self, TreeCommand.self, SearchCommand.self, DiffCommand.self, HistoryCommand.self,
                    RefsCommand.self, ExportCommand.self, RecordsCommand.self,
                ]
            ),
            CommandGroup(
                name: "Upkeep",
                subcommands: [
                    RevisionsCommand.self, VerifyCommand.self, RevertCommand.self, SweepCommand.self,
                    DataCommand.self, DoctorCommand.self, ConfigCommand.self,
                ]
            ),
            CommandGroup(
                name: "The gateway",
                subcommands: [
                    ServeCommand.self, HealthCommand.self, KeysCommand.self, AuditCommand.self,
                    WebhooksCommand.self, ProxiesCommand.self, EnvCommand.self, StoresCommand.self,
                ]
            ),
        ]
    )

    @OptionGroup var options: GlobalOptions

    func run() throws { throw CleanExit.helpRequest(self) }

    /// Names the command that somebody may have meant.
    ///
    /// - Throws: `CommandFailure` for a word that is no command.
    static func checkCommand(_ word: String?) throws {
        guard let word, !word.hasPrefix("-"), word != "help" else { return }
        let commands = configuration.groupedSubcommands.flatMap { $0.subcommands }
        let names = commands.compactMap { command in command.configuration.commandName }
        guard !names.contains(word) else { return }
        let nearest = Nearest.name(to: word, among: names).map { "; did you mean `ingot \($0)`?" } ?? ""
        throw CommandFailure(
            message: "there is no command '\(word)'\(nearest)\n  `ingot --help` lists the commands",
            exitCode: CommandFailure.usage
        )
    }
}

/// Ends a command with a sentence and an exit code.
struct CommandFailure: Error {
    let message: String
    let exitCode: Int32

    static let failed: Int32 = 1
    static let usage: Int32 = 2
    static let unreachable: Int32 = 3
    static let interrupted: Int32 = 130
}
