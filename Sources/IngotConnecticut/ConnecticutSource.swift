public import IngotCore
public import IngotFetch
public import IngotLaw

/// The General Statutes of Connecticut, as the Legislative Commissioners' Office publishes them.
///
/// https://www.cga.ct.gov/current/pub/titles.htm. A unit is a chapter or article, a title's own page, or the index of
/// titles; a label is the year to which the statutes are revised, with the Supplement's when one is laid over them.
public struct ConnecticutSource: LawSource {
    public init() {}

    public var description: SourceDescription {
        SourceDescription(
            id: "cga",
            name: "General Statutes of Connecticut",
            jurisdiction: "us-ct",
            region: "Connecticut",
            documentType: "statute",
            parameters: StatuteParameters.schema,
            defaultOrigin: "https://www.cga.ct.gov",
            isExclusive: true,
            listsReleases: true
        )
    }

    /// Raise it whenever the same bytes would give other nodes.
    public var readerVersion: Int { 1 }

    /// - Throws: `JobFailure` `parameters_invalid`, `upstream_page_changed`, `titles_not_found`, `chapters_not_found`,
    ///   `supplement_not_found`, or what reading upstream throws.
    public func plan(parameters: JSONValue, label: String?, upstream: Upstream) async throws -> LawPlan {
        try await StatuteDiscovery(parameters: StatuteParameters(parameters), upstream: upstream).plan()
    }

    /// - Throws: `JobFailure`, as ``plan(parameters:label:upstream:)`` does.
    public func releases(upstream: Upstream) async throws -> [SourceRelease] {
        try await StatuteDiscovery(parameters: StatuteParameters([:]), upstream: upstream).releases()
    }

    /// - Throws: `JobFailure` `document_unexpected`, `document_truncated`, `upstream_page_changed`, `html_too_large`,
    ///   `html_too_deep`.
    public func reader(for unit: LawUnit, captures: [Capture]) throws -> any LawNodeReader {
        try StatuteReader(
            unit: unit.id,
            pages: captures.map { try $0.contents(limit: StatutePage.maximumBytes) }
        )
    }

    public func label(_ left: String, isOlderThan right: String) -> Bool {
        guard let left = StatuteLabel(left), let right = StatuteLabel(right) else { return left < right }
        return left < right
    }
}
