/// Why a job, or one unit of it, failed: what happened, to which unit, where, and what to do next.
///
/// This is `error_json` of a job and of a unit, and what a runner throws to end its attempt.
public struct JobFailure: Error, Sendable, Codable, Equatable {
    /// A stable word for programs, for example `xml_malformed` or `runner_killed`.
    public var code: String
    /// One sentence for people.
    public var message: String
    /// The unit it happened to, for example `42`.
    public var unit: String?
    /// The place in the unit's document.
    public var place: SourcePlace?
    /// What an operator can do about it.
    public var advice: String?
    /// Whether the cause can pass by itself, so that trying again makes sense.
    public var isTransient: Bool
    /// What is wrong, item by item, when it is more than one thing (a validation report).
    public var details: [JSONValue]?
    /// How the runner ended, when the gateway saw it end.
    public var exit: RunnerExit?
    /// Largest resident size that the runner reported, in bytes.
    public var peakMemoryBytes: Int64?
    /// Processor time that the runner reported, in seconds.
    public var cpuSeconds: Double?
    /// The last lines that the runner wrote, at most 50.
    public var logTail: [String]?
    /// How many attempts the job has made, this one included.
    public var attempts: Int?

    public init(
        code: String,
        message: String,
        unit: String? = nil,
        place: SourcePlace? = nil,
        advice: String? = nil,
        isTransient: Bool = false,
        details: [JSONValue]? = nil
    ) {
        self.code = code
        self.message = message
        self.unit = unit
        self.place = place
        self.advice = advice
        self.isTransient = isTransient
        self.details = details
    }

    enum CodingKeys: String, CodingKey {
        case code, message, unit, place, advice, details, exit, attempts
        case isTransient = "transient"
        case peakMemoryBytes = "peak_memory_bytes"
        case cpuSeconds = "cpu_seconds"
        case logTail = "log_tail"
    }
}

extension JobFailure: CustomStringConvertible {
    public var description: String {
        var text = "\(code): \(message)"
        if let unit { text += " (unit \(unit)" + (place.map { ", \($0)" } ?? "") + ")" }
        return text
    }
}

/// A place in a text document; lines and columns count from 1, the column in bytes.
public struct SourcePlace: Sendable, Codable, Equatable, CustomStringConvertible {
    public var file: String?
    public var line: Int
    public var column: Int

    public init(file: String? = nil, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    public var description: String { "\(file.map { $0 + " " } ?? "")line \(line), column \(column)" }
}

/// How a runner ended, as its launcher saw it.
public struct RunnerExit: Sendable, Codable, Equatable {
    /// The exit code, when it ended by itself.
    public var code: Int?
    /// The signal's number, when one ended it.
    public var signal: Int?
    /// The limit that ended it, or that nobody saw its end: `out_of_memory`, `out_of_memory_or_killed`, `deadline`,
    /// `cpu_time`, `processes`, `open_files`, `lost`, `evicted`, `node_lost`, `not_started`.
    public var reason: String?
    /// Largest resident size, in bytes.
    public var peakMemoryBytes: Int64?
    /// Processor time of the runner and the children that it waited for, in seconds.
    public var cpuSeconds: Double?

    public init(code: Int? = nil, signal: Int? = nil, reason: String? = nil) {
        self.code = code
        self.signal = signal
        self.reason = reason
    }

    public var isSuccess: Bool { code == 0 && signal == nil && reason == nil }

    enum CodingKeys: String, CodingKey {
        case code, signal, reason
        case peakMemoryBytes = "peak_memory_bytes"
        case cpuSeconds = "cpu_seconds"
    }
}
