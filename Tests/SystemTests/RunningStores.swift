import FoundationEssentials
import Testing

/// The embedded stores in a process of their own (`ingot stores`), as Cloudflare's would be.
enum RunningStores {
    /// Starts them, runs the body with the settings that open them, and stops them.
    ///
    /// - Parameter faults: a fault plan, as the option `--faults` reads it.
    static func run(
        data: String,
        faults: String? = nil,
        _ body: @escaping @Sendable (_ settings: [String: String]) async throws -> Void
    ) async throws {
        let arguments = ["stores", "--data", data] + (faults.map { ["--faults", $0] } ?? [])
        try await ServingCommand.run(arguments, lines: 3) { lines in
            let prefix = "credentials: "
            let last = try #require(lines.last)
            #expect(last.hasPrefix(prefix))
            let text = try String(contentsOfFile: String(last.dropFirst(prefix.count)), encoding: .utf8)
            let pairs = text.split(separator: "\n").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
            try await body(Dictionary(uniqueKeysWithValues: pairs.map { ($0[0], $0[1]) }))
        }
    }
}
