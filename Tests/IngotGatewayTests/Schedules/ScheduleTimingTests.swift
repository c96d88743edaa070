import IngotCore
import Testing

@testable import IngotGateway

@Suite("When schedules are due")
struct ScheduleTimingTests {
    private func next(_ timing: ScheduleTiming, after text: String, _ count: Int) -> [String] {
        var last = Timestamp(lenient: text) ?? .now()
        var found: [String] = []
        while found.count < count, let next = timing.next(after: last) {
            found.append(String(next.description.dropLast(8)))
            last = next
        }
        return found
    }

    private func cron(_ text: String, _ zone: String = "UTC") throws -> ScheduleTiming {
        .cron(try CronExpression(text), try #require(ScheduleTimeZone(zone)))
    }

    @Test("A cron expression, from one time to the next")
    func plain() throws {
        #expect(
            next(try cron("*/20 8-9 * * *"), after: "2026-01-31T09:30:00Z", 3)
                == ["2026-01-31T09:40", "2026-02-01T08:00", "2026-02-01T08:20"]
        )
        // A due time is over when it has come.
        #expect(next(try cron("0 0 * * *"), after: "2026-01-31T00:00:00Z", 1) == ["2026-02-01T00:00"])
        #expect(
            next(try cron("0 0 29 2 *"), after: "2026-01-01T00:00:00Z", 2) == ["2028-02-29T00:00", "2032-02-29T00:00"]
        )
        #expect(next(try cron("0 0 31 2 *"), after: "2026-01-01T00:00:00Z", 1) == [])
        // The years around 2100 have no leap day.
        #expect(next(try cron("0 0 29 2 *"), after: "2096-03-01T00:00:00Z", 1) == ["2104-02-29T00:00"])
    }

    @Test("Times are those of the zone, whole hours away or not")
    func zones() throws {
        #expect(
            next(try cron("30 6 * * *", "America/Chicago"), after: "2026-01-15T00:00:00Z", 1) == ["2026-01-15T12:30"]
        )
        #expect(
            next(try cron("30 6 * * *", "America/Chicago"), after: "2026-07-15T00:00:00Z", 1) == ["2026-07-15T11:30"]
        )
        #expect(next(try cron("0 9 * * *", "Asia/Kathmandu"), after: "2026-01-15T00:00:00Z", 1) == ["2026-01-15T03:15"])
        #expect(
            next(try cron("0 0 1 * *", "Pacific/Kiritimati"), after: "2026-01-15T00:00:00Z", 1) == ["2026-01-31T10:00"]
        )
        for name in ["EST", "America/Nowhere", "", "../etc/passwd", String(repeating: "A/", count: 60)] {
            #expect(ScheduleTimeZone(name) == nil, "\(name)")
        }
    }

    // On 2026-03-08 clocks in Chicago go from 02:00 to 03:00 (08:00 UTC), on 2026-11-01 from 02:00 to 01:00 (07:00 UTC).

    @Test("A time of the day that clocks leave out is due once, when they have been set")
    func leftOut() throws {
        #expect(
            next(try cron("30 2 * * *", "America/Chicago"), after: "2026-03-07T00:00:00Z", 3)
                == ["2026-03-07T08:30", "2026-03-08T08:00", "2026-03-09T07:30"]
        )
        // Several of one schedule are due once.
        #expect(
            next(try cron("10,30,50 2 * * *", "America/Chicago"), after: "2026-03-08T00:00:00Z", 2)
                == ["2026-03-08T08:00", "2026-03-09T07:10"]
        )
        let daily = ScheduleTiming.daily(
            minutes: [150, 180],
            weekdays: Set(0...6),
            try #require(ScheduleTimeZone("America/Chicago"))
        )
        // 02:30 is made up for at 03:00, which is due itself.
        #expect(next(daily, after: "2026-03-08T00:00:00Z", 2) == ["2026-03-08T08:00", "2026-03-09T07:30"])
    }

    @Test("A time of the day that comes twice is due the first time")
    func repeated() throws {
        #expect(
            next(try cron("30 1 * * *", "America/Chicago"), after: "2026-10-31T00:00:00Z", 3)
                == ["2026-10-31T06:30", "2026-11-01T06:30", "2026-11-02T07:30"]
        )
    }

    @Test("What is about time that passes is due whenever clocks show it")
    func elapsed() throws {
        #expect(
            next(try cron("30 * * * *", "America/Chicago"), after: "2026-03-08T07:00:00Z", 3)
                == ["2026-03-08T07:30", "2026-03-08T08:30", "2026-03-08T09:30"]
        )
        #expect(
            next(try cron("*/30 * * * *", "America/Chicago"), after: "2026-11-01T05:59:00Z", 5)
                == ["2026-11-01T06:00", "2026-11-01T06:30", "2026-11-01T07:00", "2026-11-01T07:30", "2026-11-01T08:00"]
        )
        #expect(
            next(try cron("15 */2 * * *", "America/Chicago"), after: "2026-03-08T06:00:00Z", 2)
                == ["2026-03-08T06:15", "2026-03-08T09:15"]
        )
    }

    @Test("A zone whose clocks are set by half an hour, and one that left out a day")
    func odd() throws {
        // Lord Howe Island: on 2026-10-04 from 02:00 to 02:30, which is 15:30 UTC of the day before.
        #expect(
            next(try cron("15 2 * * *", "Australia/Lord_Howe"), after: "2026-10-03T00:00:00Z", 2)
                == ["2026-10-03T15:30", "2026-10-04T15:15"]
        )
        // Samoa had no 30 December 2011.
        #expect(
            next(try cron("0 12 * * *", "Pacific/Apia"), after: "2011-12-29T00:00:00Z", 3)
                == ["2011-12-29T22:00", "2011-12-30T10:00", "2011-12-30T22:00"]
        )
    }

    @Test(
        "A year of every zone rule: times of the day once a day, intervals evenly",
        arguments: [
            "America/Chicago", "Europe/London", "Australia/Lord_Howe", "Africa/Casablanca", "UTC",
        ]
    )
    func year(zone: String) throws {
        var last = try #require(Timestamp(lenient: "2026-01-01T00:00:00Z"))
        let end = try #require(Timestamp(lenient: "2027-01-01T00:00:00Z"))
        let daily = try cron("30 2 * * *", zone)
        var days = 0
        while let next = daily.next(after: last), next < end {
            let hours = Double(next.millisecondsSinceEpoch - last.millisecondsSinceEpoch) / 3_600_000
            if days > 0 { #expect((22.5...25.5).contains(hours), "\(next)") }
            last = next
            days += 1
        }
        #expect((364...366).contains(days))
        last = try #require(Timestamp(lenient: "2026-01-01T00:00:00Z"))
        let often = try cron("*/10 * * * *", zone)
        while let next = often.next(after: last), next < end {
            #expect(next.millisecondsSinceEpoch - last.millisecondsSinceEpoch == 600_000, "\(next)")
            last = next
        }
    }

    @Test("Intervals are counted from their moment, and one time is one")
    func others() throws {
        let start = try #require(Timestamp(lenient: "2026-01-01T00:00:10Z"))
        let every = ScheduleTiming.every(seconds: 90 * 60, from: start)
        #expect(next(every, after: "2025-12-31T00:00:00Z", 2) == ["2026-01-01T00:00", "2026-01-01T01:30"])
        #expect(every.next(after: start)?.description == "2026-01-01T01:30:10.000Z")
        #expect(ScheduleTiming.once(start).next(after: start) == nil)
        #expect(next(.once(start), after: "2025-12-31T00:00:00Z", 2) == ["2026-01-01T00:00"])
    }

    @Test("A timing is the same after it was written and read")
    func json() throws {
        let values: [JSONValue] = [
            ["cron": "*/5 * * * *", "time_zone": "America/Chicago"],
            ["daily": ["06:00", "18:30"], "weekdays": ["mon", "fri"], "time_zone": "UTC"],
            ["every_seconds": 60, "from": "2026-01-01T00:00:00.000Z"],
            ["once": "2026-01-01T00:00:00.000Z"],
        ]
        for value in values {
            let timing = try ScheduleTiming(value, at: .now())
            #expect(try ScheduleTiming(timing.json, at: .now()) == timing)
        }
        #expect(try ScheduleTiming(["cron": "@daily"], at: .now()).json == ["cron": "@daily", "time_zone": "UTC"])
    }

    @Test(
        "What is no timing is refused, and its place is named",
        arguments: [
            ([:], ""), (["cron": "* * * * *", "once": "2026-01-01T00:00:00Z"], ""), (["cron": "x"], "/cron"),
            (["cron": 5], "/cron"), (["cron": "* * * * *", "time_zone": "Mars/Olympus"], "/time_zone"),
            (["cron": "* * * * *", "weekdays": ["mon"]], "/weekdays"), (["daily": []], "/daily"),
            (["daily": ["24:00"]], "/daily/0"), (["daily": ["6:00"]], "/daily/0"),
            (["daily": ["06:00", 7]], "/daily/1"),
            (["daily": ["06:00"], "weekdays": ["monday"]], "/weekdays"), (["every_seconds": 0], "/every_seconds"),
            (["every_seconds": 60, "from": "yesterday"], "/from"), (["once": "2026-01-01"], "/once"), ("* * * * *", ""),
        ] as [(JSONValue, String)]
    )
    func malformed(value: JSONValue, pointer: String) throws {
        let error = #expect(throws: ScheduleTiming.Malformed.self) { try ScheduleTiming(value, at: .now()) }
        #expect(error?.pointer == pointer)
    }
}
