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

    @Test("A row over a chunk has one of its own, and one over the bound of a value is named")
    func large() throws {
        let long = SQLValue.text(String(repeating: "x", count: 50))
        #expect(try JSONRows.chunks([["a"], [long], ["b"]], maximumBytes: 20).count == 3)
        func row(_ bytes: Int) -> [SQLValue] { [.text(String(repeating: "x", count: bytes - 6))] }
        #expect(try JSONRows.chunks([row(2_000_000)]).first?.utf8.count == 2_000_000)
        #expect(throws: RowTooLarge(row: "1", bytes: 2_000_001)) { try JSONRows.chunks([["a"], row(2_000_001)]) }
    }

    @Test("A value that JSON cannot say is named")
    func notEncodable() {
        let error = #expect(throws: RowNotEncodable.self) { try JSONRows.chunks([["a", .blob([1])]]) }
        #expect(error?.row == "0" && error?.column == 1)
        #expect(throws: RowNotEncodable.self) { try JSONRows.chunks([[.real(.nan)]]) }
    }
}
