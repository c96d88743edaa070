import ArgumentParser
import IngotCore

/// The command `ingot config`.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Prints every setting with its value and where that comes from.",
        discussion: """
            A setting of the command line counts before one of the environment, and that before one of the \
            configuration file: --config FILE, else INGOT_CONFIG, else $XDG_CONFIG_HOME/ingot/config.json, else \
            ~/.config/ingot/config.json. The file is a JSON object; what `ingot serve` takes stands in "serve", and \
            variables in "environment":

              {
                "gateway": "https://ingot.example.org",
                "key-file": "/home/me/.config/ingot/key",
                "serve": {"port": 8005, "slots": 4, "limit": ["memory_mib=768"], "sandbox": true},
                "environment": {"INGOT_FETCH_CONTACT": "me@example.org"}
              }

            An option of `ingot serve` is also INGOT_SERVE_ with its name, for example INGOT_SERVE_PORT. Secrets are \
            not shown.

            --json prints {"file": PATH or null, "settings": [{"name", "value", "from": {"kind": "option", \
            "variable", "file" or "default", …}}]}.

            Examples:
              ingot config                            what holds here
              ingot config --set                      only what somebody has set
              ingot config -- serve --port 9000       what would hold for this command line
            """
    )

    @Flag(help: "Print only what is not at its default.")
    var set = false

    @Flag(help: "Print the settings as JSON.")
    var json = false

    @Argument(parsing: .allUnrecognized, help: "The command line to look at.")
    var command: [String] = []

    func run() throws {
        guard let settings = ProcessSettings.current else { return }
        let line = command.first == "--" ? Array(command.dropFirst()) : command
        let entries = settings.entries(SettingTable(), line: line).filter { !set || $0.origin != .standard }
        if json {
            let document: JSONValue = [
                "file": settings.file.map { .string($0.path) } ?? .null,
                "settings": .array(entries.map(Self.json)),
            ]
            return try StandardOutput.line(document.canonicalText)
        }
        let table = TextTable(
            headings: ["SETTING", "VALUE", "FROM"],
            rows: entries.map {
                [$0.setting.name, TerminalText.line(Self.shown($0).joined(separator: ", ")), $0.origin.text]
            },
            wholeColumns: [0]
        )
        try StandardOutput.line(table.text(width: StandardOutput.width))
    }

    /// The values, without what nobody should see.
    private static func shown(_ entry: EffectiveSettings.Entry) -> [String] {
        if entry.setting.isSecret, !entry.values.isEmpty { return ["<secret>"] }
        // Addresses of upstreams may hold a name and a password.
        return entry.values.map(AddressUserInfo.removed)
    }

    private static func json(_ entry: EffectiveSettings.Entry) -> JSONValue {
        let values = shown(entry).map(JSONValue.string)
        let value: JSONValue =
            switch entry.setting.kind {
            case .list: .array(values)
            case .flag: .bool(entry.values.first == "true")
            case .text: values.first ?? .null
            }
        return ["name": .string(entry.setting.name), "value": value, "from": entry.origin.json]
    }
}
