import HTTPTypes
import Hummingbird
import IngotCore
import IngotLaw

/// `GET /api/search`: full-text search in the live law, or in a source as of a label.
struct SearchRoute: Sendable {
    let reader: CorpusReader

    private static let hitsPerPage = 20
    private static let maximumHitsPerPage = 100
    /// Names of units, levels and sources are short.
    private static let maximumNameLength = 100
    private static let maximumUnits = 100

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/api/search", for: .role(.viewer)) { request, context in
            try await search(request, reader.limited(to: context.caller?.sources))
        }
    }

    private func search(_ request: Request, _ reader: CorpusReader) async throws -> Response {
        var search = LawSearch(try text(of: request))
        search.source = try name("source", of: request)
        search.label = request.query("at")
        if search.label != nil, search.source == nil {
            throw Problem.invalidQuery("at", "needs 'source': each source has labels of its own")
        }
        search.level = try name("level", of: request)
        search.units = try units(of: request)
        switch request.query("status") ?? "any" {
        case "any": break
        case "in_force": search.isOnlyInForce = true
        case let other: throw Problem.invalidQuery("status", "must be in_force or any, not '\(other)'")
        }
        if let text = request.query("in") {
            guard let place = LawSearch.Place(rawValue: text) else {
                throw Problem.invalidQuery("in", "must be heading, text or all, not '\(text)'")
            }
            search.place = place
        }
        let limit = try request.queryNumber("limit", in: 1...Self.maximumHitsPerPage) ?? Self.hitsPerPage
        do {
            return try .json(await reader.search(search, after: request.query("cursor"), limit: limit))
        } catch let error as LawSearchError {
            throw Problem(error)
        } catch let error as LawReadingError {
            throw Problem(error)
        }
    }

    /// What is looked for.
    ///
    /// Forms of web pages write a space as `+`, which the address itself does not know.
    private func text(of request: Request) throws -> String {
        let pairs = (request.uri.query ?? "").split(separator: "&")
        guard let pair = pairs.first(where: { $0.hasPrefix("q=") }) else { return "" }
        guard let text = PercentEncoding.decode(pair.dropFirst(2).replacing("+", with: "%20")) else {
            throw Problem.invalidQuery("q", "must be percent-encoded UTF-8")
        }
        return text
    }

    private func name(_ parameter: String, of request: Request) throws -> String? {
        guard let value = request.query(parameter) else { return nil }
        guard value.utf8.count <= Self.maximumNameLength else { throw tooLong(parameter) }
        return value
    }

    /// The units: `unit` given several times, or several in one with commas between.
    private func units(of request: Request) throws -> [String] {
        let units = request.uri.queryParameters.filter { $0.key == "unit" }
            .flatMap { $0.value.split(separator: ",").map(String.init) }
        guard units.count <= Self.maximumUnits else {
            throw Problem.invalidQuery("unit", "must name at most \(Self.maximumUnits) units")
        }
        guard units.allSatisfy({ $0.utf8.count <= Self.maximumNameLength }) else { throw tooLong("unit") }
        return units
    }

    private func tooLong(_ parameter: String) -> Problem {
        .invalidQuery(parameter, "must have at most \(Self.maximumNameLength) bytes")
    }
}

extension Problem {
    /// A search that cannot be made.
    init(_ error: LawSearchError) {
        guard error != .cursorOutdated else {
            self = .invalidQuery("cursor", "\(error)")
            return
        }
        self.init(
            "invalid-search",
            .unprocessableContent,
            title: "The search cannot be made.",
            detail: "'q' \(error).",
            extensions: ["parameter": "q"]
        )
    }
}
