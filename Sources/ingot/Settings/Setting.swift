import IngotCore

/// One thing that a configuration file, the environment and the command line can set.
struct Setting: Equatable {
    /// What its value looks like.
    enum Kind: Equatable {
        case text
        /// Several texts.
        case list
        case flag
    }

    /// What it is called in a configuration file, for example `serve.port`.
    var name: String
    var kind: Kind
    /// The variables that set it, the one that counts first in front.
    var variables: [String]
    /// What it is called on the command line, for example `--port`; empty where it must not stand there.
    var options: [String]
    var isSecret = false
    /// What holds when nobody sets it.
    var standard: String?

    /// What it is called inside its section.
    var member: String { String(name.split(separator: ".").last ?? "") }

    /// The file's section; `nil` at the top.
    var section: String? { name.contains(".") ? String(name.prefix { $0 != "." }) : nil }
}
