/// A write of many rows by the same statements, in as few calls as fit.
///
/// The rows of one call travel as JSON, one bound parameter a table, and the statements select from them. A call is a
/// transaction; the write as a whole is not, and its statements must leave the same rows when they run twice. What has
/// to be one transaction goes through ``Database/batch(_:isIdempotent:)``.
///
/// ```swift
/// let write = BulkWrite(tables: [["key", "size"]]) { tables in
///     tables[0].map { rows in
///         [
///             Statement(
///                 "INSERT INTO files (key, size) SELECT r.key, r.size FROM \(rows.expression(from: 1)) AS r "
///                     + "WHERE true ON CONFLICT (key) DO NOTHING",
///                 rows.parameters
///             )
///         ]
///     } ?? []
/// }
/// try await database.write(files, by: write) { file in
///     BulkRow(name: file.key, records: [try JSONRows.record([.text(file.key), .integer(file.size)], row: file.key)])
/// }
/// ```
public struct BulkWrite: Sendable {
    /// The columns of each table that the statements select from, as SQL writes names; never input.
    let tables: [[String]]
    /// A call is made before its rows would take more than this together.
    let bytesPerCall: Int
    let statements: @Sendable ([BulkTable?]) -> [Statement]

    /// - Parameter statements: makes the statements of one call; a table in which its rows have nothing is `nil`.
    public init(
        tables: [[String]],
        bytesPerCall: Int = JSONRows.bytesPerChunk,
        statements: @escaping @Sendable (_ tables: [BulkTable?]) -> [Statement]
    ) {
        self.tables = tables
        self.bytesPerCall = bytesPerCall
        self.statements = statements
    }

    /// The statements that write these rows in one call.
    ///
    /// - Throws: ``RowTooLarge`` for a single row that no call has room for.
    func call(_ rows: ArraySlice<BulkRow>) throws -> [Statement] {
        statements(
            try tables.indices.map { index in
                let records = rows.lazy.map { $0.records[index] }.filter { !$0.isEmpty }
                guard let first = records.first else { return nil }
                if rows.count == 1, let row = rows.first, first.count + 2 > bytesPerCall {
                    return try BulkTable(columns: tables[index], row: first, name: row.name)
                }
                return BulkTable(columns: tables[index], records: records)
            }
        )
    }
}

/// One row of a bulk write.
public struct BulkRow: Sendable, Equatable {
    /// What an error calls it.
    public var name: String
    /// For each table of the write, the row's values there as a JSON array; empty where it has none.
    public var records: [[UInt8]]

    public init(name: String, records: [[UInt8]]) {
        self.name = name
        self.records = records
    }

    /// With the commas between records.
    var bytes: Int { records.reduce(0) { $0 + ($1.isEmpty ? 0 : $1.count + 1) } }
}

/// The rows of one call in one table of a bulk write.
public struct BulkTable: Sendable, Equatable {
    private let columns: [String]
    private let content: Content

    private enum Content: Equatable {
        /// A JSON array of rows.
        case list(String)
        /// The values of one row that is too large for a list.
        case row([SQLValue])
    }

    fileprivate init(columns: [String], records: some Sequence<[UInt8]>) {
        self.columns = columns
        var writer = JSONWriter()
        for record in records {
            writer.raw(writer.bytes.isEmpty ? "[" : ",")
            writer.raw(record)
        }
        writer.raw("]")
        content = .list(String(decoding: writer.bytes, as: UTF8.self))
    }

    fileprivate init(columns: [String], row: [UInt8], name: String) throws {
        self.columns = columns
        let values = try JSONParser.parse(row).arrayValue ?? []
        let parameters = values.map { value -> SQLValue in
            switch value {
            case .null: .null
            case .bool(let value): SQLValue(value)
            case .integer(let number): .integer(number)
            case .number(let number): .real(number)
            case .string(let text): .text(text)
            case .array, .object: .text(value.canonicalText)
            }
        }
        let bytes = parameters.reduce(0) { $0 + $1.approximateBytes }
        guard bytes <= DatabaseLimits.bytesPerValue else { throw RowTooLarge(row: name, bytes: bytes) }
        content = .row(parameters)
    }

    /// What stands for the table in a statement's `FROM`.
    ///
    /// - Parameter first: the number of its first parameter; the statement's own come before it.
    public func expression(from first: Int) -> String {
        switch content {
        case .list:
            let values = columns.enumerated().map { "json_extract(entry, '$[\($0)]') AS \($1)" }
            // SQLite writes the JSON of a row anew whenever its value is asked for: so that is once, not once a column.
            return """
                (WITH entries(entry) AS MATERIALIZED (SELECT value FROM json_each(?\(first)))
                SELECT \(values.joined(separator: ", ")) FROM entries)
                """
        case .row(let row):
            let values = zip(columns, row).enumerated().map { position, column in
                // As JSON keeps it: a bound number would be a real.
                if case .integer = column.1 { return "CAST(?\(first + position) AS INTEGER) AS \(column.0)" }
                return "?\(first + position) AS \(column.0)"
            }
            return "(SELECT \(values.joined(separator: ", ")))"
        }
    }

    public var parameters: [SQLValue] {
        switch content {
        case .list(let json): [.text(json)]
        case .row(let row):
            row.map { value in
                if case .integer(let number) = value { .digits(number) } else { value }
            }
        }
    }
}

extension Database {
    /// Writes the rows in order, in as few calls as fit, one call after the other.
    ///
    /// A call that the database refuses as too large or too much work is made again in halves, down to single rows, and
    /// the calls after it stay below that size. A row that is larger than a call goes alone, its values bound one by
    /// one.
    ///
    /// - Throws: ``RowTooLarge`` for a row that cannot be written; ``DatabaseError``; what `encode` throws. Rows before
    ///   it may have been written.
    public func write<Rows: Sequence>(
        _ rows: Rows,
        by write: BulkWrite,
        encode: (Rows.Element) throws -> BulkRow
    ) async throws {
        try await withThrowingTaskGroup(of: Int.self) { group in
            var limit = write.bytesPerCall
            var pending: [BulkRow] = []
            var bytes = 0
            for element in rows {
                let row = try encode(element)
                if !pending.isEmpty, bytes + row.bytes > limit {
                    // One call is at work while the rows of the next are encoded; never two, so the order stays.
                    if let lower = try await group.next() { limit = lower }
                    group.addTask { [pending, limit] in try await send(pending, by: write, limit: limit) }
                    pending.removeAll(keepingCapacity: true)
                    bytes = 0
                }
                bytes += row.bytes
                pending.append(row)
            }
            if let lower = try await group.next() { limit = lower }
            if !pending.isEmpty { _ = try await send(pending, by: write, limit: limit) }
        }
    }

    /// Writes rows that were one call's worth, in more calls once one was refused.
    ///
    /// - Returns: the bytes that a call may have from now on.
    private func send(_ rows: [BulkRow], by write: BulkWrite, limit: Int) async throws -> Int {
        var limit = limit
        var rest = rows[...]
        while !rest.isEmpty {
            try Task.checkCancellation()
            let call = rest.fitting(limit)
            do {
                _ = try await batch(try write.call(call), isIdempotent: true)
                rest = rest.dropFirst(call.count)
            } catch let error as DatabaseError where error.isTooLarge {
                guard call.count > 1 else { throw error.aboutRow(call.first?.name ?? "") }
                limit = min(limit, call.reduce(0) { $0 + $1.bytes }) / 2
            }
        }
        return limit
    }
}

extension ArraySlice<BulkRow> {
    /// The first rows that take no more than so many bytes together; one in any case.
    fileprivate func fitting(_ limit: Int) -> ArraySlice<BulkRow> {
        var bytes = 0
        let end = indices.first { index in
            bytes += self[index].bytes
            return bytes > limit && index > startIndex
        }
        return self[..<(end ?? endIndex)]
    }
}

extension DatabaseError {
    fileprivate func aboutRow(_ name: String) -> DatabaseError {
        DatabaseError(
            kind: .tooLarge,
            code: code,
            message: "row \(name) cannot be written, not even alone: \(message)",
            advice: "keep its long value in the object store"
        )
    }
}
