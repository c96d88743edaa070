import IngotCore

/// What settings come to: the command line before the environment, that before the configuration file, and that before
/// what holds otherwise.
struct EffectiveSettings {
    /// Where a value comes from.
    enum Origin: Equatable {
        case option(String)
        case variable(String)
        /// The file, and the setting's name in it.
        case file(String, String)
        case standard

        var text: String {
            switch self {
            case .option(let name): name
            case .variable(let name): name
            case .file(let path, let name): "\(path): \(name)"
            case .standard: "default"
            }
        }

        var json: JSONValue {
            switch self {
            case .option(let name): ["kind": "option", "name": .string(name)]
            case .variable(let name): ["kind": "variable", "name": .string(name)]
            case .file(let path, let name): ["kind": "file", "path": .string(path), "name": .string(name)]
            case .standard: ["kind": "default"]
            }
        }
    }

    /// One setting with its value.
    struct Entry {
        var setting: Setting
        /// Empty when nobody sets it and nothing holds otherwise.
        var values: [String]
        var origin: Origin
    }

    let file: ConfigurationFile?
    private let arguments: [String]
    private let variables: [String: String]

    /// - Parameters:
    ///   - arguments: after the program's name.
    ///   - variables: the environment as it was found.
    /// - Throws: `CommandFailure`.
    init(arguments: [String], variables: [String: String]) throws {
        var rest = arguments
        let named = try Self.takeOut("--config", of: &rest)
        let colour = try Self.takeOut("--color", of: &rest)
        if let colour, Colours.When(rawValue: colour) == nil {
            throw CommandFailure(message: "--color takes auto, always or never", exitCode: CommandFailure.usage)
        }
        self.colour = colour
        self.arguments = rest
        self.variables = variables
        file = try ConfigurationFile.find(named: named, variables: variables)
    }

    private let colour: String?

    /// Takes an option that every command has out of a command line, with its value.
    private static func takeOut(_ option: String, of arguments: inout [String]) throws -> String? {
        var value: String?
        var index = 0
        while index < arguments.count, arguments[index] != "--" {
            if arguments[index] == option {
                guard index + 1 < arguments.count else {
                    throw CommandFailure(message: "\(option) takes a value", exitCode: CommandFailure.usage)
                }
                value = arguments[index + 1]
                arguments.removeSubrange(index...(index + 1))
            } else if arguments[index].hasPrefix(option + "=") {
                value = String(arguments.remove(at: index).dropFirst(option.count + 1))
            } else {
                index += 1
            }
        }
        return value
    }

    // MARK: - For the command that runs

    /// Variables to be set for the command: what the file sets and the environment does not.
    var variablesToSet: [String: String] {
        var wanted: [String: String] = [:]
        for entry in entries(SettingTable(includingServe: false)) {
            guard case .file = entry.origin, let variable = entry.setting.variables.first,
                let value = entry.values.first
            else { continue }
            wanted[variable] = value
        }
        if let colour { wanted["INGOT_COLOR"] = colour }
        return wanted
    }

    /// The command line with what the file and the environment say of options that have no code of their own for it.
    ///
    /// - Throws: `CommandFailure`.
    var completedArguments: [String] {
        get throws {
            guard arguments.first == SettingTable.serveSection, file != nil || hasServeVariable else {
                return arguments
            }
            var added: [String] = []
            for entry in entries(SettingTable()) where entry.setting.section == SettingTable.serveSection {
                switch entry.origin {
                case .option, .standard: continue
                // The others are read where they always were.
                case .variable(let name) where name != entry.setting.variables.first: continue
                case .variable, .file: added += try Self.options(for: entry)
                }
            }
            return [SettingTable.serveSection] + added + arguments.dropFirst()
        }
    }

    private var hasServeVariable: Bool { variables.keys.contains { $0.hasPrefix("INGOT_SERVE_") } }

    private static func options(for entry: Entry) throws -> [String] {
        guard let option = entry.setting.options.first(where: { $0.hasPrefix("--") }) else { return [] }
        guard entry.setting.kind == .flag else { return entry.values.map { "\(option)=\($0)" } }
        switch entry.values.first?.lowercased() {
        case "true", "1", "yes", "on": return [option]
        case "false", "0", "no", "off":
            return entry.setting.options.filter { $0 == "--no-" + option.dropFirst(2) }
        default:
            throw CommandFailure(
                message: "\(entry.origin.text) must be true or false",
                exitCode: CommandFailure.usage
            )
        }
    }

    // MARK: - Looking

    /// All settings with their values.
    ///
    /// - Parameter line: the command line to look at; `nil`: this process's.
    func entries(_ table: SettingTable, line: [String]? = nil) -> [Entry] {
        table.settings.map { setting in
            if setting.name == "color", let colour {
                return Entry(setting: setting, values: [colour], origin: .option("--color"))
            }
            if let (option, values) = given(setting, in: line ?? arguments) {
                return Entry(setting: setting, values: values, origin: .option(option))
            }
            for name in setting.variables {
                guard let value = variables[name], !value.isEmpty else { continue }
                return Entry(setting: setting, values: list(value, of: setting), origin: .variable(name))
            }
            // A secret in the file does not count beside a file that a variable names, and the other way round.
            let isOverridden = setting.variables.contains { name in
                [name + "_FILE", name.hasSuffix("_FILE") ? String(name.dropLast(5)) : ""].contains {
                    variables[$0]?.isEmpty == false
                }
            }
            if !isOverridden, let values = file?.values[setting.name], let path = file?.path {
                return Entry(setting: setting, values: values, origin: .file(path, setting.name))
            }
            return Entry(setting: setting, values: [setting.standard].compactMap { $0 }, origin: .standard)
        }
    }

    /// A variable's value as a list: a JSON array, or texts with commas between.
    private func list(_ value: String, of setting: Setting) -> [String] {
        guard setting.kind == .list else { return [value] }
        if value.hasPrefix("["), let items = try? JSONValue(parsing: value.utf8).arrayValue {
            return items.map { $0.stringValue ?? $0.canonicalText }
        }
        return value.split(separator: ",").map { String($0.drop { $0 == " " }) }
    }

    /// What a command line says of a setting.
    private func given(_ setting: Setting, in line: [String]) -> (option: String, values: [String])? {
        var found: (option: String, values: [String])?
        for (index, argument) in line.enumerated() {
            if argument == "--" { break }
            for option in setting.options {
                var value: String?
                if argument == option {
                    value =
                        setting.kind == .flag
                        ? (option.hasPrefix("--no-") ? "false" : "true")
                        : index + 1 < line.count ? line[index + 1] : ""
                } else if argument.hasPrefix(option + "=") {
                    value = String(argument.dropFirst(option.count + 1))
                }
                guard let value else { continue }
                found = (option, setting.kind == .list ? (found?.values ?? []) + [value] : [value])
            }
        }
        return found
    }
}
