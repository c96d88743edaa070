import IngotCore

/// What is looked for in the law.
public struct LawSearch: Sendable, Equatable {
    /// Where the words have to be.
    public enum Place: String, Sendable, CaseIterable {
        case heading
        case text
        /// In number, heading or text.
        case all
    }

    /// What people type; see the HTTP API for its language.
    public var text: String
    /// `nil`: in all sources.
    public var source: String?
    /// The label whose law is searched, for a search in one source; `nil`: the live law.
    public var label: String?
    /// Only in these units; empty: in all.
    public var units: [String] = []
    /// Only nodes of this kind, for example `section`.
    public var level: String?
    /// Leaves out what is repealed, omitted, transferred, reserved.
    public var isOnlyInForce = false
    public var place = Place.all

    public init(_ text: String) { self.text = text }
}

/// One node that was found.
public struct LawHit: Sendable, Codable, Equatable {
    /// A piece of a snippet.
    public struct Piece: Sendable, Codable, Equatable {
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
    /// Whether the query is this node's number or citation.
    public var isCited: Bool
    /// How well the words fit, greater is better; `nil` when the node was found by its citation.
    public var score: Double?
    /// The part of the text that fits best, or its beginning; empty for a node without text of its own.
    public var snippet: [Piece]

    enum CodingKeys: String, CodingKey {
        case source, key, unit, level, num, heading, status, citation, score, snippet
        case isCited = "cited"
    }
}

/// A page of what was found, best first.
public struct LawHits: Sendable, Codable, Equatable {
    public var hits: [LawHit]
    /// Where the next page starts; `nil` on the last one.
    public var next: String?
    /// Whether there is more than pages lead to.
    public var isTruncated: Bool

    enum CodingKeys: String, CodingKey {
        case hits
        case next = "next_cursor"
        case isTruncated = "truncated"
    }
}

/// Why a search cannot be made.
public enum LawSearchError: Error, Sendable, Equatable, CustomStringConvertible {
    case tooLong(limit: Int)
    case tooManyTerms(limit: Int)
    /// No letter and no digit.
    case nothingToFind
    case onlyExclusions
    case prefixTooShort(String, minimum: Int)
    /// More beginnings of words than one question may have.
    case tooManyPrefixes(limit: Int)
    /// Not a cursor of this query over the law that is live now.
    case cursorOutdated

    public var description: String {
        switch self {
        case .tooLong(let limit): "must have at most \(limit) characters"
        case .tooManyTerms(let limit): "must have at most \(limit) words and phrases"
        case .nothingToFind: "must hold a letter or a digit to look for"
        case .onlyExclusions: "must hold a word to look for beside the ones to leave out"
        case .prefixTooShort(let text, let minimum):
            "must have at least \(minimum) letters or digits before the star in '\(text)*'"
        case .tooManyPrefixes(let limit): "must have at most \(limit) words with a star"
        case .cursorOutdated:
            "belongs to another query or to an earlier state of the law; ask again from the first page"
        }
    }
}
