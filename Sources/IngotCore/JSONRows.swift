/// Many rows as few parameters: each chunk is a JSON array of arrays, to be bound as one parameter and unpacked with
/// `json_each(?1)` and `json_extract(value, '$[0]')`.
///
/// D1 takes 100 parameters a statement but 2,000,000 bytes a value, so this carries thousands of rows a statement.
/// Integers keep all their digits on this way, which bound numbers do not.
public enum JSONRows {
    /// Encodes the rows in order, as many a chunk as fit.
    ///
    /// - Parameter maximumBytes: of one chunk, brackets included; below D1's 2,000,000 so that the statement's other
    ///   values have room.
    /// - Throws: ``RowTooLarge`` or ``RowNotEncodable``, naming the row by its index.
    public static func chunks(
        _ rows: some Sequence<[SQLValue]>,
        maximumBytes: Int = 1_800_000
    ) throws -> [String] {
        var chunks: [String] = []
        var writer = JSONWriter()
        var row = JSONWriter()
        for (index, values) in rows.enumerated() {
            row = JSONWriter()
            try encode(values, index: index, into: &row)
            guard row.bytes.count + 2 <= maximumBytes else {
                throw RowTooLarge(index: index, bytes: row.bytes.count + 2, maximumBytes: maximumBytes)
            }
            // A chunk so far, a comma, the row, the closing bracket.
            if !writer.bytes.isEmpty, writer.bytes.count + row.bytes.count + 2 > maximumBytes {
                writer.raw("]")
                chunks.append(String(decoding: writer.bytes, as: UTF8.self))
                writer = JSONWriter()
            }
            writer.raw(writer.bytes.isEmpty ? "[" : ",")
            writer.raw(row.bytes)
        }
        if !writer.bytes.isEmpty {
            writer.raw("]")
            chunks.append(String(decoding: writer.bytes, as: UTF8.self))
        }
        return chunks
    }

    private static func encode(_ values: [SQLValue], index: Int, into row: inout JSONWriter) throws {
        row.raw("[")
        for (position, value) in values.enumerated() {
            if position > 0 { row.raw(",") }
            switch value {
            case .null: row.raw("null")
            case .integer(let number): row.integer(number)
            case .real(let number):
                guard number.isFinite else {
                    throw RowNotEncodable(index: index, column: position, reason: "JSON has no infinity and no NaN")
                }
                // With its point, so that SQLite reads a real back.
                row.raw(number.description.utf8)
            case .text(let text): row.string(text)
            case .blob:
                throw RowNotEncodable(index: index, column: position, reason: "JSON has no blobs; encode it as text")
            }
        }
        row.raw("]")
    }
}

/// One row is larger than a parameter may be; its long value belongs in the object store.
public struct RowTooLarge: Error, Sendable, Equatable, CustomStringConvertible {
    /// The row's place in what was given, from 0.
    public let index: Int
    public let bytes: Int
    public let maximumBytes: Int

    public init(index: Int, bytes: Int, maximumBytes: Int) {
        self.index = index
        self.bytes = bytes
        self.maximumBytes = maximumBytes
    }

    public var description: String {
        "row \(index) takes \(bytes) bytes as JSON and \(maximumBytes) are allowed; keep its long value in the "
            + "object store"
    }
}

/// A value of a row has no JSON form.
public struct RowNotEncodable: Error, Sendable, Equatable, CustomStringConvertible {
    /// The row's place in what was given, from 0.
    public let index: Int
    /// The value's place in the row, from 0.
    public let column: Int
    public let reason: String

    public init(index: Int, column: Int, reason: String) {
        self.index = index
        self.column = column
        self.reason = reason
    }

    public var description: String { "row \(index), value \(column): \(reason)" }
}

extension JSONRows {
    /// Statements that insert the rows, one for each chunk.
    ///
    /// - Parameters:
    ///   - table: and `columns`: names as SQL writes them. They become part of the statement, so they are never input.
    ///   - conflict: what to do with a row that is there, for example
    ///     `ON CONFLICT(key) DO UPDATE SET num = excluded.num`.
    /// - Throws: ``RowTooLarge`` or ``RowNotEncodable``.
    public static func inserts(
        into table: String,
        columns: [String],
        rows: some Sequence<[SQLValue]>,
        conflict: String = "",
        maximumBytes: Int = 1_800_000
    ) throws -> [Statement] {
        let values = columns.indices.map { "json_extract(value,'$[\($0)]')" }.joined(separator: ", ")
        // `WHERE true` tells the parser that what follows is no join condition.
        let sql = """
            INSERT INTO \(table)(\(columns.joined(separator: ", "))) SELECT \(values) FROM json_each(?1) \
            WHERE true \(conflict)
            """
        return try chunks(rows, maximumBytes: maximumBytes).map { Statement(sql, [.text($0)]) }
    }
}
