/// Many rows as few parameters: each chunk is a JSON array of arrays, to be bound as one parameter and unpacked with
/// `json_each(?1)` and `json_extract(value, '$[0]')`.
///
/// D1 takes 100 parameters a statement but 2,000,000 bytes a value, so this carries thousands of rows a statement.
/// Integers keep all their digits on this way, which bound numbers do not. To write rows, see ``BulkWrite``.
public enum JSONRows {
    /// Of one chunk, brackets included; below the 2,000,000 bytes of a value, so that a row has room beside it.
    public static let bytesPerChunk = 1_800_000

    /// Encodes the rows in order, as many a chunk as fit; a row that is larger than a chunk gets one of its own.
    ///
    /// - Throws: ``RowTooLarge`` for a row that no parameter has room for, or ``RowNotEncodable``.
    public static func chunks(
        _ rows: some Sequence<[SQLValue]>,
        maximumBytes: Int = bytesPerChunk
    ) throws -> [String] {
        var chunks: [String] = []
        var writer = JSONWriter()
        func close() {
            guard !writer.bytes.isEmpty else { return }
            writer.raw("]")
            chunks.append(String(decoding: writer.bytes, as: UTF8.self))
            writer = JSONWriter()
        }
        for (index, values) in rows.enumerated() {
            let row = try record(values, row: String(index))
            guard row.count + 2 <= DatabaseLimits.bytesPerValue else {
                throw RowTooLarge(row: String(index), bytes: row.count + 2)
            }
            // A chunk so far, a comma, the row, the closing bracket.
            if writer.bytes.count + row.count + 2 > maximumBytes { close() }
            writer.raw(writer.bytes.isEmpty ? "[" : ",")
            writer.raw(row)
        }
        close()
        return chunks
    }

    /// One row as a JSON array.
    ///
    /// - Parameter row: what an error calls it.
    /// - Throws: ``RowNotEncodable``.
    public static func record(_ values: [SQLValue], row: String) throws -> [UInt8] {
        var writer = JSONWriter()
        writer.raw("[")
        for (position, value) in values.enumerated() {
            if position > 0 { writer.raw(",") }
            switch value {
            case .null: writer.raw("null")
            case .integer(let number): writer.integer(number)
            case .real(let number):
                guard number.isFinite else {
                    throw RowNotEncodable(row: row, column: position, reason: "JSON has no infinity and no NaN")
                }
                // With its point, so that SQLite reads a real back.
                writer.raw(number.description.utf8)
            case .text(let text): writer.string(text)
            case .blob:
                throw RowNotEncodable(
                    row: row,
                    column: position,
                    reason: "JSON has no blobs; bind SQLValue.hexadecimal and write unhex()"
                )
            }
        }
        writer.raw("]")
        return writer.bytes
    }
}

/// One row is larger than the database takes; its long value belongs in the object store.
public struct RowTooLarge: Error, Sendable, Equatable, CustomStringConvertible {
    /// The row's name, or its place in what was given, from 0.
    public let row: String
    public let bytes: Int

    public init(row: String, bytes: Int) {
        self.row = row
        self.bytes = bytes
    }

    public var description: String {
        "row \(row) takes \(bytes) bytes and \(DatabaseLimits.bytesPerValue) are allowed; keep its long value in the "
            + "object store"
    }
}

/// A value of a row has no JSON form.
public struct RowNotEncodable: Error, Sendable, Equatable, CustomStringConvertible {
    /// The row's name, or its place in what was given, from 0.
    public let row: String
    /// The value's place in the row, from 0.
    public let column: Int
    public let reason: String

    public init(row: String, column: Int, reason: String) {
        self.row = row
        self.column = column
        self.reason = reason
    }

    public var description: String { "row \(row), value \(column): \(reason)" }
}
