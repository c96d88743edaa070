import IngotCore

/// One element of a law: a title, a chapter, a section, a rule.
public struct Node: Sendable, Decodable, Equatable {
    /// A piece of the text as it is laid out.
    public struct Block: Sendable, Decodable, Equatable {
        /// For example `paragraph` or `table`.
        public var type: String
        /// For example `(a)`.
        public var label: String?
        public var heading: String?
        /// How deep it lies, from 0.
        public var depth: Int
        public var text: String?
        /// Absent for a piece that is in force.
        public var status: String?
        /// Rows of cells.
        public var table: [[Cell]]?
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

        enum CodingKeys: String, CodingKey {
            case text, header
            case columnSpan = "column_span"
            case rowSpan = "row_span"
        }
    }

    /// An editor's note.
    public struct Note: Sendable, Decodable, Equatable {
        public var topic: String?
        public var role: String?
        public var heading: String?
        public var text: String?
    }

    /// A footnote.
    public struct Footnote: Sendable, Decodable, Equatable {
        public var marker: String?
        public var text: String?
    }

    /// One step of the way from the top of a unit down to a node.
    public struct Breadcrumb: Sendable, Decodable, Equatable {
        public var key: String
        public var level: String
        public var num: String
        public var heading: String
    }

    public var source: String
    /// Upstream's label of the state that was read.
    public var label: String
    public var revision: Int64
    /// Stable from label to label, for example `/us/usc/t1/s1`.
    public var key: String
    public var parent: String?
    public var unit: String
    /// For example `section`.
    public var level: String
    /// For example `§ 1.`.
    public var num: String
    public var heading: String
    /// For example `repealed`; absent for what is in force.
    public var status: String?
    /// For example `1 U.S.C. § 1`.
    public var citation: String?
    public var text: String
    public var blocks: [Block]
    /// Where the text comes from.
    public var credit: String?
    public var notes: [Note]
    public var footnotes: [Footnote]
    /// What it cites.
    public var references: [NodeReference]
    /// What it lies in, from the top down.
    public var breadcrumbs: [Breadcrumb]
    /// The key of the node before it under the same parent.
    public var previous: String?
    /// The key of the node after it under the same parent.
    public var next: String?
    /// The page or file that it was read from.
    public var sourceURL: String
    /// SHA-256 of the stored record, lower-case hexadecimal.
    public var contentHash: String

    enum CodingKeys: String, CodingKey {
        case source, label, revision, key, parent, unit, level, num, heading, status, citation, text, blocks, credit
        case notes, footnotes, breadcrumbs, previous, next
        case references = "refs"
        case sourceURL = "source_url"
        case contentHash = "content_hash"
    }
}

/// A reference of one node to another, or to something that is in no corpus.
public struct NodeReference: Sendable, Decodable, Equatable {
    /// As published.
    public var href: String
    /// As published.
    public var text: String
    /// `node`, `public_law`, `statutes_at_large`, `act`, `regulation` or `other`.
    public var kind: String
    /// The node that it leads to; what it names, where there is no such node.
    public var target: String?
    /// What is named below the target.
    public var piece: String?
    /// Whether the target is a node of the state that was read; `nil` for what is in no corpus.
    public var isResolved: Bool?

    enum CodingKeys: String, CodingKey {
        case href, text, kind, target, piece
        case isResolved = "resolved"
    }
}

/// A node as a list or a tree shows it: without its content.
public struct NodeEntry: Sendable, Decodable, Equatable {
    public var source: String
    public var key: String
    public var parent: String?
    public var unit: String
    public var level: String
    public var num: String
    public var heading: String
    public var status: String?
    public var citation: String?
    /// How far below the node that was asked for; 0 for that node itself.
    public var depth: Int
    /// SHA-256 of the stored record, lower-case hexadecimal.
    public var contentHash: String
    public var sourceURL: String

    enum CodingKeys: String, CodingKey {
        case source, key, parent, unit, level, num, heading, status, citation, depth
        case contentHash = "content_hash"
        case sourceURL = "source_url"
    }
}

/// A node and what lies below it.
public struct NodeTree: Sendable, Decodable, Equatable {
    public var source: String
    public var label: String
    public var revision: Int64
    /// What the first node lies in, from the top down.
    public var breadcrumbs: [Node.Breadcrumb]
    /// The node itself, then what lies below it, in document order.
    public var nodes: [NodeEntry]
    /// Whether there is more than one answer holds.
    public var isTruncated: Bool

    enum CodingKeys: String, CodingKey {
        case source, label, revision, breadcrumbs, nodes
        case isTruncated = "truncated"
    }
}

struct NodePage: Decodable {
    var nodes: [NodeEntry]
    var next: String?
}

/// What one revision made of a node.
public struct NodeHistoryEntry: Sendable, Decodable, Equatable {
    public var revision: Int64
    public var label: String
    public var promotedAt: Timestamp?
    public var change: NodeChange.Kind
    /// The fields that changed, for example `text`.
    public var fields: [String]
    public var num: String?
    public var heading: String?
    public var status: String?
    /// Of the record from then on; `nil` when the node went.
    public var contentHash: String?

    enum CodingKeys: String, CodingKey {
        case revision, label, change, fields, num, heading, status
        case promotedAt = "promoted_at"
        case contentHash = "content_hash"
    }
}

/// What a node cites, and what cites it.
public struct NodeReferences: Sendable, Equatable {
    /// What the node cites, in document order.
    public var cites: [NodeReference]
    /// The nodes that cite it.
    public var citedBy: [NodeEntry]
}

/// How a node is read as text.
public enum NodeFormat: String, Sendable, CaseIterable {
    case text
    case markdown
}
