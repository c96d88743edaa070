import IngotCore
import Testing

@testable import IngotGateway

@Suite("Cron expressions")
struct CronExpressionTests {
    @Test(
        "What a field may be",
        arguments: [
            ("*", Array(0...59)), ("7", [7]), ("1-4", [1, 2, 3, 4]), ("*/15", [0, 15, 30, 45]), ("5/20", [5, 25, 45]),
            ("10-20/5", [10, 15, 20]), ("3,1,3-4", [1, 3, 4]),
        ]
    )
    func minutes(text: String, values: [Int]) throws {
        #expect(try CronExpression("\(text) 0 * * *").minutes == values)
    }

    @Test(
        "What is none is refused, and the field is named",
        arguments: [
            ("", "five fields"), ("* * * *", "not 4"), ("* * * * * *", "not 6"), ("60 * * * *", "the minute"),
            ("* 24 * * *", "the hour"), ("* * 0 * *", "the day of the month"), ("* * * 13 *", "the month"),
            ("* * * * 8", "the day of the week"), ("5-1 * * * *", "goes backwards"), ("*/0 * * * *", "step"),
            ("*/x * * * *", "step"), ("1,,2 * * * *", "the minute"), ("-1 * * * *", "the minute"),
            ("* * L * *", "the day of the month"), ("* * * * mon#2", "the day of the week"), ("@reboot", "not 1"),
            ("+1 * * * *", "the minute"), (String(repeating: "1,", count: 300) + "1 * * * *", "longer than"),
        ]
    )
    func malformed(text: String, problem: String) throws {
        let error = #expect(throws: CronExpression.Malformed.self) { try CronExpression(text) }
        #expect(error?.problem.contains(problem) == true, "\(String(describing: error))")
    }

    private func days(_ text: String, of month: Int64) throws -> [Int64] {
        let expression = try CronExpression(text)
        return (1...31).filter { expression.isDue(on: CivilDate(year: 2026, month: month, day: $0)) }
    }

    @Test("Names stand for numbers, and 7 is Sunday")
    func names() throws {
        // The first of March 2026 is a Sunday.
        #expect(try days("0 0 * mar sun", of: 3) == [1, 8, 15, 22, 29])
        #expect(try days("0 0 * 3 7", of: 3) == [1, 8, 15, 22, 29])
        #expect(try days("0 0 * MAR-APR Mon-Tue", of: 3) == [2, 3, 9, 10, 16, 17, 23, 24, 30, 31])
        #expect(try days("0 0 * 5-7 *", of: 3) == [])
        #expect(try days("@weekly", of: 3) == [1, 8, 15, 22, 29])
        #expect(try days("@monthly", of: 3) == [1])
    }

    @Test("When both days are restricted either is enough; a star on one side restricts nothing")
    func eitherDay() throws {
        #expect(try days("0 0 13 * fri", of: 3) == [6, 13, 20, 27])
        #expect(try days("0 0 14 * fri", of: 3) == [6, 13, 14, 20, 27])
        #expect(try days("0 0 14 * *", of: 3) == [14])
        // As cron does it, `*/2` counts as a star, so that both have to hold.
        #expect(try days("0 0 */2 * mon", of: 3) == [9, 23])
    }
}
