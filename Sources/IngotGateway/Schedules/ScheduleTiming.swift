import IngotCore

/// When a schedule is due.
///
/// Where clocks are set forward, a time of the day that is left out is due once, when they have been set, however many
/// of the schedule's times are left out; where they are set back, a time that comes twice is due the first time only. An
/// expression about time that passes (`*/15 * * * *`, `30 * * * *`) is due whenever clocks show it: not in the hour that
/// is left out, and in both of the repeated ones. That is how cron does it.
enum ScheduleTiming: Sendable, Equatable {
    /// By a cron expression, as the clocks of a zone show.
    case cron(CronExpression, ScheduleTimeZone)
    /// At fixed times of the day, given as minutes after midnight, on days of the week (0 for Sunday).
    case daily(minutes: [Int], weekdays: Set<Int>, ScheduleTimeZone)
    /// Every so many seconds, counted from a moment, whatever clocks show.
    case every(seconds: Int64, from: Timestamp)
    /// Once.
    case once(Timestamp)

    /// How far ahead a due time is looked for, in days: the 29th of February comes at least every eight years.
    static let horizon: Int64 = 366 * 8 + 3
    /// What ``every(seconds:from:)`` may be.
    static let intervals: ClosedRange<Int64> = 1...31_536_000

    /// The first due time after a moment; `nil` when there is none.
    func next(after moment: Timestamp) -> Timestamp? {
        switch self {
        case .cron(let expression, let zone):
            let minutes = DayMinutes(hours: expression.hours, minutes: expression.minutes)
            return next(after: moment, zone, minutes, isElapsed: expression.isAboutElapsedTime, expression.isDue)
        case .daily(let minutes, let weekdays, let zone):
            return next(after: moment, zone, DayMinutes(minutes), isElapsed: false) { weekdays.contains($0.weekday) }
        case .every(let seconds, let start):
            guard start <= moment else { return start }
            let step = seconds * 1000
            let passed = (moment.millisecondsSinceEpoch - start.millisecondsSinceEpoch) / step
            return Timestamp(millisecondsSinceEpoch: start.millisecondsSinceEpoch + (passed + 1) * step)
        case .once(let time): return time > moment ? time : nil
        }
    }

    private func next(
        after moment: Timestamp,
        _ zone: ScheduleTimeZone,
        _ minutes: DayMinutes,
        isElapsed: Bool,
        _ isDue: (CivilDate) -> Bool
    ) -> Timestamp? {
        // The day before too, as the end of a gap may belong to a time of it.
        let first = zone.date(of: moment).daysSinceEpoch - 1
        for day in first...first + Self.horizon {
            let date = CivilDate(daysSinceEpoch: day)
            guard isDue(date) else { continue }
            if let offset = zone.constantOffset(on: date) {
                let midnight = (day * 86_400 - offset) * 1000
                let passed = moment.millisecondsSinceEpoch - midnight
                guard let minute = minutes.first(after: passed) else { continue }
                return Timestamp(millisecondsSinceEpoch: midnight + Int64(minute) * 60_000)
            }
            let moments = minutes.all.flatMap { minute -> [Timestamp] in
                switch zone.moment(minute, on: date) {
                case .once(let moment): [moment]
                case .twice(let first, let second): isElapsed ? [first, second] : [first]
                case .never(let gapEnd): isElapsed ? [] : [gapEnd]
                }
            }
            if let next = moments.filter({ $0 > moment }).min() { return next }
        }
        return nil
    }
}

/// The minutes of a day that something is due at.
private struct DayMinutes {
    /// Ascending.
    let all: [Int]

    init(_ minutes: [Int]) { all = minutes.sorted() }

    init(hours: [Int], minutes: [Int]) { all = hours.flatMap { hour in minutes.map { hour * 60 + $0 } } }

    /// The first one that begins after so many milliseconds of the day.
    func first(after milliseconds: Int64) -> Int? {
        var (low, high) = (0, all.count)
        while low < high {
            let middle = (low + high) / 2
            if Int64(all[middle]) * 60_000 > milliseconds { high = middle } else { low = middle + 1 }
        }
        return low < all.count ? all[low] : nil
    }
}
