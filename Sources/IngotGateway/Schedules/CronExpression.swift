import IngotCore

/// When something is due, in the five fields of crontab(5): minute, hour, day of the month, month, day of the week.
///
/// A field is `*`, a number, a range `a-b`, each perhaps with a step `/n`, or several of them with commas between; months
/// and days of the week may be named by three letters, and 7 is Sunday like 0. `@hourly`, `@daily`, `@midnight`,
/// `@weekly`, `@monthly`, `@yearly` and `@annually` stand for what they stand for there. When both the day of the month
/// and that of the week are restricted, a day that matches either is due.
struct CronExpression: Sendable, Equatable {
    let text: String
    /// 0 to 59, ascending.
    let minutes: [Int]
    /// 0 to 23, ascending.
    let hours: [Int]
    private let daysOfMonth: CronField
    private let months: CronField
    private let daysOfWeek: CronField
    /// Whether the minute or the hour is a `*`, perhaps with a step: then the expression is about time that passes, and
    /// not about times of the day.
    let isAboutElapsedTime: Bool

    /// Why a text is no cron expression.
    struct Malformed: Error, Equatable {
        let problem: String
    }

    /// The longest text that is read, in bytes.
    static let maximumLength = 500

    private static let shortcuts = [
        "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
        "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
    ]

    /// - Throws: ``Malformed``.
    init(_ text: String) throws(Malformed) {
        guard text.utf8.count <= Self.maximumLength else {
            throw Malformed(problem: "it is longer than \(Self.maximumLength) bytes")
        }
        let fields = (Self.shortcuts[text.lowercased()] ?? text).split(whereSeparator: \.isWhitespace)
        guard fields.count == 5 else {
            throw Malformed(
                problem:
                    "it needs five fields (minute, hour, day of the month, month, day of the week), not \(fields.count)"
            )
        }
        self.text = text
        let minute = try CronField(fields[0], of: .minute)
        let hour = try CronField(fields[1], of: .hour)
        minutes = minute.values.sorted()
        hours = hour.values.sorted()
        daysOfMonth = try CronField(fields[2], of: .dayOfMonth)
        months = try CronField(fields[3], of: .month)
        daysOfWeek = try CronField(fields[4], of: .dayOfWeek)
        isAboutElapsedTime = minute.isStar || hour.isStar
    }

    /// Whether the expression is due at some time of a day.
    func isDue(on date: CivilDate) -> Bool {
        guard months.values.contains(Int(date.month)) else { return false }
        let isDayOfMonth = daysOfMonth.values.contains(Int(date.day))
        let isDayOfWeek = daysOfWeek.values.contains(date.weekday)
        return daysOfMonth.isStar || daysOfWeek.isStar ? isDayOfMonth && isDayOfWeek : isDayOfMonth || isDayOfWeek
    }
}
