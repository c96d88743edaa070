import ArgumentParser
import IngotClient
import IngotCore

/// The command `ingot ingest SOURCE`.
struct IngestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest",
        abstract: "Ingests a source: one job, followed to its end.",
        discussion: """
            Works with nothing running: without a gateway the command is one for as long as it needs. On a terminal it \
            shows each unit that is worked on.

            --json prints one line an event, as `ingot watch --help` describes it; with --detach {"jobId"}.

            Examples:
              ingot ingest usc --title 1 --title 3
              ingot ingest usc --from ./zips              a folder of upstream's files, for this run
              ingot ingest usc --detach --gateway http://127.0.0.1:8005
              ingot ingest usc --priority 10 --limit memory_mib=512 --max-attempts 1
              ingot ingest probe --set events=10
            """
    )

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The source, for example usc.", completion: Completions.sources)
    var source: String

    @Option(help: "A title of the Code, for example 1 or 5a; may be given several times.")
    var title: [String] = []

    @Option(help: "Upstream's release to ingest, for example 119-36. Without it: the current one.")
    var release: String?

    @Option(help: ArgumentHelp("Any parameter of the source, as NAME=JSON.", valueName: "name=json"))
    var set: [String] = []

    @Option(help: "Where upstream is for this run: a folder of its files, or an address.")
    var from: String?

    @Option(help: "Makes repeating the request harmless: the same key is the same job.")
    var idempotencyKey: String?

    @Flag(help: "Shut the runner in with bubblewrap: it can write nothing but its own folder.")
    var sandbox = false

    @Option(help: "Which of the waiting jobs goes first: from -100 to 100, the higher the sooner.")
    var priority: Int?

    @Option(help: "How many attempts the job is given at most, from 1 to 10.")
    var maxAttempts: Int?

    @Option(
        help: ArgumentHelp(
            "What one attempt may use: wall_seconds, memory_mib, cpu_seconds, processes or open_files.",
            valueName: "name=number"
        )
    )
    var limit: [String] = []

    @Flag(help: "Print the job's id and return; needs a running gateway.")
    var detach = false

    @Flag(help: "Print events as JSON lines.")
    var json = false

    func validate() throws {
        _ = try parameters
        _ = try options
        if detach, !connection.isRemote {
            throw ValidationError(
                "--detach needs a running gateway that goes on with the job; start one with: ingot serve"
            )
        }
    }

    func run() async throws {
        let origins = try from.map { [source: try absoluteOrigin($0)] } ?? [:]
        let parameters = try parameters
        let options = try options
        // Once it runs, the command's own gateway would be found as well.
        let isRemote = connection.isRemote
        try await connection.withGateway(origins: origins, sandbox: sandbox) { client in
            let id = try await client.submit(source, parameters: parameters, options: options)
            if detach { return try DetachedJob(id).print(json: json) }
            let watch = JobWatch(client: client, id: id, style: ProgressDisplay.style(json: json))
            try await watch.report(isRemote: isRemote)
        }
    }

    /// How the job is to be run.
    private var options: JobOptions {
        get throws {
            var options = JobOptions()
            options.idempotencyKey = idempotencyKey
            options.priority = priority
            options.maximumAttempts = maxAttempts
            let limits = try NamedNumbers.limits(limit, option: "--limit")
            for name in JobLimitName.allCases { options.limits[name] = name.value(in: limits) }
            return options
        }
    }

    /// The request's body.
    private var parameters: JSONValue {
        get throws {
            var members: [String: JSONValue] = [:]
            if !title.isEmpty { members["titles"] = .array(title.map(JSONValue.string)) }
            if let release { members["release"] = .string(release) }
            for assignment in set {
                guard let equals = assignment.firstIndex(of: "=") else {
                    throw ValidationError("--set takes NAME=JSON, for example events=10")
                }
                let text = assignment[assignment.index(after: equals)...]
                // A word that is not JSON is meant as a string.
                let value = (try? JSONValue(parsing: text.utf8)) ?? .string(String(text))
                members[String(assignment[..<equals])] = value
            }
            return .object(members)
        }
    }
}
