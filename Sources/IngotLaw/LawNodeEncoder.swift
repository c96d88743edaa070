import IngotCore

/// Writes nodes as JSON, one object a node: the records of packs and the lines of an export.
///
/// Members come in a fixed order, so equal nodes give equal bytes. Absent optionals are left out, but `parent` and
/// `status` say `null`. Place in the unit, label and source address are not the node's and are not written.
public struct LawNodeEncoder {
    private var bytes: [UInt8] = []
    /// Where the parts of the last encoded node lie in its bytes.
    private(set) var parts = Parts()

    /// Byte ranges of a record's members, name and value.
    struct Parts {
        var text = 0..<0
        var blocks = 0..<0
        var credit = 0..<0
        var notes = 0..<0
        var footnotes = 0..<0
        var refs = 0..<0
    }

    public init() {}

    /// The node as JSON in UTF-8, without a line end.
    public mutating func encode(_ node: LawNode) -> [UInt8] {
        bytes.removeAll(keepingCapacity: true)
        write(node)
        return bytes
    }

    /// Adds the node as JSON in UTF-8, without a line end.
    public mutating func encode(_ node: LawNode, onto output: inout [UInt8]) {
        bytes.removeAll(keepingCapacity: true)
        write(node)
        output.append(contentsOf: bytes)
    }

    private mutating func write(_ node: LawNode) {
        raw("{\"unit\":")
        string(node.unit)
        member("key", node.key)
        raw(",\"parent\":")
        nullable(node.parent)
        member("level", node.level)
        member("num", node.num)
        member("heading", node.heading)
        raw(",\"status\":")
        nullable(node.status)
        optional("citation", node.citation)
        part(\.text) { $0.member("text", node.text) }
        part(\.blocks) { $0.list("blocks", node.blocks) { $0.block($1) } }
        part(\.credit) { $0.member("credit", node.credit) }
        part(\.notes) { $0.list("notes", node.notes) { $0.note($1) } }
        part(\.footnotes) { $0.list("footnotes", node.footnotes) { $0.footnote($1) } }
        part(\.refs) { $0.list("refs", node.refs) { $0.reference($1) } }
        raw("}")
    }

    private mutating func part(
        _ part: WritableKeyPath<Parts, Range<Int>>,
        _ write: (inout LawNodeEncoder) -> Void
    ) {
        let start = bytes.count
        write(&self)
        parts[keyPath: part] = start..<bytes.count
    }

    private mutating func block(_ block: LawBlock) {
        raw("{\"type\":")
        string(block.type)
        optional("label", block.label)
        optional("heading", block.heading)
        member("depth", block.depth)
        member("text", block.text)
        optional("status", block.status)
        if let rows = block.table {
            list("table", rows) { encoder, row in encoder.elements(row) { $0.cell($1) } }
        }
        if !block.links.isEmpty { list("links", block.links) { $0.link($1) } }
        if !block.marks.isEmpty { list("marks", block.marks) { $0.mark($1) } }
        raw("}")
    }

    private mutating func cell(_ cell: LawTableCell) {
        raw("{\"text\":")
        string(cell.text)
        if cell.isHeader { raw(",\"header\":true") }
        if cell.columnSpan != 1 { member("column_span", cell.columnSpan) }
        if cell.rowSpan != 1 { member("row_span", cell.rowSpan) }
        raw("}")
    }

    private mutating func link(_ link: LawLink) {
        raw("{\"href\":")
        string(link.href)
        member("start", link.start)
        member("length", link.length)
        raw("}")
    }

    private mutating func mark(_ mark: LawFootnoteMark) {
        raw("{\"marker\":")
        string(mark.marker)
        member("position", mark.position)
        raw("}")
    }

    private mutating func note(_ note: LawNote) {
        raw("{")
        var isFirst = true
        if let topic = note.topic {
            raw("\"topic\":")
            string(topic)
            isFirst = false
        }
        if let role = note.role {
            raw(isFirst ? "\"role\":" : ",\"role\":")
            string(role)
            isFirst = false
        }
        raw(isFirst ? "\"heading\":" : ",\"heading\":")
        string(note.heading)
        member("text", note.text)
        raw("}")
    }

    private mutating func footnote(_ footnote: LawFootnote) {
        raw("{")
        if let marker = footnote.marker {
            raw("\"marker\":")
            string(marker)
            raw(",")
        }
        raw("\"text\":")
        string(footnote.text)
        raw("}")
    }

    private mutating func reference(_ reference: LawReference) {
        raw("{\"href\":")
        string(reference.href)
        member("text", reference.text)
        member("kind", reference.kind.rawValue)
        optional("target", reference.target)
        optional("piece", reference.piece)
        optional("relation", reference.relation?.rawValue)
        raw("}")
    }

    // MARK: - JSON

    private mutating func raw(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func name(_ name: StaticString) {
        raw(",\"")
        raw(name)
        raw("\":")
    }

    private mutating func member(_ name: StaticString, _ value: String) {
        self.name(name)
        string(value)
    }

    private mutating func member(_ name: StaticString, _ value: Int) {
        self.name(name)
        bytes.append(contentsOf: String(value).utf8)
    }

    private mutating func optional(_ name: StaticString, _ value: String?) {
        if let value { member(name, value) }
    }

    private mutating func nullable(_ value: String?) {
        if let value { string(value) } else { raw("null") }
    }

    private mutating func list<Element>(
        _ name: StaticString,
        _ elements: [Element],
        _ write: (inout LawNodeEncoder, Element) -> Void
    ) {
        self.name(name)
        self.elements(elements, write)
    }

    private mutating func elements<Element>(
        _ elements: [Element],
        _ write: (inout LawNodeEncoder, Element) -> Void
    ) {
        raw("[")
        var isFirst = true
        for element in elements {
            if !isFirst { raw(",") }
            isFirst = false
            write(&self, element)
        }
        raw("]")
    }

    /// Quotes the text as RFC 8259 has it: quotation mark, backslash and the characters below the space escaped.
    private mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        text.utf8Span.span.withUnsafeBufferPointer { source in
            var start = 0
            while true {
                let end = JSONEscapes.next(in: source, from: start)
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: source[start..<end]))
                guard end < source.count else { break }
                escape(source[end])
                start = end + 1
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        default:
            let digits = Array("0123456789abcdef".utf8)
            raw("u00")
            bytes.append(digits[Int(byte >> 4)])
            bytes.append(digits[Int(byte & 0xF)])
        }
    }
}
