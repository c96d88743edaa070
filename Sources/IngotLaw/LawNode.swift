/// One element of a law with its whole content: a title, a chapter, a section, a court rule.
///
/// A node's key does not contain the version, so it stays the same from one label to the next.
public struct LawNode: Sendable, Equatable {
    /// The unit that it belongs to, for example `42` or `5a`.
    public var unit: String
    /// Which of the unit's files it was read from, from 0.
    ///
    /// Not part of the record: a row says where its node was published.
    public var file = 0
    /// The stable name, for example `/us/usc/t1/s1`.
    public var key: String
    /// The key of the closest node above; `nil` at the top of a unit.
    public var parent: String?
    /// The kind of element, for example `section`.
    public var level: String
    /// Place in document order within the unit, from 0.
    ///
    /// A node comes before the nodes below it.
    public var index: Int
    /// Its place among nodes of other units below the same parent, from 0 to 2^21; `nil` where its siblings are in its
    /// own unit, whose order says it.
    ///
    /// It must not change from one state to the next: what is written keeps its place. Not part of the record.
    public var order: Int?
    /// The printed number, white space collapsed, for example `§ 1.`.
    public var num: String
    public var heading: String
    /// As published, for example `repealed`; `nil` when in force.
    public var status: String?
    /// For example `1 U.S.C. § 1`.
    public var citation: String?
    /// All text of the node's own in document order: without number, heading, credit, notes and the nodes below.
    public var text: String
    /// The same text as ``text``, in structure, for display.
    public var blocks: [LawBlock]
    /// The source credit.
    public var credit: String
    public var notes: [LawNote]
    public var footnotes: [LawFootnote]
    public var refs: [LawReference]
    /// Other keys that this node stands for: the members of `s471...474b`, the other spelling of `s300a–1`.
    ///
    /// Not part of the record: a reference to one of them is resolved to this node when it is read.
    public var covers: [LawKeyRange]
    /// The key of the first node with the same published identifier, when this is not the first.
    ///
    /// Not part of the record: the validation gate tells a repeated element from two that share a name.
    public var repeats: String?
    /// The text in UTF-8 exactly as published: each run of white space as one space, the footnotes' markers in it;
    /// `nil` when ``text`` says all that there is.
    ///
    /// Not part of the record: only its hash is kept, because two labels whose texts differ in nothing else differ.
    public var publishedText: [UInt8]?

    public init(unit: String, key: String, parent: String?, level: String, index: Int) {
        self.unit = unit
        self.key = key
        self.parent = parent
        self.level = level
        self.index = index
        self.num = ""
        self.heading = ""
        self.text = ""
        self.blocks = []
        self.credit = ""
        self.notes = []
        self.footnotes = []
        self.refs = []
        self.covers = []
    }
}

/// Keys from `first` to `last`, both included, in the order of ``LawKeyRange/isOrdered(_:before:)``; one key when they
/// are equal.
public struct LawKeyRange: Sendable, Hashable {
    public var first: String
    public var last: String

    public init(first: String, last: String) {
        self.first = first
        self.last = last
    }
}

/// A piece of a node's text as it is laid out: a subsection, a paragraph, a table.
public struct LawBlock: Sendable, Equatable {
    /// The kind of piece, for example `subsection`, `paragraph`, `p`, `quote`, `table`.
    public var type: String
    /// The printed number of the piece, for example `(a)`.
    public var label: String?
    /// The piece's own heading.
    public var heading: String?
    /// How deep it is nested, from 0.
    public var depth: Int
    public var text: String
    /// As published, for example `repealed`, for a piece that is not in force; `nil` for one that is.
    public var status: String?
    /// Rows of cells, for a table.
    public var table: [[LawTableCell]]?
    /// Links inside ``text``, in order.
    public var links: [LawLink]
    /// Where footnotes' markers stand in ``text``, which does not have them, in order.
    public var marks: [LawFootnoteMark] = []

    public init(type: String, label: String? = nil, heading: String? = nil, depth: Int = 0, text: String = "") {
        self.type = type
        self.label = label
        self.heading = heading
        self.depth = depth
        self.text = text
        self.links = []
    }
}

/// One cell of a table.
public struct LawTableCell: Sendable, Equatable {
    public var text: String
    public var isHeader: Bool
    public var columnSpan: Int
    public var rowSpan: Int

    public init(text: String, isHeader: Bool = false, columnSpan: Int = 1, rowSpan: Int = 1) {
        self.text = text
        self.isHeader = isHeader
        self.columnSpan = columnSpan
        self.rowSpan = rowSpan
    }
}

/// A link inside a text: `length` Unicode scalars from scalar number `start`.
public struct LawLink: Sendable, Equatable {
    public var href: String
    public var start: Int
    public var length: Int

    public init(href: String, start: Int, length: Int) {
        self.href = href
        self.start = start
        self.length = length
    }
}

/// The place of a footnote's marker: after `position` Unicode scalars of a text.
public struct LawFootnoteMark: Sendable, Equatable {
    /// As printed, for example `1`; a ``LawFootnote`` of the node has the same.
    public var marker: String
    public var position: Int

    public init(marker: String, position: Int) {
        self.marker = marker
        self.position = position
    }
}

/// A note to a node.
public struct LawNote: Sendable, Equatable {
    public var topic: String?
    public var role: String?
    public var heading: String
    public var text: String

    public init(topic: String? = nil, role: String? = nil, heading: String = "", text: String = "") {
        self.topic = topic
        self.role = role
        self.heading = heading
        self.text = text
    }
}

/// A footnote with the marker that stands in the text.
public struct LawFootnote: Sendable, Equatable {
    public var marker: String?
    public var text: String

    public init(marker: String? = nil, text: String = "") {
        self.marker = marker
        self.text = text
    }
}

/// A reference that a node makes to another law.
public struct LawReference: Sendable, Equatable {
    /// What a reference leads to.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// An element of a law that a source of this kind holds: a section, a chapter, a rule.
        case node
        case publicLaw = "public_law"
        case statutesAtLarge = "statutes_at_large"
        /// An act by its date and chapter, as laws before 1957 are cited.
        case act
        case regulation
        /// A place that is none of the others, or a link that does not say.
        case other
    }

    /// What the place is to the node that refers to it, when it is more than a reference.
    public enum Relation: String, Sendable, Codable, CaseIterable {
        /// The node's content is there now.
        case transferredTo = "transferred_to"
        /// The number that the node had before.
        case formerly
    }

    /// As published, for example `/us/usc/t1/s1/a`; for a printed reference that is no link the key that it names.
    public var href: String
    public var text: String
    public var kind: Kind
    /// `nil` for a mere reference.
    public var relation: Relation?
    /// The key that the href names, for ``Kind/node``: `/us/usc/t1/s1`.
    ///
    /// Whether a node has that key, or stands for it, depends on the state that is read.
    public var target: String?
    /// What is named below the target, without a leading slash: `a/1`.
    public var piece: String?

    public init(href: String, text: String, kind: Kind = .other, target: String? = nil, piece: String? = nil) {
        self.href = href
        self.text = text
        self.kind = kind
        self.target = target
        self.piece = piece
    }
}
