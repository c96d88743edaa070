import ArgumentParser
import IngotCore

/// All settings.
///
/// Those of `ingot serve` are the options that the command itself declares, so that none can be missing.
struct SettingTable {
    let settings: [Setting]

    static let serveSection = "serve"
    static let environmentSection = "environment"

    /// - Parameter includingServe: the options of `ingot serve` take a moment to look up.
    init(includingServe: Bool = true) {
        settings = Self.client + (includingServe ? Self.serve : []) + Self.environment
    }

    func setting(named name: String) -> Setting? { settings.first { $0.name == name } }

    /// What commands take that talk to a gateway.
    private static let client = [
        Setting(name: "gateway", kind: .text, variables: ["INGOT_GATEWAY"], options: ["--gateway"]),
        Setting(
            name: "data",
            kind: .text,
            variables: ["INGOT_DATA"],
            options: ["--data"],
            standard: try? ConnectionOptions.dataFolder(nil)
        ),
        Setting(
            name: "key-file",
            kind: .text,
            variables: ["INGOT_API_KEY_FILE"],
            options: ["--key-file"],
            standard: "the data folder's own key"
        ),
        Setting(
            name: "insecure-http",
            kind: .flag,
            variables: ["INGOT_INSECURE_HTTP"],
            options: ["--insecure-http", "--no-insecure-http"],
            standard: "false"
        ),
        Setting(name: "color", kind: .text, variables: ["INGOT_COLOR"], options: ["--color"], standard: "auto"),
    ]

    /// What stands in variables alone, as it holds secrets or is for programs beside this one as well.
    private static var environment: [Setting] {
        let secrets: Set = [
            "INGOT_API_KEY", StorageSettings.Name.databaseToken, StorageSettings.Name.accessKeyID,
            StorageSettings.Name.secretAccessKey, StorageSettings.Name.sessionToken, FetchSettings.Name.proxy,
        ]
        let names =
            ["INGOT_API_KEY"]
            + [
                StorageSettings.Name.accountID, StorageSettings.Name.databaseID, StorageSettings.Name.databaseToken,
                StorageSettings.Name.databaseBaseURL, StorageSettings.Name.accessKeyID,
                StorageSettings.Name.secretAccessKey, StorageSettings.Name.sessionToken, StorageSettings.Name.bucket,
                StorageSettings.Name.objectEndpoint,
            ]
            + [
                FetchSettings.Name.contact, FetchSettings.Name.certificates, FetchSettings.Name.proxy,
                FetchSettings.Name.noProxy, FetchSettings.Name.hostsWithoutRobots, FetchSettings.Name.idleDeadline,
                FetchSettings.Name.deadline,
            ]
        return names.flatMap { name in
            // Each may be in a file of its own; `key-file` is the API key's.
            [(name, secrets.contains(name))] + (name == "INGOT_API_KEY" ? [] : [(name + "_FILE", false)])
        }.map { name, isSecret in
            Setting(
                name: "\(environmentSection).\(name)",
                kind: .text,
                variables: [name],
                options: [],
                isSecret: isSecret
            )
        }
    }

    /// Variables that options of `ingot serve` had before all of them had one.
    private static let otherVariables = [
        "contact": [FetchSettings.Name.contact], "runner": ["INGOT_RUNNER"], "kubeconfig": ["KUBECONFIG"],
        "ca-bundle": [FetchSettings.Name.certificates, FetchSettings.Name.certificates + "_FILE"],
        "proxy": [FetchSettings.Name.proxy, FetchSettings.Name.proxy + "_FILE"],
        "ignore-robots": [FetchSettings.Name.hostsWithoutRobots], "container-socket": ["DOCKER_HOST"],
    ]

    /// The options of `ingot serve`, from the command's own description of itself.
    private static var serve: [Setting] {
        guard let help = try? JSONValue(parsing: ServeCommand._dumpHelp().utf8) else { return [] }
        let arguments = help["command"]?["arguments"]?.arrayValue ?? []
        let longNames = Set(
            arguments.flatMap { $0["names"]?.arrayValue ?? [] }.compactMap { $0["name"]?.stringValue }
        )
        return arguments.compactMap { argument in
            let names = (argument["names"]?.arrayValue ?? []).compactMap { name -> String? in
                guard let text = name["name"]?.stringValue else { return nil }
                return (name["kind"]?.stringValue == "long" ? "--" : "-") + text
            }
            guard let long = names.first(where: { $0.hasPrefix("--") })?.dropFirst(2).description,
                !["help", "version", "data"].contains(long),
                // The opposite of a flag is no setting of its own.
                !(long.hasPrefix("no-") && longNames.contains(String(long.dropFirst(3))))
            else { return nil }
            let opposite = longNames.contains("no-" + long) ? ["--no-" + long] : []
            let isFlag = argument["kind"]?.stringValue == "flag"
            let isList = argument["isRepeating"]?.boolValue == true
            let variable = "INGOT_SERVE_" + long.uppercased().replacing("-", with: "_")
            return Setting(
                name: "\(serveSection).\(long)",
                kind: isFlag ? .flag : isList ? .list : .text,
                variables: [variable] + (otherVariables[long] ?? []),
                options: names + opposite,
                // Its address may hold a password.
                isSecret: long == "proxy",
                standard: argument["defaultValue"]?.stringValue ?? (isFlag ? "false" : nil)
            )
        }
    }
}
