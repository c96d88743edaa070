import IngotCore
import IngotRecords

/// An entry of a daily bulletin as a record.
enum BulletinEntry {
    static let shape = RecordShape(
        "an entry of the bulletin",
        required: [
            "invid", "key", "id", "name", "race", "sex", "lastname", "firstname", "middlename", "crime", "charge",
            "location", "time", "property", "officer", "case", "description",
        ]
    )

    /// The same id stands at several charges, and some have none: so the key is a hash of what makes the entry.
    static func key(of row: JSONValue) -> String {
        let parts = ["id", "name", "time", "charge", "location"].map { normalised(row[$0]?.stringValue ?? "") }
        return Record.hash(of: Array(parts.joined(separator: "\u{1F}").utf8))
    }

    /// In upper case, without breaks and with single blanks.
    static func normalised(_ text: String) -> String {
        var text = text.uppercased()
        for mark in ["<BR>", "<BR/>", "<BR />", "&NBSP;"] {
            text = text.split(separator: mark, omittingEmptySubsequences: false).joined(separator: " ")
        }
        return text.split { $0.isWhitespace }.joined(separator: " ")
    }

    static func record(_ row: JSONValue, host: String) -> Record {
        Record(
            key: "\(key(of: row))@\(host)",
            kind: "bulletin_entry",
            content: row,
            positions: ["invid"],
            eventTime: BulletinTime.iso([row["time"]?.stringValue ?? "", row["description"]?.stringValue ?? ""])
        )
    }
}
