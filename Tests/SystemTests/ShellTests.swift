import FoundationEssentials
import IngotCore
import IngotTesting
import NIOHTTP1
import Subprocess
import SystemPackage
import Testing

/// What shells, manuals and terminals make of the commands.
@Suite("Shells, manuals and terminals", .fillsTheMachine, .timeLimit(.minutes(10)))
struct ShellTests {
    /// Runs a shell's script with `ingot` in its path.
    private func shell(
        _ name: String,
        _ arguments: [String],
        data: String,
        environment: [Environment.Key: String?] = [:]
    ) async throws -> (output: String, isSuccess: Bool) {
        let folder = FilePath(BuiltProducts.path("ingot")).removingLastComponent().string
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let result = try await Subprocess.run(
            .name(name),
            arguments: Arguments(arguments),
            // Colours are as this terminal has them, whatever the tests themselves were told of theirs.
            environment: .inherit.updating([
                "PATH": "\(folder):\(path)", "INGOT_DATA": data, "INGOT_COLOR": nil, "NO_COLOR": nil, "TERM": "xterm",
            ]).updating(environment),
            output: .string(limit: 8 << 20),
            error: .string(limit: 8 << 20)
        )
        return (result.standardOutput + result.standardError, result.terminationStatus.isSuccess)
    }

    private static func isInstalled(_ name: String) -> Bool {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/\(name)")
        }
    }

    /// Asks a bash for what it offers after a command line.
    private func offers(_ line: String, data: String) async throws -> [String] {
        let script = """
            source <(ingot --generate-completion-script bash)
            line=\(line.debugDescription)
            read -ra COMP_WORDS <<< "$line"
            [[ "$line" == *' ' ]] && COMP_WORDS+=('')
            COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 )); COMP_LINE="$line"; COMP_POINT=${#line}; COMP_TYPE=9
            function_name="$(complete -p ingot | sed 's/.*-F \\([^ ]*\\).*/\\1/')"
            "$function_name" ingot "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}" 2>/dev/null
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        return try await shell("bash", ["-c", script], data: data).output.split(separator: "\n")
            .map { String($0.drop { $0 == " " }).trimmingSuffix(while: { $0 == " " }) }
    }

    @Test("A bash completes commands, options, and sources; with a gateway also ids of jobs")
    func bash() async throws {
        let folder = try TemporaryFolder()
        let data = folder.path("data")
        #expect(try await offers("ingot inge", data: data) == ["ingest"])
        #expect(try await offers("ingot ingest u", data: data) == ["usc"])
        #expect(try await offers("ingot keys cr", data: data) == ["create"])
        #expect(try await offers("ingot ingest --max-at", data: data) == ["--max-attempts"])
        try await RunningGateway.run(data: data) { gateway in
            let job = try await gateway.submit("probe", ["events": 1])
            try await gateway.events(of: job)
            #expect(try await offers("ingot watch ", data: data).contains(job))
            #expect(try await offers("ingot ingest pr", data: data) == ["probe"])
        }
    }

    @Test("Other shells can read their completions", arguments: ["bash", "zsh", "fish"].filter(isInstalled))
    func syntax(name: String) async throws {
        let folder = try TemporaryFolder()
        let ingot = IngotCommandLine(data: folder.path("data"))
        let script = try await ingot.run("--generate-completion-script", name).output
        #expect(script.contains("ingest"))
        try Data(script.utf8).write(to: URL(filePath: folder.path("script")))
        let check = try await shell(name, ["-n", folder.path("script")], data: folder.path("data"))
        #expect(check.isSuccess, "\(check.output)")
    }

    @Test(
        "Each command has a manual page without faults",
        .enabled(if: isInstalled("mandoc"), "mandoc is not installed")
    )
    func manual() async throws {
        let folder = try TemporaryFolder()
        let checkout = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let programs = FilePath(BuiltProducts.path("ingot")).removingLastComponent().string
        let written = try await shell(
            "python3",
            ["\(checkout)/scripts/manual", "--programs", programs, folder.path("man1")],
            data: folder.path("data")
        )
        #expect(written.isSuccess, "\(written.output)")
        let pages = try FileManager.default.contentsOfDirectory(atPath: folder.path("man1"))
        #expect(pages.contains("ingot.1") && pages.contains("ingot-keys-create.1") && pages.count > 40)
        let check = try await shell(
            "mandoc",
            ["-Tlint", "-Wwarning"] + pages.sorted().map { folder.path("man1/\($0)") },
            data: folder.path("data")
        )
        #expect(check.isSuccess, "\(check.output.prefix(3000))")
        let page = try await shell(
            "mandoc",
            ["-Tmarkdown", folder.path("man1/ingot-ingest.1")],
            data: folder.path("data")
        )
        #expect(page.output.contains("EXIT STATUS"))
    }

    /// Runs a command on a terminal of a size, by Python's.
    private func onTerminal(
        _ arguments: [String],
        columns: Int,
        input: String = "",
        data: String,
        environment: [Environment.Key: String?] = [:]
    ) async throws -> String {
        let script = """
            import fcntl, os, pty, struct, sys, termios
            child, terminal = pty.fork()
            if child == 0:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 20, int(sys.argv[1]), 0, 0))
                os.execvp(sys.argv[3], sys.argv[3:])
            os.write(terminal, sys.argv[2].encode())
            text = b""
            while True:
                try: piece = os.read(terminal, 65536)
                except OSError: break
                if not piece: break
                text += piece
            os.waitpid(child, 0)
            sys.stdout.buffer.write(text)
            """
        return try await shell(
            "python3",
            ["-c", script, "\(columns)", input, "ingot"] + arguments,
            data: data,
            environment: environment
        ).output
    }

    @Test("On a terminal there are bars, colours and tables that fit; elsewhere there is nothing of it")
    func terminal() async throws {
        let folder = try TemporaryFolder()
        let data = folder.path("data")
        let site = try folder.sample("site", label: "900-1", titles: [1, 2])
        let told = try await onTerminal(["ingest", "usc", "--from", site], columns: 60, data: data)
        #expect(told.contains("\u{1B}[K") && told.contains("%") && told.contains("2 units done"), "\(told)")
        let frames = told.split(separator: "\r").flatMap { $0.split(separator: "\n") }
        for frame in frames where frame.contains("%") {
            let shown = frame.replacing("\u{1B}[K", with: "").replacing("\u{1B}[J", with: "")
            #expect(shown.count <= 70, "\(shown)")
        }
        let plain = try await IngotCommandLine(data: data).run("jobs").output
        let job = try #require(plain.split(separator: "\n").last)
        for columns in [50, 80, 120] {
            let table = try await onTerminal(["jobs"], columns: columns, data: data)
            for line in table.split(whereSeparator: \.isNewline) {
                let shown = line.replacing("\u{1B}[1m", with: "").replacing("\u{1B}[22m", with: "")
                #expect(shown.count <= columns, "\(shown)")
            }
            #expect(table.contains("\u{1B}[1m"))
        }
        #expect(!plain.contains("\u{1B}") && job.contains("revision 1 is visible"))
        let uncoloured = try await onTerminal(["jobs"], columns: 80, data: data, environment: ["NO_COLOR": "1"])
        #expect(!uncoloured.contains("\u{1B}"))
        let coloured = try await IngotCommandLine(data: data).run("jobs", "--color", "always").output
        #expect(coloured.contains("\u{1B}[1m"))
    }

    @Test("Data are deleted when somebody agrees, and only what Ingot has made")
    func deleting() async throws {
        let folder = try TemporaryFolder()
        let data = folder.path("data")
        let ingot = IngotCommandLine(data: data)
        try await ingot.run("data", "delete", "--yes", expecting: 1)
        #expect(!FileManager.default.fileExists(atPath: data))
        try await ingot.run("ingest", "usc", "--from", try folder.sample("site", label: "900-1"))
        for name in ["mine", "jobs/mine", "stores/mine"] {
            try Data("x".utf8).write(to: URL(filePath: "\(data)/\(name)"))
        }
        let shown = try JSONValue(parsing: try await ingot.run("data", "--json").output.utf8)
        #expect(shown["foreign"] == ["jobs/mine", "mine", "stores/mine"])
        try await RunningGateway.run(data: data) { gateway in
            let refused = try await ingot.run("data", "delete", "--yes", expecting: 1)
            #expect(refused.errors.contains(gateway.url))
        }
        try await RunningStores.run(data: data) { _ in
            let refused = try await ingot.run("data", "delete", "--yes", expecting: 1)
            #expect(refused.errors.contains("ingot stores"))
        }
        let unasked = try await ingot.run("data", "delete", expecting: 2)
        #expect(unasked.errors.contains("--yes"))
        let no = try await onTerminal(["data", "delete"], columns: 80, input: "n\n", data: data)
        #expect(no.contains("nothing was deleted"))
        #expect(FileManager.default.fileExists(atPath: "\(data)/stores/d1"))
        let yes = try await onTerminal(["data", "delete"], columns: 80, input: "y\n", data: data)
        #expect(yes.contains("deleted"), "\(yes)")
        let left = try FileManager.default.contentsOfDirectory(atPath: data).sorted()
        #expect(left == ["jobs", "mine", "stores"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(data)/stores") == ["mine"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(data)/jobs") == ["mine"])
        // The folder of one who has put nothing there goes as well.
        let other = IngotCommandLine(data: folder.path("other"))
        try await other.run("sources")
        try await other.run("data", "delete", "--yes")
        #expect(!FileManager.default.fileExists(atPath: folder.path("other")))
    }

    @Test("A configuration file holds for commands and the server, and says what is wrong with it")
    func configuration() async throws {
        let folder = try TemporaryFolder()
        let file = folder.path("config.json")
        var ingot = IngotCommandLine(data: folder.path("data"))
        ingot.environment["INGOT_CONFIG"] = file
        try Data(
            #"{"serve": {"slots": 3}, "environment": {"R2_SECRET_ACCESS_KEY": "quiet"}}"#.utf8
        )
        .write(to: URL(filePath: file))
        let printed = try await ingot.run("config", "--json")
        #expect(!printed.output.contains("quiet") && printed.output.contains("<secret>"))
        let document = try JSONValue(parsing: printed.output.utf8)
        let slots = document["settings"]?.arrayValue?.first { $0["name"] == "serve.slots" }
        #expect(slots?["value"] == "3" && slots?["from"]?["kind"] == "file")
        try Data(#"{"serve": {"slots": 3}}"#.utf8).write(to: URL(filePath: file))
        try await RunningGateway.run(data: folder.path("data"), environment: ["INGOT_CONFIG": file]) { gateway in
            let health = try await gateway.send(.GET, "/healthz", nil)
            #expect(health.body["slots"] == 3)
        }
        try Data(#"{"serve": {"slotz": 3}}"#.utf8).write(to: URL(filePath: file))
        let refused = try await ingot.run("sources", expecting: 2)
        #expect(refused.errors.contains("did you mean 'serve.slots'?"))
    }
}

extension String {
    fileprivate func trimmingSuffix(while isCut: (Character) -> Bool) -> String {
        var text = self
        while let last = text.last, isCut(last) { text.removeLast() }
        return text
    }
}
