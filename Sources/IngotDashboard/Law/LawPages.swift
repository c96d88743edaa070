/// The pages that read and search the law.
struct LawPages: Sendable {
    func add(to pages: inout PageTable) {
        pages.on("/law") { try await LawHomePage.page($0) }
        pages.on("/law/**") { try await LawNodePage.page($0) }
        pages.on("/compare") { try await CorpusComparisonPage.page($0) }
        pages.on("/search") { try await SearchPage.page($0) }
    }
}
