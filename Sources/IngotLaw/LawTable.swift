import IngotCore

/// Nodes as a table: RFC 4180, one line a node; structure (blocks, notes, references) stays with the NDJSON export.
enum LawTable {
    private static let columns = [
        "unit", "key", "parent", "level", "sort", "num", "heading", "status", "citation", "text", "credit",
        "source_url", "label",
    ]

    static let heading = Array((columns.joined(separator: ",") + "\r\n").utf8)

    static func appendRow(
        _ record: [UInt8],
        entry: LawEntry,
        label: String,
        sort: Int,
        to piece: inout [UInt8]
    ) throws {
        let record = try JSONText.decode(LawRecord.self, from: record)
        let fields = [
            entry.unit, entry.key, entry.parent ?? "", entry.level, String(sort), entry.num, entry.heading,
            entry.status ?? "", entry.citation ?? "", record.text, record.credit ?? "", entry.sourceURL, label,
        ]
        for (index, field) in fields.enumerated() {
            if index > 0 { piece.append(UInt8(ascii: ",")) }
            append(field, to: &piece)
        }
        piece += [UInt8(ascii: "\r"), UInt8(ascii: "\n")]
    }

    private static func append(_ field: String, to piece: inout [UInt8]) {
        let quote = UInt8(ascii: "\"")
        let special: Set<UInt8> = [quote, UInt8(ascii: ","), UInt8(ascii: "\r"), UInt8(ascii: "\n")]
        guard field.utf8.contains(where: special.contains) else {
            piece += field.utf8
            return
        }
        piece.append(quote)
        for byte in field.utf8 {
            if byte == quote { piece.append(quote) }
            piece.append(byte)
        }
        piece.append(quote)
    }
}
