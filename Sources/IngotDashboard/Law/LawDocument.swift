import IngotCore

/// A node as the API answers it, with what its page shows.
struct LawDocument {
    struct Block {
        var type: String
        var label: String?
        var heading: String?
        var depth: Int
        var text: String
        var status: String?
        var table: [[LawCell]]?
        /// Inside of the text, in order.
        var links: [Link]
        var marks: [Mark]
    }

    /// `length` Unicode scalars of a text, from scalar number `start`.
    struct Link {
        var href: String
        var start: Int
        var length: Int
    }

    /// A footnote's marker, which stands after `position` Unicode scalars and is not in the text.
    struct Mark {
        var marker: String
        var position: Int
    }

    struct Note {
        var topic: String?
        var isCrossHeading: Bool
        var heading: String
        var text: String
    }

    struct Footnote {
        var marker: String?
        var text: String
    }

    struct Reference {
        var href: String
        var text: String
        var kind: String
        var target: String?
        var piece: String?
        var relation: String?
        var isResolved: Bool
    }

    struct Step {
        var key: String
        var title: String
    }

    var source: String
    var label: String
    var revision: Int64
    var sourceURL: String
    var contentHash: String
    /// From the top down to the node above.
    var path: [Step]
    var previous: String?
    var next: String?
    var unit: String
    var key: String
    var parent: String?
    var level: String
    var num: String
    var heading: String
    var status: String?
    var citation: String?
    var text: String
    var blocks: [Block]
    var credit: String
    var notes: [Note]
    var footnotes: [Footnote]
    var references: [Reference]

    var title: String {
        let title = LawTitle.joined(num, heading)
        return title.isEmpty ? key : title
    }

    init(_ answer: JSONValue) {
        func string(_ name: String) -> String { answer[name]?.stringValue ?? "" }
        source = string("source")
        label = string("label")
        revision = answer["revision"]?.integerValue ?? 0
        sourceURL = string("source_url")
        contentHash = string("content_hash")
        path = (answer["breadcrumbs"]?.arrayValue ?? []).map {
            Step(key: $0["key"]?.stringValue ?? "", title: LawTitle.of($0))
        }
        previous = answer["previous"]?.stringValue
        next = answer["next"]?.stringValue
        unit = string("unit")
        key = string("key")
        parent = answer["parent"]?.stringValue
        level = string("level")
        num = string("num")
        heading = string("heading")
        status = answer["status"]?.stringValue
        citation = answer["citation"]?.stringValue
        text = string("text")
        blocks = (answer["blocks"]?.arrayValue ?? []).map(Block.init)
        // A source without structure has its text only.
        if blocks.isEmpty, !text.isEmpty {
            blocks = text.split(whereSeparator: \.isNewline).map { Block(paragraph: String($0)) }
        }
        credit = string("credit")
        notes = (answer["notes"]?.arrayValue ?? []).map { note in
            Note(
                topic: note["topic"]?.stringValue,
                isCrossHeading: note["role"]?.stringValue == "crossHeading",
                heading: note["heading"]?.stringValue ?? "",
                text: note["text"]?.stringValue ?? ""
            )
        }
        footnotes = (answer["footnotes"]?.arrayValue ?? []).map {
            Footnote(marker: $0["marker"]?.stringValue, text: $0["text"]?.stringValue ?? "")
        }
        references = (answer["refs"]?.arrayValue ?? []).map { reference in
            Reference(
                href: reference["href"]?.stringValue ?? "",
                text: reference["text"]?.stringValue ?? "",
                kind: reference["kind"]?.stringValue ?? "",
                target: reference["target"]?.stringValue,
                piece: reference["piece"]?.stringValue,
                relation: reference["relation"]?.stringValue,
                isResolved: reference["resolved"]?.boolValue ?? false
            )
        }
    }
}

extension LawDocument.Block {
    fileprivate init(paragraph: String) {
        self.init(type: "p", label: nil, heading: nil, depth: 0, text: paragraph, links: [], marks: [])
    }

    fileprivate init(_ block: JSONValue) {
        type = block["type"]?.stringValue ?? "p"
        label = block["label"]?.stringValue
        heading = block["heading"]?.stringValue
        depth = Int(block["depth"]?.integerValue ?? 0)
        text = block["text"]?.stringValue ?? ""
        status = block["status"]?.stringValue
        table = block["table"]?.arrayValue?.map { row in
            (row.arrayValue ?? []).map { cell in
                LawCell(
                    text: cell["text"]?.stringValue ?? "",
                    isHeader: cell["header"]?.boolValue ?? false,
                    columns: Int(cell["column_span"]?.integerValue ?? 1),
                    rows: Int(cell["row_span"]?.integerValue ?? 1)
                )
            }
        }
        links = (block["links"]?.arrayValue ?? []).map { link in
            LawDocument.Link(
                href: link["href"]?.stringValue ?? "",
                start: Int(link["start"]?.integerValue ?? 0),
                length: Int(link["length"]?.integerValue ?? 0)
            )
        }
        marks = (block["marks"]?.arrayValue ?? []).map { mark in
            LawDocument.Mark(
                marker: mark["marker"]?.stringValue ?? "",
                position: Int(mark["position"]?.integerValue ?? 0)
            )
        }
    }
}

/// One cell of a table in the law.
struct LawCell {
    var text: String
    var isHeader = false
    var columns = 1
    var rows = 1
}
