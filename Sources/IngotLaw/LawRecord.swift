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
        /// Absent for a piece that is in force.
        public var status: String?
        public var table: [[Cell]]?
        /// Links inside ``text``; see ``LawLink``.
        public var links: [Link]?
    }

    /// One cell of a table.
    public struct Cell: Sendable, Decodable, Equatable {
        public var text: String
        /// Whether the cell heads a row or a column; absent when it does not.
        public var header: Bool?
        /// Absent for one.
        public var columnSpan: Int?
        /// Absent for one.
        public var rowSpan: Int?

        public init(text: String, header: Bool? = nil, columnSpan: Int? = nil, rowSpan: Int? = nil) {
            self.text = text
            self.header = header
            self.columnSpan = columnSpan
            self.rowSpan = rowSpan
        }

        enum CodingKeys: String, CodingKey {
            case text, header
            case columnSpan = "column_span"
            case rowSpan = "row_span"
        }
    }

    /// A link inside a text: `length` Unicode scalars from scalar number `start`.
    public struct Link: Sendable, Decodable, Equatable {
        public var href: String
        public var start: Int
        public var length: Int
    }

    public struct Note: Sendable, Decodable, Equatable {
        public var topic: String?
        /// `crossHeading` for a heading over the notes that follow it.
        public var role: String?
        public var heading: String?
        public var text: String?
    }

    public struct Footnote: Sendable, Decodable, Equatable {
        public var marker: String?
        public var text: String?
    }
}
