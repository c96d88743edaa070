/// The pages about sources.
struct SourcePages: Sendable {
    func add(to pages: inout PageTable) {
        pages.on("/sources") { try await SourceListPage.page($0) }
        pages.on("/sources/{source}") { try await SourcePage.page($0) }
        pages.on("/sources/{source}/releases") { try await ReleasesPage.page($0) }
    }
}
