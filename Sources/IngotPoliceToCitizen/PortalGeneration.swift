import IngotCore
import IngotRecords

/// The two portals that the product has had.
enum PortalGeneration: String, CaseIterable {
    case classic
    case newer

    /// As the parameter `portal` says; without it by the host.
    init(_ run: RecordRun) throws {
        let named = try run.parameters.text("portal", allowed: Self.allCases.map(\.rawValue))
        self = named.flatMap(Self.init) ?? (run.host.hasSuffix(".policetocitizen.com") ? .newer : .classic)
    }

    static let schema: JSONValue = [
        "type": "string", "enum": .array(allCases.map { .string($0.rawValue) }),
        "description": """
        The portal's generation: pages of ASP.NET, or one page that asks an API. Without it “newer” for hosts of \
        policetocitizen.com, “classic” for others.
        """,
    ]
}
