/// By how much a counter has grown.
public struct MetricIncrement: Sendable, Equatable {
    public var name: String
    public var labels: [String: String]
    public var amount: Int64

    public init(name: String, labels: [String: String], amount: Int64) {
        self.name = name
        self.labels = labels
        self.amount = amount
    }
}
