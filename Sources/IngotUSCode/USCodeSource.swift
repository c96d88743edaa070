public import IngotCore
public import IngotFetch
public import IngotLaw

/// The United States Code in USLM, as the Office of the Law Revision Counsel publishes it.
///
/// Format: https://uscode.house.gov/download/resources/USLM-User-Guide.pdf. A unit is a title or an appendix; a label
/// is a release point.
public struct USCodeSource: LawSource {
    public init() {}

    public var description: SourceDescription {
        SourceDescription(
            id: "usc",
            name: "United States Code",
            jurisdiction: "us",
            region: "federal",
            documentType: "statute",
            parameters: USCodeParameters.schema,
            defaultOrigin: "https://uscode.house.gov",
            isExclusive: true,
            listsReleases: true
        )
    }

    /// Raise it whenever the same bytes would give other nodes.
    public var readerVersion: Int { 1 }

    /// - Throws: `JobFailure` `parameters_invalid`, `release_not_found`, `release_missing_titles`,
    ///   `upstream_maintenance`, `upstream_page_changed`, or what reading upstream throws.
    public func plan(parameters: JSONValue, upstream: Upstream) async throws -> LawPlan {
        let discovery = USCodeDiscovery(parameters: try USCodeParameters(parameters))
        switch upstream.origin {
        case .folder: return try discovery.plan(folder: try upstream.fileNames())
        case .site:
            let page = try await upstream.page(USCodeDownloadPage.path, limit: 4 << 20)
            return try discovery.plan(page: try USCodeDownloadPage(page))
        }
    }

    /// - Throws: `JobFailure`, as ``plan(parameters:upstream:)`` does.
    public func releases(upstream: Upstream) async throws -> [SourceRelease] {
        switch upstream.origin {
        case .folder:
            let labels = Set(try upstream.fileNames().compactMap { USCodeFile(path: $0)?.release }).sorted(by: >)
            return labels.map { SourceRelease(label: $0.label, isCurrent: $0 == labels.first) }
        case .site:
            let page = try USCodeDownloadPage(try await upstream.page(USCodeDownloadPage.path, limit: 4 << 20))
            return [SourceRelease(label: page.release.label, isCurrent: true)]
        }
    }

    /// - Throws: `JobFailure`, as ``USCodeReader/init(zip:unit:label:)`` does.
    public func reader(for unit: LawUnit, capture: Capture) throws -> any LawNodeReader {
        try USCodeReader(zip: capture.path, unit: unit.id, label: USCodeFile.label(ofName: unit.file.name))
    }

    public func label(_ left: String, isOlderThan right: String) -> Bool {
        guard let left = ReleasePoint(left), let right = ReleasePoint(right) else { return left < right }
        return left < right
    }
}
