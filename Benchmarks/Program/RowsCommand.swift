import ArgumentParser
import FoundationEssentials
import IngotCore

/// `ingot-benchmark rows`: rows into a table of the database that the environment names, in batches as the corpus
/// writes them.
struct RowsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rows",
        abstract: "Writes rows into a table, through the client of D1.",
        discussion: """
            The database and what opens it are in the environment, as for a runner.
            Prints {"rows", "seconds"}; the seconds begin before the first row is encoded and end with the last answer.
            """
    )

    @Argument(help: "A file with one row a line, each a JSON array.")
    var file: String

    @Option(help: "The table; it is there already.")
    var table: String

    @Option(help: "The table's columns in the order of the rows' values, with commas between them.")
    var columns: String

    func run() async throws {
        let columns = columns.split(separator: ",").map(String.init)
        let rows = try Self.rows(inFile: file)
        let (table, names) = (table, columns.joined(separator: ", "))
        let write = BulkWrite(tables: [columns]) { tables in
            tables.compactMap { $0 }.map { rows in
                let values = columns.map { "r.\($0)" }.joined(separator: ", ")
                return Statement(
                    """
                    INSERT INTO \(table) (\(names)) SELECT \(values) FROM \(rows.expression(from: 1)) AS r
                    WHERE TRUE ON CONFLICT DO NOTHING
                    """,
                    rows.parameters
                )
            }
        }
        let stores = try Stores()
        let database = stores.database
        let seconds = try await Stopwatch.seconds {
            try await database.write(rows, by: write) { row in
                BulkRow(name: "", records: [try JSONRows.record(row, row: "")])
            }
        }
        try await stores.close()
        print(JSONValue.object(["rows": .integer(Int64(rows.count)), "seconds": .number(seconds)]).canonicalText)
    }

    private static func rows(inFile path: String) throws -> [[SQLValue]] {
        try Data(contentsOf: URL(filePath: path)).split(separator: UInt8(ascii: "\n")).map { line in
            let values = try JSONParser.parse(Array(line)).arrayValue ?? []
            return try values.map { value in
                switch value {
                case .null: .null
                case .integer(let number): .integer(number)
                case .string(let text): .text(text)
                default: throw ValidationError("a row holds what is neither a text nor a whole number nor null")
                }
            }
        }
    }
}
