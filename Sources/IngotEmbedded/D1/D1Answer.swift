import IngotCore

/// The JSON of D1's answers, written without a tree in between.
enum D1Answer {
    /// How rows are written: `/query` answers objects, `/raw` columns and arrays.
    enum RowForm {
        case objects
        case arrays
    }

    static func success(_ outcome: DatabaseOutcome, _ form: RowForm) -> [UInt8] {
        var writer = JSONWriter()
        writer.raw(#"{"result":["#)
        for (index, statement) in outcome.statements.enumerated() {
            if index > 0 { writer.raw(",") }
            writer.raw(#"{"results":"#)
            switch form {
            case .objects: writeObjects(statement.result, &writer)
            case .arrays: writeArrays(statement.result, &writer)
            }
            writer.raw(#","success":true,"meta":"#)
            writeMeta(statement, size: outcome.size, &writer)
            writer.raw("}")
        }
        writer.raw(#"],"errors":[],"messages":[],"success":true}"#)
        return writer.bytes
    }

    /// A success whose result is one object.
    static func success(_ result: JSONValue) -> [UInt8] {
        JSONValue.object(["result": result, "errors": [], "messages": [], "success": true]).canonicalBytes
    }

    static func failure(_ failure: D1Failure) -> [UInt8] {
        var writer = JSONWriter()
        writer.raw(#"{"result":[],"errors":[{"code":"#)
        writer.integer(failure.code)
        writer.raw(#","message":"#)
        writer.string(failure.message)
        writer.raw(#"}],"messages":[],"success":false}"#)
        return writer.bytes
    }

    private static func writeArrays(_ result: StatementResult, _ writer: inout JSONWriter) {
        writer.raw(#"{"columns":["#)
        for (index, column) in result.columns.enumerated() {
            if index > 0 { writer.raw(",") }
            writer.string(column)
        }
        writer.raw(#"],"rows":["#)
        for (index, row) in result.rows.enumerated() {
            writer.raw(index > 0 ? ",[" : "[")
            for (position, value) in row.enumerated() {
                if position > 0 { writer.raw(",") }
                writer.value(value)
            }
            writer.raw("]")
        }
        writer.raw("]}")
    }

    private static func writeObjects(_ result: StatementResult, _ writer: inout JSONWriter) {
        // Of columns with one name an object keeps the last.
        var last: [[UInt8]: Int] = [:]
        for (index, column) in result.columns.enumerated() { last[Array(column.utf8)] = index }
        let kept = result.columns.indices.filter { last[Array(result.columns[$0].utf8)] == $0 }
        writer.raw("[")
        for (index, row) in result.rows.enumerated() {
            writer.raw(index > 0 ? ",{" : "{")
            for (position, column) in kept.enumerated() {
                if position > 0 { writer.raw(",") }
                writer.string(result.columns[column])
                writer.raw(":")
                writer.value(row[column])
            }
            writer.raw("}")
        }
        writer.raw("]")
    }

    private static func writeMeta(_ statement: StatementOutcome, size: Int64?, _ writer: inout JSONWriter) {
        let milliseconds = statement.duration.seconds * 1000
        writer.raw(#"{"served_by":"ingot-embedded","served_by_primary":true,"duration":"#)
        writer.number(milliseconds)
        writer.raw(#","timings":{"sql_duration_ms":"#)
        writer.number(milliseconds)
        writer.raw(#"},"changes":"#)
        writer.integer(statement.result.changes)
        writer.raw(#","last_row_id":"#)
        writer.integer(statement.lastRowID)
        writer.raw(#","changed_db":"#)
        writer.raw(statement.result.changes > 0 || !statement.isReadOnly ? "true" : "false")
        if let size {
            writer.raw(#","size_after":"#)
            writer.integer(size)
        }
        writer.raw(#","rows_read":"#)
        writer.integer(statement.rowsRead)
        writer.raw(#","rows_written":"#)
        writer.integer(statement.result.changes)
        writer.raw(#","total_attempts":1}"#)
    }
}
