import ArgumentParser
import Logging

/// How a gateway that is being started writes its log.
struct LogOptions: ParsableArguments {
    /// The form of its lines.
    enum Format: String, ExpressibleByArgument, CaseIterable, Sendable {
        case text, json
    }

    @Option(help: "The form of the log's lines: text, or json for one object a line.")
    var logFormat = Format.text

    @Option(help: "What is logged: trace, debug, info, notice, warning, error or critical, and all above it.")
    var logLevel: String?

    @Flag(name: .shortAndLong, inversion: .prefixedNo, help: "Log every request; the same as --log-level debug.")
    var verbose = false

    func validate() throws {
        guard let logLevel else { return }
        guard Logger.Level(rawValue: logLevel) != nil else {
            let known = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--log-level takes one of \(known)")
        }
        if verbose { throw ValidationError("--verbose and --log-level say the same thing; give one of them") }
    }

    var level: Logger.Level { logLevel.flatMap(Logger.Level.init(rawValue:)) ?? (verbose ? .debug : .info) }

    /// What writes the lines of a logger.
    var handler: @Sendable (_ label: String) -> any LogHandler {
        switch logFormat {
        case .text: { StreamLogHandler.standardError(label: $0) }
        case .json: { JSONLogHandler(label: $0) }
        }
    }
}
