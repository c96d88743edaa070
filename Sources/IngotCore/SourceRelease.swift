/// A state of a source as upstream has published it.
public struct SourceRelease: Sendable, Codable, Equatable {
    /// Upstream's name for it, for example `119-36`.
    public var label: String
    /// The day that upstream gives it, `YYYY-MM-DD`.
    public var date: String?
    /// The units that changed with it, as far as upstream says.
    public var units: [String]
    /// Whether it is the newest one.
    public var isCurrent: Bool
    /// What upstream says of it, in its own words.
    public var description: String?

    public init(
        label: String,
        date: String? = nil,
        units: [String] = [],
        isCurrent: Bool = false,
        description: String? = nil
    ) {
        self.label = label
        self.date = date
        self.units = units
        self.isCurrent = isCurrent
        self.description = description
    }

    enum CodingKeys: String, CodingKey {
        case label, date, units, description
        case isCurrent = "current"
    }
}
