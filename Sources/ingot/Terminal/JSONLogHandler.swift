import IngotCore
import Logging

/// Writes each log message as one JSON object on a line of its own, for programs that collect logs.
///
/// `time`, `level`, `label` and `message` come first; then the metadata, flat, as text. What of it has one of those
/// names gets `meta_` before its own.
struct JSONLogHandler: LogHandler {
    private static let ownNames: Set<String> = ["time", "level", "label", "message"]

    let label: String
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private let now: @Sendable () -> Timestamp
    private let write: @Sendable (String) -> Void

    /// - Parameters:
    ///   - now: the clock of the times.
    ///   - write: takes each line, without its end.
    init(
        label: String,
        now: @escaping @Sendable () -> Timestamp = { .now() },
        write: @escaping @Sendable (String) -> Void = { StandardError.line($0) }
    ) {
        self.label = label
        self.now = now
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { _, given in given } }
        if let given = event.metadata { all.merge(given) { _, given in given } }
        var writer = JSONWriter()
        func member(_ name: String, _ value: String, isFirst: Bool = false) {
            writer.raw(isFirst ? "{" : ",")
            writer.string(name)
            writer.raw(":")
            writer.string(value)
        }
        member("time", now().description, isFirst: true)
        member("level", event.level.rawValue)
        member("label", label)
        member("message", event.message.description)
        for (name, value) in all.sorted(by: { $0.key < $1.key }) {
            member(Self.ownNames.contains(name) ? "meta_\(name)" : name, "\(value)")
        }
        writer.raw("}")
        write(String(decoding: writer.bytes, as: UTF8.self))
    }
}
