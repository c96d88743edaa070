import HTTPTypes
import Hummingbird
public import IngotGateway

/// The pages that a gateway serves to people.
///
/// A page is made of what the gateway's own API answers to its reader, so it shows nothing that the API does not, and
/// to nobody whom the API would refuse.
///
/// ```swift
/// let gateway = try await Gateway(configuration: configuration, routes: [Dashboard().addRoutes])
/// ```
public struct Dashboard: Sendable {
    private let renderer: PageRenderer
    private let files: StaticFiles
    private let reference: ReferencePage

    /// - Throws: when a template cannot be read, which a test would have shown.
    public init() throws {
        files = StaticFiles()
        renderer = try PageRenderer(files: files)
        reference = try ReferencePage()
    }

    /// Adds the pages and the files that they use.
    public func addRoutes(to routes: inout RouteTable, _ parts: Gateway.Parts) {
        files.add(to: &routes)
        SignInPages(renderer: renderer, inner: routes.inner).add(to: &routes)
        var pages = PageTable(routes: routes, renderer: renderer)
        pages.on("/") { try await OverviewPage.page($0) }
        JobPages().add(to: &pages)
        RegularPages().add(to: &pages)
        SourcePages().add(to: &pages)
        SystemPages().add(to: &pages)
        reference.add(to: &pages)
        LawPages().add(to: &pages)
        routes = pages.routes
    }
}
