/// What is known of a metric before it is counted: its name, what it is, and what it means.
public struct MetricDescription: Sendable, Equatable {
    /// How a metric behaves.
    public enum Kind: Sendable, Equatable {
        /// Only grows, until the process ends.
        case counter
        /// Goes up and down.
        case gauge
        /// How many values were at most as large as each of these bounds.
        case histogram(bounds: [Double])

        /// Bounds for times from a millisecond to some minutes, in seconds.
        public static let seconds = Kind.histogram(bounds: [
            0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
        ])

        /// Bounds for times from a tenth of a second to some hours, in seconds.
        public static let longSeconds = Kind.histogram(bounds: [
            0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600,
        ])
    }

    /// As Prometheus wants it: `ingot_…_total`, `…_seconds`, `…_bytes`.
    public var name: String
    public var kind: Kind
    /// One sentence for people.
    public var help: String
    /// The names of its labels.
    public var labels: [String]

    public init(_ name: String, _ kind: Kind, labels: [String] = [], _ help: String) {
        self.name = name
        self.kind = kind
        self.labels = labels
        self.help = help
    }
}
