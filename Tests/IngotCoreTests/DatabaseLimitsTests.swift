import IngotCore
import Testing

@Suite("What one call may carry")
struct DatabaseLimitsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var statements: [Statement]
        var kind: DatabaseError.Kind
        var words: String
        var testDescription: String { words }
    }

    private static func text(_ bytes: Int) -> SQLValue { .text(String(repeating: "x", count: bytes)) }

    static let overLimits: [Case] = [
        Case(
            statements: Array(repeating: Statement("SELECT 1"), count: 101),
            kind: .tooLarge,
            words: "101 statements"
        ),
        Case(
            statements: Array(repeating: Statement("SELECT ?1", [text(1_500_000)]), count: 3),
            kind: .tooLarge,
            words: "4500027 bytes"
        ),
        Case(
            statements: [Statement("SELECT 1"), Statement("SELECT ?1", [.integer(1 << 53 + 1)])],
            kind: .statement,
            words: "parameter ?1 of statement 1 would lose digits: 9007199254740993"
        ),
        Case(statements: [Statement("SELECT ?1", [.integer(.min)])], kind: .statement, words: "would lose digits"),
        Case(statements: [Statement("SELECT ?1", [.real(.nan)])], kind: .statement, words: "not a finite number"),
        Case(statements: [Statement("SELECT ?1", [.real(-.infinity)])], kind: .statement, words: "not a finite"),
        Case(statements: [Statement("SELECT ?1", [.blob([1])])], kind: .statement, words: "holds bytes"),
        Case(
            statements: [Statement("SELECT 1 /*" + String(repeating: "x", count: 100_000) + "*/")],
            kind: .tooLarge,
            words: "100013 bytes"
        ),
        Case(
            statements: [Statement("SELECT 1", Array(repeating: 1, count: 101))],
            kind: .statement,
            words: "binds 101 values"
        ),
        Case(
            statements: [Statement("SELECT ?1", [1, text(2_000_001)])],
            kind: .tooLarge,
            words: "parameter ?2 of statement 0 has 2000001 bytes"
        ),
    ]

    @Test("What is over a limit is refused by name, with advice", arguments: overLimits)
    func refused(_ example: Case) {
        let error = #expect(throws: DatabaseError.self) {
            try DatabaseLimits.check(example.statements)
            try DatabaseLimits.checkSizes(example.statements)
        }
        #expect(error?.kind == example.kind)
        #expect(error?.isTooLarge == (example.kind == .tooLarge))
        #expect(error?.message.contains(example.words) == true, "\(error?.message ?? "")")
        #expect(error?.advice != nil)
    }

    @Test("What just fits passes")
    func fits() throws {
        let statements = [
            Statement("SELECT 1 /*" + String(repeating: "x", count: 100_000 - 13) + "*/"),
            Statement("SELECT 1", Array(repeating: 1, count: 100)),
            Statement("SELECT ?1", [Self.text(2_000_000), .integer(1 << 53), .integer(-(1 << 53)), .real(1e300)]),
        ]
        try DatabaseLimits.check(statements)
        try DatabaseLimits.checkSizes(statements)
        try DatabaseLimits.check(Array(repeating: Statement("SELECT 1"), count: 100))
    }

    @Test("Digits and bytes have a form that is taken")
    func forms() {
        #expect(SQLValue.digits(.max) == "9223372036854775807")
        #expect(SQLValue.hexadecimal([0, 10, 255]) == "000aff")
        #expect(SQLValue(true) == 1 && SQLValue(false) == 0)
    }

    @Test(
        "What the database says of too much is told from other failures",
        arguments: [
            ("statement too long: SQLITE_TOOBIG", true), ("string or blob too big: SQLITE_TOOBIG", true),
            ("D1 DB's isolate exceeded its memory limit and was reset.", true),
            ("D1 DB exceeded its CPU time limit and was reset.", true),
            ("D1 DB storage operation exceeded timeout which caused object to be reset.", true),
            ("no such table: t: SQLITE_ERROR", false), ("D1 DB is overloaded.", false),
        ]
    )
    func tooLarge(_ message: String, _ isTooLarge: Bool) {
        #expect(DatabaseError(kind: .statement, message: message).isTooLarge == isTooLarge)
    }
}
