import IngotCore

/// What moves a whole database in or out, and keeps it from answering meanwhile.
enum BulkTransfer: String, Sendable {
    case importing = "import"
    case exporting = "export"

    /// The answer to a call meanwhile.
    ///
    /// Which status D1 gives is not published; this one says to come again.
    var refusal: DatabaseError {
        DatabaseError(
            kind: .overloaded,
            code: 7500,
            message: "Currently processing a long-running \(rawValue).",
            advice: "wait until it has ended"
        )
    }
}

/// Which parts of a database an export holds.
struct DumpOptions: Sendable, Equatable {
    var hasSchema = true
    var hasData = true
    /// All of them when there is none here.
    var tables: Set<String> = []

    func includes(_ table: String) -> Bool { tables.isEmpty || tables.contains(table) }
}
