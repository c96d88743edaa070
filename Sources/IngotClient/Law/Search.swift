import IngotCore

/// What to look for in the live law.
///
/// ```swift
/// var search = Search("\"civil rights\" school -private")
/// search.units = ["42"]
/// for try await hit in gateway.search(search).items { print(hit.key, hit.heading) }
/// ```
public struct Search: Sendable, Equatable {
    /// Where the words have to be.
    public enum Place: String, Sendable {
        case heading, text, all
    }

    /// Words, "words in quotes", beginnings such as `legislat*`, `-excluded`, `this OR that`; or a citation.
    public var words: String
    /// Only this source.
    public var source: String?
    /// Only these units.
    public var units: [String] = []
    /// Only nodes of this level, for example `section`.
    public var level: String?
    public var place = Place.all
    /// Without what is repealed, omitted, transferred or reserved.
    public var isOnlyInForce = false
    /// How many hits one request brings, from 1 to 100.
    public var pageSize = 20

    /// - Parameter words: see ``words``.
    public init(_ words: String) { self.words = words }

    package var path: String {
        let path = GatewayPath.path(
            "/api/search",
            [
                "q": words, "limit": "\(pageSize)", "source": source, "level": level,
                "in": place == .all ? nil : place.rawValue, "status": isOnlyInForce ? "in_force" : nil,
            ]
        )
        return units.reduce(path) { "\($0)&unit=\(PercentEncoding.encode($1))" }
    }
}

/// A node that was found.
public struct SearchHit: Sendable, Decodable, Equatable {
    /// A piece of a snippet.
    public struct Piece: Sendable, Decodable, Equatable {
        public var text: String
        /// Whether it is what was looked for.
        public var match: Bool
    }

    public var source: String
    public var key: String
    public var unit: String
    public var level: String
    public var num: String
    public var heading: String
    public var status: String?
    public var citation: String?
    /// Whether it was found by its number or citation.
    public var isCited: Bool
    /// How well the words fit, greater is better.
    public var score: Double?
    /// The part of the text that fits best.
    public var snippet: [Piece]

    enum CodingKeys: String, CodingKey {
        case source, key, unit, level, num, heading, status, citation, score, snippet
        case isCited = "cited"
    }
}
