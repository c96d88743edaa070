import IngotCore

/// The JSON body of a call: one statement, or a batch that is one transaction.
enum D1RequestBody {
    static func bytes(_ statements: [Statement]) -> [UInt8] {
        var writer = JSONWriter()
        writer.reserveCapacity(statements.reduce(64) { $0 + $1.sql.utf8.count + $1.parameters.count * 32 })
        if statements.count == 1, let statement = statements.first {
            write(statement, &writer)
        } else {
            writer.raw(#"{"batch":["#)
            for (index, statement) in statements.enumerated() {
                if index > 0 { writer.raw(",") }
                write(statement, &writer)
            }
            writer.raw("]}")
        }
        return writer.bytes
    }

    private static func write(_ statement: Statement, _ writer: inout JSONWriter) {
        writer.raw(#"{"sql":"#)
        writer.string(statement.sql)
        if !statement.parameters.isEmpty {
            writer.raw(#","params":["#)
            for (index, parameter) in statement.parameters.enumerated() {
                if index > 0 { writer.raw(",") }
                writer.value(parameter)
            }
            writer.raw("]")
        }
        writer.raw("}")
    }
}
