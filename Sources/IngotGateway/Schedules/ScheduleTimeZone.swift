import FoundationEssentials
// For the rules of time zones, which FoundationEssentials does not have; the tables come with it, so that a container
// needs none.
import FoundationInternationalization
import IngotCore

/// A time zone by its name in the IANA database, for example `America/Chicago`.
struct ScheduleTimeZone: Sendable, Equatable {
    let name: String
    private let zone: TimeZone

    static let utc = ScheduleTimeZone(name: "UTC", zone: .gmt)

    private init(name: String, zone: TimeZone) {
        self.name = name
        self.zone = zone
    }

    /// - Returns: `nil` when there is no zone of that name.
    init?(_ name: String) {
        // Abbreviations such as `EST` are no names of places, and mean several things.
        guard name == "UTC" || name.contains("/"), name.utf8.count <= 64, let zone = TimeZone(identifier: name) else {
            return nil
        }
        self.init(name: name, zone: zone)
    }

    /// When a local time is.
    enum Moment: Equatable {
        case once(Timestamp)
        /// Clocks are set back over it.
        case twice(first: Timestamp, second: Timestamp)
        /// Clocks are set forward over it.
        case never(gapEnd: Timestamp)
    }

    /// Seconds east of Greenwich.
    func offset(at moment: Timestamp) -> Int64 {
        Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(moment.millisecondsSinceEpoch) / 1000)))
    }

    /// The day that a moment is on.
    func date(of moment: Timestamp) -> CivilDate {
        let seconds = moment.millisecondsSinceEpoch / 1000 + offset(at: moment)
        return CivilDate(daysSinceEpoch: seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400)
    }

    /// The offset that holds all through a day and for a day around it; `nil` when clocks are set in that time.
    func constantOffset(on date: CivilDate) -> Int64? {
        let noon = date.daysSinceEpoch * 86_400 + 43_200
        let around = [-129_600, 0, 129_600].map { offset(at: Timestamp(seconds: noon + $0)) }
        return Set(around).count == 1 ? around[0] : nil
    }

    /// When it is so many minutes after midnight, as clocks show it, on a day.
    func moment(_ minute: Int, on date: CivilDate) -> Moment {
        let local = date.daysSinceEpoch * 86_400 + Int64(minute) * 60
        let before = offset(at: Timestamp(seconds: local - 86_400))
        let after = offset(at: Timestamp(seconds: local + 86_400))
        let moments = Set([before, after]).map { (offset: $0, moment: Timestamp(seconds: local - $0)) }
            .filter { offset(at: $0.moment) == $0.offset }.map(\.moment).sorted()
        switch moments.count {
        case 0: return .never(gapEnd: change(from: before, between: local - 86_400, and: local + 86_400))
        case 1: return .once(moments[0])
        default: return .twice(first: moments[0], second: moments[1])
        }
    }

    /// The moment at which an offset ends that holds at `start` and not at `end`, in seconds since 1970.
    private func change(from offset: Int64, between start: Int64, and end: Int64) -> Timestamp {
        var (start, end) = (start, end)
        while end - start > 1 {
            let middle = start + (end - start) / 2
            if self.offset(at: Timestamp(seconds: middle)) == offset { start = middle } else { end = middle }
        }
        return Timestamp(seconds: end)
    }
}

extension Timestamp {
    fileprivate init(seconds: Int64) { self.init(millisecondsSinceEpoch: seconds * 1000) }
}
