/// A job definition that comes with a source: the gateway makes it when there is none of its name.
public struct BuiltInDefinition: Sendable, Codable, Equatable {
    /// Unique among all definitions, for example `P2C-DubqueRecentCallsRip`.
    public var name: String
    /// What its runs are given unless a request or a schedule says otherwise.
    public var parameters: JSONValue
    public var retries: JobRetries

    public init(name: String, parameters: JSONValue = .object([:]), retries: JobRetries = .bounded) {
        self.name = name
        self.parameters = parameters
        self.retries = retries
    }
}
