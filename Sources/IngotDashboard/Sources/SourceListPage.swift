import IngotCore

/// What can be ingested, and how each source is.
enum SourceListPage {
    struct Content {
        var sources: [SourceSummary]
    }

    static func page(_ asking: PageRequest) async throws -> Page {
        Page(
            title: "Sources",
            part: .sources,
            template: "sources",
            content: Content(sources: try await SourceSummary.all(asking)),
            scripts: ["live.js"],
            styles: ["jobs.css", "charts.css", "system.css"]
        )
    }
}
