import Glibc
import IngotCore
import SystemPackage

/// A configuration file: a JSON object with settings by name, those of `ingot serve` in `serve`, and variables in
/// `environment`.
struct ConfigurationFile {
    let path: String
    /// By the settings' names, texts one by one.
    private(set) var values: [String: [String]] = [:]
    /// What is wrong with the file, but not so that it cannot be used.
    private(set) var warnings: [String] = []

    /// The largest file that is read, in bytes.
    private static let maximumBytes = 1 << 20

    /// The file that is read unless another is named; `nil` where there is no home.
    static func standardPath(_ variables: [String: String]) -> String? {
        func variable(_ name: String) -> String? { variables[name].flatMap { $0.isEmpty ? nil : $0 } }
        return variable("XDG_CONFIG_HOME").map { $0 + "/ingot/config.json" }
            ?? variable("HOME").map { $0 + "/.config/ingot/config.json" }
    }

    /// Reads the file that is named or, if it is there, the standard one.
    ///
    /// - Returns: `nil` when there is none.
    /// - Throws: `CommandFailure` when it cannot be read or understood.
    static func find(named: String?, variables: [String: String]) throws -> ConfigurationFile? {
        let chosen = named ?? variables["INGOT_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        guard let path = chosen ?? standardPath(variables) else { return nil }
        do {
            return try ConfigurationFile(path: path, text: try wholeFile(path, limit: maximumBytes))
        } catch Errno.noSuchFileOrDirectory where chosen == nil {
            return nil
        } catch Errno.notDirectory where chosen == nil {
            return nil
        } catch let error as Errno {
            throw CommandFailure(
                message: """
                    the configuration file \(path) cannot be read: \(error)
                      name another with --config or INGOT_CONFIG, or remove it
                    """,
                exitCode: CommandFailure.usage
            )
        }
    }

    /// - Throws: `CommandFailure` naming what is wrong.
    init(path: String, text: String) throws {
        self.path = path
        let document: JSONValue
        do { document = try JSONParser.parse(Array(text.utf8)) } catch {
            throw Self.failure(path, "is not JSON: \(error)")
        }
        guard let members = document.objectValue else { throw Self.failure(path, "must hold one JSON object") }
        let table = SettingTable(includingServe: members[SettingTable.serveSection] != nil)
        let sections = [SettingTable.serveSection, SettingTable.environmentSection]
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            if sections.contains(name) {
                guard let inner = value.objectValue else {
                    throw Self.failure(path, "'\(name)' must be an object of settings")
                }
                for (member, value) in inner.sorted(by: { $0.key < $1.key }) {
                    try take("\(name).\(member)", value, table)
                }
            } else {
                try take(name, value, table)
            }
        }
        warnings = Self.warnings(
            path: path,
            holdsSecrets: values.keys.contains { table.setting(named: $0)?.isSecret == true }
        )
    }

    private mutating func take(_ name: String, _ value: JSONValue, _ table: SettingTable) throws {
        guard let setting = table.setting(named: name) else {
            let nearest = Nearest.name(to: name, among: SettingTable().settings.map(\.name))
            throw Self.failure(
                path,
                "has no setting '\(name)'\(nearest.map { "; did you mean '\($0)'?" } ?? "")"
                    + "\n  `ingot config` lists the settings"
            )
        }
        if value == .null { return }
        switch setting.kind {
        case .flag:
            guard let isOn = value.boolValue else { throw Self.failure(path, "'\(name)' must be true or false") }
            values[name] = [isOn ? "true" : "false"]
        case .list:
            guard let texts = Self.texts(value.arrayValue ?? [value]) else {
                throw Self.failure(path, "'\(name)' must be a list of texts")
            }
            values[name] = texts
        case .text:
            guard let texts = Self.texts([value]) else {
                throw Self.failure(path, "'\(name)' must be a text or a number")
            }
            values[name] = texts
        }
    }

    /// `nil` when something is neither a text nor a number.
    private static func texts(_ values: [JSONValue]) -> [String]? {
        let texts = values.compactMap { value -> String? in
            switch value {
            case .string(let text): text
            case .integer, .number: value.canonicalText
            default: nil
            }
        }
        return texts.count == values.count ? texts : nil
    }

    private static func failure(_ path: String, _ problem: String) -> CommandFailure {
        CommandFailure(message: "the configuration file \(path) \(problem)", exitCode: CommandFailure.usage)
    }

    private static func warnings(path: String, holdsSecrets: Bool) -> [String] {
        var status = stat()
        guard stat(path, &status) == 0 else { return [] }
        var warnings: [String] = []
        if status.st_mode & (S_IWGRP | S_IWOTH) != 0 {
            warnings.append("the configuration file \(path) can be changed by others; try: chmod go-w \(path)")
        }
        if holdsSecrets, status.st_mode & (S_IRGRP | S_IROTH) != 0 {
            warnings.append("the configuration file \(path) holds secrets that others can read; try: chmod 600 \(path)")
        }
        return warnings
    }
}
