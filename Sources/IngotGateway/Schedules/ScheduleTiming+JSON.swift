import IngotCore

/// How a timing stands in requests, answers and rows: `{"cron": "0 6 * * *", "time_zone": "America/Chicago"}`,
/// `{"daily": ["06:00", "18:30"], "weekdays": ["mon"], "time_zone": …}`, `{"every_seconds": 3600, "from": "2026-…Z"}` or
/// `{"once": "2026-…Z"}`.
extension ScheduleTiming {
    /// Why a timing cannot be read.
    struct Malformed: Error, Equatable {
        /// Where in the timing, as a JSON pointer.
        let pointer: String
        let problem: String
    }

    private static let weekdayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    /// The most times a day.
    private static let maximumTimes = 100

    /// - Parameter now: what intervals are counted from that name no moment.
    /// - Throws: ``Malformed``.
    init(_ value: JSONValue, at now: Timestamp) throws(Malformed) {
        guard let members = value.objectValue else { throw Malformed(pointer: "", problem: "must be an object") }
        let kinds = ["cron", "daily", "every_seconds", "once"].filter { members[$0] != nil }
        guard kinds.count == 1, let kind = kinds.first else {
            throw Malformed(pointer: "", problem: "must have exactly one of cron, daily, every_seconds and once")
        }
        let allowed = [
            "cron": ["time_zone"], "daily": ["weekdays", "time_zone"], "every_seconds": ["from"], "once": [],
        ]
        if let other = members.keys.sorted().first(where: { $0 != kind && allowed[kind]?.contains($0) != true }) {
            throw Malformed(pointer: "/\(other)", problem: "does not go with \(kind)")
        }
        switch kind {
        case "cron":
            let zone = try Self.zone(members)
            do throws(CronExpression.Malformed) {
                self = .cron(try CronExpression(members["cron"]?.stringValue ?? ""), zone)
            } catch {
                throw Malformed(pointer: "/cron", problem: "is no cron expression: \(error.problem)")
            }
        case "daily":
            self = .daily(
                minutes: try Self.minutes(members["daily"]),
                weekdays: try Self.weekdays(members["weekdays"]),
                try Self.zone(members)
            )
        case "every_seconds":
            guard let seconds = members["every_seconds"]?.integerValue, Self.intervals.contains(seconds) else {
                throw Malformed(
                    pointer: "/every_seconds",
                    problem: "must be a number from \(Self.intervals.lowerBound) to \(Self.intervals.upperBound)"
                )
            }
            let start = members["from"]
            self = .every(seconds: seconds, from: start == nil ? now : try Self.time(start, "/from"))
        default: self = .once(try Self.time(members["once"], "/once"))
        }
    }

    var json: JSONValue {
        switch self {
        case .cron(let expression, let zone): ["cron": .string(expression.text), "time_zone": .string(zone.name)]
        case .daily(let minutes, let weekdays, let zone):
            [
                "daily": .array(minutes.map { .string(Self.clock($0)) }),
                "weekdays": .array(weekdays.sorted().map { .string(Self.weekdayNames[$0]) }),
                "time_zone": .string(zone.name),
            ]
        case .every(let seconds, let start):
            ["every_seconds": .integer(seconds), "from": .string(start.description)]
        case .once(let time): ["once": .string(time.description)]
        }
    }

    private static func zone(_ members: [String: JSONValue]) throws(Malformed) -> ScheduleTimeZone {
        guard let value = members["time_zone"] else { return .utc }
        guard let zone = value.stringValue.flatMap({ ScheduleTimeZone($0) }) else {
            throw Malformed(
                pointer: "/time_zone",
                problem: "must be UTC or the name of a place in the IANA database, such as America/Chicago"
            )
        }
        return zone
    }

    private static func minutes(_ value: JSONValue?) throws(Malformed) -> [Int] {
        let texts = value?.arrayValue?.map(\.stringValue) ?? []
        guard (1...maximumTimes).contains(texts.count) else {
            throw Malformed(pointer: "/daily", problem: "must be a list of 1 to \(maximumTimes) times such as 06:00")
        }
        var minutes: Set<Int> = []
        for (index, text) in texts.enumerated() {
            let parts = (text ?? "").split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }), let hour = Int(parts[0]),
                let minute = Int(parts[1]), (0..<24).contains(hour), (0..<60).contains(minute)
            else { throw Malformed(pointer: "/daily/\(index)", problem: "must be a time from 00:00 to 23:59") }
            minutes.insert(hour * 60 + minute)
        }
        return minutes.sorted()
    }

    private static func weekdays(_ value: JSONValue?) throws(Malformed) -> Set<Int> {
        guard let value else { return Set(0...6) }
        let days = value.arrayValue?.map { day in day.stringValue.flatMap { weekdayNames.firstIndex(of: $0) } } ?? []
        guard !days.isEmpty, !days.contains(nil) else {
            throw Malformed(pointer: "/weekdays", problem: "must be a list of \(weekdayNames.joined(separator: ", "))")
        }
        return Set(days.compactMap { $0 })
    }

    private static func time(_ value: JSONValue?, _ pointer: String) throws(Malformed) -> Timestamp {
        guard let time = value?.stringValue.flatMap({ Timestamp(lenient: $0) }) else {
            throw Malformed(pointer: pointer, problem: "must be a time in UTC such as 2026-03-01T09:30:00Z")
        }
        return time
    }

    private static func clock(_ minute: Int) -> String {
        func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(padded(minute / 60)):\(padded(minute % 60))"
    }
}

extension Timestamp {
    /// Reads a time with or without thousandths of a second.
    init?(lenient text: String) {
        self.init(text.utf8.count == 20 && text.hasSuffix("Z") ? String(text.dropLast()) + ".000Z" : text)
    }
}
