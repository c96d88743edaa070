import IngotCore
import Testing

@Suite("Rows as parameters")
struct JSONRowsTests {
    @Test("Rows fill a chunk up to its bytes, in order")
    func chunks() throws {
        let rows: [[SQLValue]] = (0..<10).map { [.integer($0), "abc"] }
        // A row is [0,"abc"], nine bytes.
        #expect(
            try JSONRows.chunks(rows, maximumBytes: 21)
                == stride(from: 0, to: 10, by: 2).map {
                    "[[\($0),\"abc\"],[\($0 + 1),\"abc\"]]"
                }
        )
        #expect(try JSONRows.chunks(rows, maximumBytes: 20).count == 10)
        #expect(try JSONRows.chunks(rows).count == 1)
        #expect(try JSONRows.chunks([[SQLValue]]()).isEmpty)
    }

    @Test("Values keep their kinds, and integers all their digits")
    func values() throws {
        let row: [SQLValue] = [.integer(.max), .real(2), .null, "ü\"\n"]
        #expect(try JSONRows.chunks([row]) == [#"[[9223372036854775807,2.0,null,"ü\"\n"]]"#])
    }

    @Test("A row over the bound is named")
    func tooLarge() {
        let error = #expect(throws: RowTooLarge.self) {
            try JSONRows.chunks([["a"], [.text(String(repeating: "x", count: 50))]], maximumBytes: 50)
        }
        #expect(error == RowTooLarge(index: 1, bytes: 56, maximumBytes: 50))
    }

    @Test("A value that JSON cannot say is named")
    func notEncodable() {
        let error = #expect(throws: RowNotEncodable.self) { try JSONRows.chunks([["a", .blob([1])]]) }
        #expect(error?.index == 0 && error?.column == 1)
        #expect(throws: RowNotEncodable.self) { try JSONRows.chunks([[.real(.nan)]]) }
    }

    @Test("Statements that need not be one transaction go into few calls")
    func calls() {
        let long = Statement("x", [.text(String(repeating: "x", count: 1_800_000))])
        #expect(DatabaseLimits.calls(Array(repeating: long, count: 5)).map(\.count) == [2, 2, 1])
        let short = Statement("SELECT 1")
        #expect(DatabaseLimits.calls(Array(repeating: short, count: 201)).map(\.count) == [100, 100, 1])
        #expect(DatabaseLimits.calls([]).isEmpty)
    }
}
