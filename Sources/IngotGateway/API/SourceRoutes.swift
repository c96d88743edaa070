import Hummingbird
import IngotCore

/// `GET /api/sources`: what can be ingested, and with which parameters.
struct SourceRoutes: Sendable {
    let catalog: SourceCatalog

    private struct SourceList: Encodable {
        var sources: [SourceDescription]
    }

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/api/sources") { _, _ in
            try Response.json(SourceList(sources: catalog.descriptions))
        }
    }
}
