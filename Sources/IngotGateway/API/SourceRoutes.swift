import HTTPTypes
import Hummingbird
import IngotCore
import IngotLaw

/// The routes about sources: what can be ingested and with which parameters, and what upstream has published.
struct SourceRoutes: Sendable {
    let catalog: SourceCatalog
    let releases: ReleaseLists
    let reader: CorpusReader

    private struct SourceList: Encodable {
        var sources: [SourceDescription]
    }

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/api/sources", for: .role(.viewer)) { _, context in
            let visible = catalog.descriptions.filter { context.caller?.mayUse(source: $0.id) ?? true }
            return try Response.json(SourceList(sources: visible))
        }
        routes.on(.get, "/api/sources/{source}/releases", for: .role(.viewer)) { request, context in
            try await releases(of: try context.parameters.require("source"), request)
        }
    }

    // MARK: - Releases

    private struct ReleaseList: Encodable {
        var source: String
        /// When upstream was asked.
        var askedAt: Timestamp
        var releases: [JSONValue]

        enum CodingKeys: String, CodingKey {
            case source, releases
            case askedAt = "asked_at"
        }
    }

    private func releases(of source: String, _ request: Request) async throws -> Response {
        guard let description = catalog.descriptions.first(where: { $0.id == source }) else {
            throw Problem.unknownSource(source, known: catalog.descriptions.map(\.id))
        }
        guard description.listsReleases else { throw Problem.releasesUnsupported(source) }
        let isFresh = try request.queryFlag("refresh")
        let listing: ReleaseLists.Listing
        do {
            listing = try await releases.listing(of: source, isFresh: isFresh)
        } catch let failure as ReleaseAsking.Failure {
            throw Problem(failure, source: source)
        }
        let revisions = try await reader.revisions(of: source)
        let ingested = Set(revisions.filter { $0.status == "promoted" }.map(\.label))
        let live = revisions.first(where: \.isLive)?.label
        return try .json(
            ReleaseList(
                source: source,
                askedAt: listing.askedAt,
                releases: listing.releases.map { release in
                    var members = try JSONValue(parsing: JSONText.encode(release)).objectValue ?? [:]
                    members["ingested"] = .bool(ingested.contains(release.label))
                    members["live"] = .bool(release.label == live)
                    return .object(members)
                }
            )
        )
    }
}

extension Problem {
    fileprivate static func releasesUnsupported(_ source: String) -> Problem {
        Problem(
            "releases-unsupported",
            .unprocessableContent,
            title: "The source has no releases.",
            detail: "The source '\(source)' does not list what upstream has published."
        )
    }

    fileprivate init(_ failure: ReleaseAsking.Failure, source: String) {
        switch failure {
        case .upstream(let failure):
            var extensions: [String: JSONValue] = ["source": .string(source), "code": .string(failure.code)]
            if let error = try? JSONValue(parsing: JSONText.encode(failure)) { extensions["error"] = error }
            self.init(
                "upstream-failed",
                .badGateway,
                title: "Upstream cannot be read.",
                detail: [failure.message, failure.advice].compactMap { $0 }.joined(separator: " "),
                extensions: extensions
            )
        case .timeout(let limit):
            self.init(
                "upstream-timeout",
                .gatewayTimeout,
                title: "Upstream does not answer.",
                detail: "There was no list of releases within \(limit.milliseconds) ms; try again later.",
                extensions: ["source": .string(source)]
            )
        case .runner(let message):
            self.init("runner-failed", .internalServerError, title: "The runner failed.", detail: message)
        }
    }
}
