public import IngotCore
public import IngotFetch

/// A source whose corpus is law: it states its parameters, plans the units, and reads one unit's capture as nodes.
///
/// The rest (captures, packs, rows, validation, promotion) is the same for every law and lives in ``LawIngestion``.
public protocol LawSource: Sendable {
    var description: SourceDescription { get }

    /// Finds out what upstream has and which units the parameters ask for.
    ///
    /// - Parameter label: the state that an earlier attempt of the job began with: the plan is for no other, though
    ///   upstream may have a newer one by now. `nil` when there is none.
    /// - Throws: `JobFailure` when upstream cannot be read or does not have what was asked for.
    func plan(parameters: JSONValue, label: String?, upstream: Upstream) async throws -> LawPlan

    /// Lists what upstream has published, newest first.
    ///
    /// - Throws: `JobFailure` when upstream cannot be read.
    func releases(upstream: Upstream) async throws -> [SourceRelease]

    /// Opens a unit's captured files for reading.
    ///
    /// - Parameter captures: of ``LawUnit/files``, in their order.
    /// - Throws: `JobFailure` when a file is not what the unit's should be.
    func reader(for unit: LawUnit, captures: [Capture]) throws -> any LawNodeReader

    /// Changes whenever the reader makes other nodes of the same bytes, so that unchanged files are read again.
    var readerVersion: Int { get }

    /// Orders two labels as upstream published them: true when `left` is the older one.
    func label(_ left: String, isOlderThan right: String) -> Bool
}

/// What one job is going to ingest.
public struct LawPlan: Sendable, Equatable {
    /// Upstream's name for the state, for example `119-36`.
    public var label: String
    public var units: [LawUnit]
    /// Whether these are all units that upstream has: what the corpus has of others is gone from it and ends.
    public var isWhole: Bool

    public init(label: String, units: [LawUnit], isWhole: Bool = false) {
        self.label = label
        self.units = units
        self.isWhole = isWhole
    }
}

/// A piece of a source that is fetched, checked and resumed as a whole.
public struct LawUnit: Sendable, Equatable {
    /// For example `42` or `5a`; units are listed in its natural order.
    public var id: String
    /// The upstream files that hold it, at least one: mostly one, or one and what a supplement says of it.
    public var files: [UpstreamFile]

    public init(id: String, files: [UpstreamFile]) {
        self.id = id
        self.files = files
    }
}

/// Reads one unit's nodes in a stream: it holds what is open, never the whole unit.
public protocol LawNodeReader {
    /// The next complete node, or `nil` after the last. A node is complete after those below it, so parents come
    /// later than their children; ``LawNode/index`` has the document's order.
    ///
    /// - Throws: `JobFailure` with the place, for a document that cannot be read.
    mutating func next() throws -> LawNode?

    /// How much of the unit has been read, 0 to 1.
    var fractionRead: Double { get }

    /// What the document held; complete after the last node.
    var findings: LawReadingFindings { get }
}

/// What a reader saw besides nodes; the validation gate holds the nodes against it.
public struct LawReadingFindings: Sendable, Equatable {
    /// Characters of the document that are not white space and not in a declared navigation or metadata element.
    public var sourceCharacters: Int
    /// Of these, the characters that went into some node.
    public var keptCharacters: Int
    /// Keys of nodes that tables of contents announce as in force: each must be there.
    public var announcedKeys: [String]
    /// Keys of nodes that tables of contents announce as repealed, omitted, transferred or the like: the announcement
    /// explains why they may be gone, but what the live revision still had must not go without a word.
    public var announcedDeadKeys: [String]
    /// Pieces of nodes that must hold text and hold none.
    public var emptyPieces: [EmptyPiece]

    /// A numbered piece or a paragraph without text.
    public struct EmptyPiece: Sendable, Equatable {
        /// The node that it is in.
        public var key: String
        /// For example `paragraph (1)` or `p`.
        public var piece: String

        public init(key: String, piece: String) {
            self.key = key
            self.piece = piece
        }
    }

    public init(
        sourceCharacters: Int = 0,
        keptCharacters: Int = 0,
        announcedKeys: [String] = [],
        announcedDeadKeys: [String] = [],
        emptyPieces: [EmptyPiece] = []
    ) {
        self.sourceCharacters = sourceCharacters
        self.keptCharacters = keptCharacters
        self.announcedKeys = announcedKeys
        self.announcedDeadKeys = announcedDeadKeys
        self.emptyPieces = emptyPieces
    }
}
