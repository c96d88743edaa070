/// A node's record as it is read back, with what the faces show.
public struct LawRecord: Sendable, Decodable, Equatable {
    public var unit: String
    public var key: String
    public var parent: String?
    public var level: String
    public var num: String
    public var heading: String
    public var status: String?
    public var citation: String?
    public var text: String
    public var blocks: [Block]
    public var credit: String?
    public var notes: [Note]
    public var footnotes: [Footnote]

    /// A piece of the text as it is laid out; see ``LawBlock``.
    public struct Block: Sendable, Decodable, Equatable {
        public var type: String
        public var label: String?
        public var heading: String?
        public var depth: Int
        public var text: String?
        public var table: [[Cell]]?
    }

    /// One cell of a table.
    public struct Cell: Sendable, Decodable, Equatable {
        public var text: String
    }

    public struct Note: Sendable, Decodable, Equatable {
        public var topic: String?
        public var heading: String?
        public var text: String?
    }

    public struct Footnote: Sendable, Decodable, Equatable {
        public var marker: String?
        public var text: String?
    }
}
