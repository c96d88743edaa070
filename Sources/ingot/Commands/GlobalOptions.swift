import ArgumentParser

/// Options that every command takes, at any place of its command line; they are looked at before it is parsed.
struct GlobalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The configuration file, for any command. (environment: INGOT_CONFIG; see `ingot config --help`)",
            valueName: "file"
        ),
        completion: .file(extensions: ["json"])
    )
    var config: String?

    @Option(
        help: ArgumentHelp(
            "Colours, for any command: auto, always or never. (environment: INGOT_COLOR, NO_COLOR)",
            valueName: "when"
        ),
        completion: .list(["auto", "always", "never"])
    )
    var color: String?
}
