import IngotCore
import Testing

@testable import ingot

@Suite("Answers as tables")
struct AnswerTableTests {
    @Test("shows members by path, lists with commas, and nothing where there is nothing")
    func cells() throws {
        let answer = try JSONValue(
            parsing: #"{"items":[{"id":"a","counts":{"n":3},"units":["1","5a"]},{"id":"bcd","units":[],"x":null}]}"#
                .utf8
        )
        let table = AnswerTable(
            "items",
            .init("ID", "id"),
            .init("N", "counts", "n"),
            .init("X", "x"),
            .init("UNITS", "units")
        )
        #expect(
            table.text(of: answer["items"]?.arrayValue ?? [], width: nil).split(separator: "\n").map {
                $0.split(separator: " ").joined(separator: " ")
            } == [
                "ID N X UNITS", "a 3 1, 5a", "bcd",
            ]
        )
        #expect(table.text(of: [], width: nil) == "ID  N  X  UNITS")
    }
}
