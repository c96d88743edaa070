import CSQLite
import Glibc
import IngotCore
import SystemPackage

/// A database as SQL text that makes the same database again: tables, their rows, and then what would act on rows.
struct DatabaseDump {
    private static let bufferSize = 256 << 10

    let connection: SQLiteConnection
    let options: DumpOptions
    /// Ends the dump early once it is set.
    let interruption: OnceFlag

    private struct Entry {
        var type: String
        var name: String
        var table: String
        var sql: String
    }

    /// Writes the file row by row, from one snapshot.
    ///
    /// - Returns: the bytes of the file.
    /// - Throws: `DatabaseError`, also when there are virtual tables, which text cannot hold; `Errno`.
    func write(to path: String) throws -> Int64 {
        try connection.runOwn("BEGIN")
        let entries = try entries()
        let file = try FileDescriptor.open(
            FilePath(path),
            .writeOnly,
            options: [.create, .exclusiveCreate, .closeOnExec],
            permissions: .ownerReadWrite
        )
        let size = try file.closeAfter {
            var output = Output(file: file, limit: Self.bufferSize)
            try output.line("PRAGMA defer_foreign_keys=TRUE;")
            let tables = entries.filter { $0.type == "table" }
            // All tables before any row: a row cannot refer to a table that is made later.
            if options.hasSchema { for table in tables { try output.line(statement(table)) } }
            if options.hasData {
                var pieces = LongValuePieces(avoiding: Set(entries.map { $0.name.lowercased() }))
                for table in tables { try writeRows(of: table.name, to: &output, &pieces) }
                if pieces.isUsed { try output.line(pieces.removal) }
                try writeSequences(to: &output)
            }
            if options.hasSchema {
                for entry in entries where entry.type != "table" { try output.line(statement(entry)) }
            }
            try output.flush()
            guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
            return output.size
        }
        try connection.runOwn("COMMIT")
        return size
    }

    /// What the schema holds that a statement made, in the order of its making.
    private func entries() throws -> [Entry] {
        var entries: [Entry] = []
        try connection.readOwn(
            """
            SELECT type, name, tbl_name, sql FROM sqlite_schema
            WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid
            """
        ) { row in
            let texts = (Int32(0)..<4).map { index -> String in
                if case .text(let text) = row.value(at: index) { text } else { "" }
            }
            entries.append(Entry(type: texts[0], name: texts[1], table: texts[2], sql: texts[3]))
        }
        guard !entries.contains(where: { $0.sql.uppercased().hasPrefix("CREATE VIRTUAL TABLE") }) else {
            throw DatabaseError(
                kind: .statement,
                code: 7500,
                message: "D1 Export error: cannot export databases with Virtual Tables (fts5)",
                advice: "drop the virtual tables first, or copy the data folder while nothing runs on it"
            )
        }
        return entries.filter { options.includes($0.table) || $0.type == "view" && options.tables.isEmpty }
    }

    /// A stored statement may end in a comment, which would hide the semicolon after it.
    private func statement(_ entry: Entry) -> String {
        let ends = [";", "\n;", "*/;"]
        return entry.sql + (ends.first { sqlite3_complete(entry.sql + $0) == 1 } ?? ";")
    }

    private func writeRows(
        of table: String,
        to output: inout Output,
        _ pieces: inout LongValuePieces
    ) throws {
        var columns: [String] = []
        // Columns that are computed cannot be inserted, and are not in this list.
        try connection.readOwn("SELECT name FROM pragma_table_info(\(quoted(text: table)))") { row in
            if case .text(let name) = row.value(at: 0) { columns.append(quoted(name)) }
        }
        guard !columns.isEmpty else { return }
        let list = columns.joined(separator: ",")
        var number = 0
        try connection.readOwn("SELECT \(list) FROM \(quoted(table))") { row in
            number += 1
            guard !interruption.isSet else { throw DatabaseError.storesStopped }
            var values = columns.indices.map { row.literal(at: Int32($0)) }
            func insertion() -> String {
                "INSERT INTO \(quoted(table)) (\(list)) VALUES(\(values.joined(separator: ",")));"
            }
            if values.reduce(0, { $0 + $1.utf8.count }) + list.utf8.count + table.utf8.count + 100
                > DatabaseLimits.bytesPerStatement
            {
                for line in pieces.take(from: row, literals: &values) { try output.line(line) }
                guard insertion().utf8.count <= DatabaseLimits.bytesPerStatement else {
                    throw DatabaseError(
                        kind: .tooLarge,
                        code: 7500,
                        message:
                            "D1 Export error: row \(number) of the table \(table) does not fit into a statement of "
                            + "\(DatabaseLimits.bytesPerStatement) bytes",
                        advice: "shorten the names of the table's columns"
                    )
                }
            }
            try output.line(insertion())
        }
    }

    /// Which numbers `AUTOINCREMENT` has given out.
    private func writeSequences(to output: inout Output) throws {
        var exists = false
        try connection.readOwn("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'") { _ in exists = true }
        guard exists else { return }
        var names: [(name: String, literals: String)] = []
        try connection.readOwn("SELECT name, seq FROM sqlite_sequence") { row in
            if case .text(let name) = row.value(at: 0) {
                names.append((name, "\(row.literal(at: 0)),\(row.literal(at: 1))"))
            }
        }
        for (name, literals) in names where options.includes(name) {
            try output.line("DELETE FROM sqlite_sequence WHERE name = \(quoted(text: name));")
            try output.line("INSERT INTO sqlite_sequence (name,seq) VALUES(\(literals));")
        }
    }

    private func quoted(_ name: String) -> String { "\"\(name.replacing("\"", with: "\"\""))\"" }
    private func quoted(text: String) -> String { "'\(text.replacing("'", with: "''"))'" }

    /// Lines on their way to the file.
    private struct Output {
        let file: FileDescriptor
        let limit: Int
        private(set) var size: Int64 = 0
        private var buffer: [UInt8] = []

        init(file: FileDescriptor, limit: Int) {
            self.file = file
            self.limit = limit
        }

        mutating func line(_ text: String) throws {
            buffer += text.utf8
            buffer.append(UInt8(ascii: "\n"))
            if buffer.count >= limit { try flush() }
        }

        mutating func flush() throws {
            try file.writeAll(buffer)
            size += Int64(buffer.count)
            buffer.removeAll(keepingCapacity: true)
        }
    }
}
