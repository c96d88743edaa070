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
    public var readerVersion: Int { 3 }

    /// - Throws: `JobFailure` `parameters_invalid`, `release_not_found`, `release_missing_titles`,
    ///   `upstream_maintenance`, `upstream_page_changed`, or what reading upstream throws.
    public func plan(parameters: JSONValue, label: String?, upstream: Upstream) async throws -> LawPlan {
        var discovery = USCodeDiscovery(parameters: try USCodeParameters(parameters))
        if let release = label.flatMap({ ReleasePoint($0) }) { discovery.parameters.release = release }
        switch upstream.origin {
        case .folder: return try discovery.plan(folder: try upstream.fileNames())
        case .site:
            let current = try USCodeDownloadPage(
                try await upstream.page(USCodeDownloadPage.path, limit: Self.pageLimit)
            )
            guard let release = discovery.parameters.release, release != current.release else {
                return try discovery.plan(page: current)
            }
            let path = USCodeDownloadPage.path(of: release)
            guard let page = try await pageIfThere(path, upstream) else { return try discovery.plan(page: current) }
            return try discovery.plan(page: try USCodeDownloadPage(page, in: release.folder, of: release))
        }
    }

    /// - Throws: `JobFailure`, as ``plan(parameters:label:upstream:)`` does.
    public func releases(upstream: Upstream) async throws -> [SourceRelease] {
        switch upstream.origin {
        case .folder: return USCodeReleases.list(folder: try upstream.fileNames())
        case .site:
            let current = try USCodeDownloadPage(
                try await upstream.page(USCodeDownloadPage.path, limit: Self.pageLimit)
            )
            let prior = try await pageIfThere(USCodePriorReleases.path, upstream)
            return USCodeReleases.list(current: current, prior: try prior.map { try USCodePriorReleases($0) })
        }
    }

    private static let pageLimit = 4 << 20

    /// - Returns: `nil` when the site says that it does not have the page.
    private func pageIfThere(_ path: String, _ upstream: Upstream) async throws -> [UInt8]? {
        do {
            return try await upstream.page(path, limit: Self.pageLimit)
        } catch let failure as JobFailure where failure.code == "upstream_not_found" {
            return nil
        }
    }

    /// - Throws: `JobFailure`, as ``USCodeReader/init(zip:unit:label:)`` does.
    public func reader(for unit: LawUnit, captures: [Capture]) throws -> any LawNodeReader {
        try USCodeReader(zip: captures[0].path, unit: unit.id, label: USCodeFile.label(ofName: unit.files[0].name))
    }

    public func label(_ left: String, isOlderThan right: String) -> Bool {
        guard let left = ReleasePoint(left), let right = ReleasePoint(right) else { return left < right }
        return left < right
    }
}
