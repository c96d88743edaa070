import ArgumentParser
import Glibc
import IngotCore
import IngotGateway
import SystemPackage

/// The command `ingot data`.
struct DataCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Shows what lies in the data folder, or deletes it.",
        discussion: """
            Examples:
              ingot data                      where it is, how large, and what is in it
              ingot data delete               everything that Ingot has made there, after asking
            """,
        subcommands: [DataShowCommand.self, DataDeleteCommand.self],
        defaultSubcommand: DataShowCommand.self
    )
}

/// The folder that a command about data is for.
struct DataFolderOptions: ParsableArguments {
    @Option(
        help: "The folder of the embedded store. (environment: INGOT_DATA; default: the XDG data folder)",
        completion: .directory
    )
    var data: String?

    var folder: DataFolder {
        get throws { DataFolder(FilePath(try absolutePath(ConnectionOptions.dataFolder(data)))) }
    }
}

/// The command `ingot data show`.
struct DataShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows where the data folder is, how large, and what is in it.",
        discussion: """
            --json prints {"folder", "exists", "bytes", "gateway": address or null, "parts": [{"name", "bytes", \
            "files", "meaning"}], "foreign": [NAME]}.

            Examples:
              ingot data show
              ingot data show --json
            """
    )

    @OptionGroup var options: DataFolderOptions
    @OptionGroup var answer: AnswerOptions

    func run() throws {
        let folder = try options.folder
        let contents: DataFolder.Contents?
        do { contents = try folder.contents() } catch {
            throw CommandFailure(
                message: "\(folder.path) cannot be read: \(error)",
                exitCode: CommandFailure.failed
            )
        }
        let parts = contents?.parts ?? []
        let foreign = contents?.foreign ?? []
        let document: JSONValue = [
            "folder": .string(folder.path.string), "exists": .bool(contents != nil),
            "bytes": .integer(parts.reduce(0) { $0 + $1.bytes }),
            "gateway": folder.occupant().map { .string($0.url) } ?? .null,
            "parts": .array(
                parts.map { part in
                    [
                        "name": .string(part.name), "bytes": .integer(part.bytes),
                        "files": .integer(Int64(part.files)), "meaning": .string(part.meaning),
                    ]
                }
            ),
            "foreign": .array(foreign.map(JSONValue.string)),
        ]
        try answer.print(document) { document in
            guard contents != nil else {
                return "\(folder.path): nothing there yet; `ingot ingest SOURCE` fills it"
            }
            var lines = ["\(folder.path): \(Self.size(document["bytes"]?.integerValue ?? 0))"]
            if let address = document["gateway"]?.stringValue { lines.append("a gateway runs on it: \(address)") }
            let table = TextTable(
                headings: ["PART", "SIZE", "FILES", "WHAT"],
                rows: parts.map { [$0.name, Self.size($0.bytes), "\($0.files)", $0.meaning] },
                wholeColumns: [0]
            )
            lines.append(table.text(width: StandardOutput.width))
            if !foreign.isEmpty { lines.append("not Ingot's: \(foreign.joined(separator: ", "))") }
            return lines.joined(separator: "\n")
        }
    }

    /// A number of bytes as people read it.
    static func size(_ bytes: Int64) -> String {
        switch bytes {
        case ..<10_240: "\(bytes) B"
        case ..<(10 << 20): "\(bytes >> 10) KiB"
        default: "\(bytes >> 20) MiB"
        }
    }
}

/// The command `ingot data delete`.
struct DataDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Deletes everything that Ingot has made in the data folder.",
        discussion: """
            What has been ingested, its history, jobs, logs and keys are gone then; nothing can bring them back. What \
            is not Ingot's stays, and so does the folder then. It asks on a terminal, and needs --yes elsewhere. While \
            a gateway runs on the folder it is refused. Stores of Cloudflare's and the configuration file are not \
            touched.

            --json prints {"folder", "bytes", "deleted": true, "folder_removed", "foreign": [NAME]}.

            Examples:
              ingot data delete
              ingot data delete --data ./trial --yes
            """
    )

    @OptionGroup var options: DataFolderOptions
    @OptionGroup var answer: AnswerOptions

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    func run() async throws {
        let folder = try options.folder
        if let occupant = folder.occupant() {
            throw CommandFailure(
                message: """
                    a gateway (\(occupant.url), process \(occupant.pid)) uses \(folder.path)
                      stop it first, with: kill \(occupant.pid)
                    """,
                exitCode: CommandFailure.failed
            )
        }
        do {
            guard let contents = try folder.contents(), !contents.parts.isEmpty else {
                throw CommandFailure(
                    message: "there is nothing of Ingot's in \(folder.path)\n  `ingot data` shows what is where",
                    exitCode: CommandFailure.failed
                )
            }
            let bytes = contents.parts.reduce(0) { $0 + $1.bytes }
            try confirm("Delete \(DataShowCommand.size(bytes)) in \(folder.path), for good?")
            let isGone = try await folder.remove()
            let document: JSONValue = [
                "folder": .string(folder.path.string), "bytes": .integer(bytes), "deleted": true,
                "folder_removed": .bool(isGone), "foreign": .array(contents.foreign.map(JSONValue.string)),
            ]
            try answer.print(document) { _ in
                let left = isGone ? "" : "; the folder stays, with: \(contents.foreign.joined(separator: ", "))"
                return "deleted \(DataShowCommand.size(bytes)) in \(folder.path)\(left)"
            }
        } catch let error as GatewayError {
            throw CommandFailure(message: "\(error)", exitCode: CommandFailure.failed)
        } catch let error as Errno {
            throw CommandFailure(
                message: "\(folder.path) cannot be deleted whole: \(error)",
                exitCode: CommandFailure.failed
            )
        }
    }

    private func confirm(_ question: String) throws {
        if yes { return }
        guard isatty(STDIN_FILENO) == 1, StandardError.isTerminal else {
            throw CommandFailure(
                message: "nobody can be asked here; say --yes to delete the data",
                exitCode: CommandFailure.usage
            )
        }
        StandardError.write("\(question) [y/N] ")
        guard let answer = readLine()?.lowercased(), ["y", "yes"].contains(answer) else {
            throw CommandFailure(message: "nothing was deleted", exitCode: CommandFailure.failed)
        }
    }
}
