import CSQLite
import IngotCore

/// How a dump holds a row that is longer than a statement may be: its long values go in pieces into a table of the
/// dump's own, and the row's statement reads them from there.
///
/// The row comes into its table whole, so rules and conversions of its columns meet the same value as ever.
struct LongValuePieces {
    /// Of a value; in hexadecimal digits they fit into one statement.
    private static let bytesPerPiece = 45_000
    /// A literal up to this size stays in the row's statement; what stands for a longer one is about as long.
    private static let shortLiteral = 200

    private let table: String
    private(set) var isUsed = false

    /// - Parameter names: of the database, in lower case.
    init(avoiding names: Set<String>) {
        var name = "ingot_dump_pieces"
        while names.contains(name) { name += "_" }
        table = "\"\(name)\""
    }

    /// The statement for the end of the rows.
    var removal: String { "DROP TABLE \(table);" }

    /// Replaces the long literals of a row.
    ///
    /// - Returns: the statements that have to stand before the row's own.
    mutating func take(from row: PreparedStatement, literals: inout [String]) -> [String] {
        var lines = [
            isUsed
                ? "DELETE FROM \(table);"
                : "CREATE TABLE \(table)(c INTEGER, n INTEGER, b BLOB, PRIMARY KEY(c, n)) WITHOUT ROWID;"
        ]
        isUsed = true
        for column in literals.indices where literals[column].utf8.count > Self.shortLiteral {
            let isText = sqlite3_column_type(row.handle, Int32(column)) == SQLITE_TEXT
            let bytes = row.bytes(at: Int32(column))
            for (number, start) in stride(from: 0, to: bytes.count, by: Self.bytesPerPiece).enumerated() {
                let piece = bytes[start..<min(start + Self.bytesPerPiece, bytes.count)]
                lines.append("INSERT INTO \(table) VALUES(\(column),\(number),X'\(hexadecimal(piece))');")
            }
            literals[column] =
                "CAST((SELECT group_concat(b,'') FROM (SELECT b FROM \(table) WHERE c=\(column) ORDER BY n)) AS "
                + (isText ? "TEXT)" : "BLOB)")
        }
        return lines
    }
}
