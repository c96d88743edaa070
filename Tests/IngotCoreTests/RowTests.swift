import IngotCore
import Testing

@Suite("Rows by column and type")
struct RowTests {
    private let row = Row(
        columns: ["text", "whole", "part", "yes", "bytes", "none", "digits"],
        values: ["a", 42, .real(2.5), 1, .blob([0, 255]), nil, "-9223372036854775808"],
        index: 7
    )

    @Test("Each type is read, and NULL where it may be")
    func types() throws {
        #expect(try row.string("text") == "a")
        #expect(try row.integer("whole") == 42)
        #expect(try row.real("part") == 2.5)
        #expect(try row.real("whole") == 42)
        #expect(try row.bool("yes"))
        #expect(try row.blob("bytes") == [0, 255])
        #expect(try row.digits("digits") == .min)
        #expect(try row.optionalString("none") == nil)
        #expect(try row.optionalInteger("none") == nil)
        #expect(try row.optionalReal("none") == nil)
        #expect(try row.optionalBool("none") == nil)
        #expect(try row.optionalBlob("none") == nil)
        #expect(try row.optionalDigits("none") == nil)
    }

    struct Mismatch: Sendable, CustomTestStringConvertible {
        var read: @Sendable (Row) throws -> Void
        var text: String
        var testDescription: String { text }
    }

    static let mismatches: [Mismatch] = [
        Mismatch(read: { _ = try $0.string("whole") }, text: "column whole of row 7: expected text, found an integer"),
        Mismatch(read: { _ = try $0.string("none") }, text: "column none of row 7: expected text, found NULL"),
        Mismatch(read: { _ = try $0.integer("text") }, text: "column text of row 7: expected an integer, found text"),
        Mismatch(
            read: { _ = try $0.integer("part") },
            text: "column part of row 7: expected an integer, found the number 2.5"
        ),
        Mismatch(read: { _ = try $0.real("bytes") }, text: "column bytes of row 7: expected a number, found a blob"),
        Mismatch(
            read: { _ = try $0.bool("whole") },
            text: "column whole of row 7: expected 0 or 1, found the number 42"
        ),
        Mismatch(read: { _ = try $0.blob("text") }, text: "column text of row 7: expected a blob, found text"),
        Mismatch(
            read: { _ = try $0.digits("text") },
            text: "column text of row 7: expected an integer's digits, found other text"
        ),
        Mismatch(
            read: { _ = try $0.value("absent") },
            text: "column absent of row 7: expected a column, found none of that name"
        ),
    ]

    @Test("What does not fit is told with column, row and type", arguments: mismatches)
    func mismatch(_ example: Mismatch) {
        let error = #expect(throws: RowError.self) { try example.read(row) }
        #expect(error?.description == example.text)
    }

    @Test(
        "A number that may have lost its last digits is refused with the way to read it",
        arguments: [SQLValue.integer(1 << 53), .integer(.min), .real(9_007_199_254_740_994), .real(1e300)]
    )
    func lostDigits(_ value: SQLValue) {
        let row = Row(columns: ["size"], values: [value])
        let error = #expect(throws: RowError.self) { try row.integer("size") }
        #expect(error?.description.contains("CAST(size AS TEXT)") == true)
    }

    @Test("The largest safe numbers are read")
    func safe() throws {
        for value in [1 << 53 - 1, -(1 << 53 - 1)] as [Int64] {
            #expect(try Row(columns: ["n"], values: [.integer(value)]).integer("n") == value)
            #expect(try Row(columns: ["n"], values: [.real(Double(value))]).integer("n") == value)
        }
    }

    @Test("Of many rows an error says which one, of a single row it need not")
    func places() {
        let many = StatementResult(columns: ["n"], rows: [[1], ["x"]]).named
        #expect(throws: RowError(column: "n", expected: "an integer", found: "text", row: 1)) {
            try many[1].integer("n")
        }
        let one = StatementResult(columns: ["n"], rows: [["x"]]).named
        #expect(throws: RowError(column: "n", expected: "an integer", found: "text")) { try one[0].integer("n") }
    }
}
