import HTTPTypes
import IngotCore

/// What is due in the next days, by day.
enum CalendarPage {
    /// The most times of one schedule that are shown.
    private static let perSchedule = 50
    /// How many days are shown.
    private static let days = 7

    struct Content {
        var regular: RegularTabs
        var days: [Day]
        var schedules: [Line]
    }

    struct Day {
        var date: String
        var entries: [Entry]
    }

    struct Entry {
        var moment: String
        var name: String
        var address: String
    }

    struct Line {
        var name: String
        var address: String
        var timing: String
        var isActive: Bool
        var hasMore: Bool
    }

    static func page(_ asking: PageRequest) async throws -> Page {
        let definitions = try await asking.get("/api/jobs").arrayValue ?? []
        let names = Dictionary(
            definitions.map { ($0["job_id"]?.integerValue ?? 0, $0["name"]?.stringValue ?? "") },
            uniquingKeysWith: { first, _ in first }
        )
        let end = Timestamp.now().advanced(by: .seconds(days * 86_400))
        var entries: [Entry] = []
        var lines: [Line] = []
        for schedule in try await asking.get("/api/schedules").arrayValue ?? [] {
            let job = schedule["job_id"]?.integerValue ?? 0
            let name = names[job] ?? String(job)
            let isActive = schedule["enabled"]?.boolValue == true
            var times: [Timestamp] = []
            if isActive {
                let body: JSONValue = ["timing": schedule["timing"] ?? .null, "count": .integer(Int64(perSchedule))]
                let preview = try await asking.ask(.post, "/api/schedules/preview", body: body).json
                times = (preview["next_runs"]?.arrayValue ?? []).compactMap { $0.stringValue.flatMap { Timestamp($0) } }
            }
            let shown = times.filter { $0 <= end }
            entries += shown.map { Entry(moment: $0.description, name: name, address: "/definitions/\(job)") }
            lines.append(
                Line(
                    name: name,
                    address: "/definitions/\(job)",
                    timing: TimingWords.text(schedule["timing"]),
                    isActive: isActive,
                    hasMore: shown.count == perSchedule
                )
            )
        }
        let byDay = Dictionary(grouping: entries) { String($0.moment.prefix(10)) }
        let content = Content(
            regular: RegularTabs("/schedules"),
            days: byDay.keys.sorted().map { date in
                Day(date: date, entries: (byDay[date] ?? []).sorted { $0.moment < $1.moment })
            },
            schedules: lines
        )
        return Page(
            title: "Calendar",
            part: .regular,
            template: "calendar",
            content: content,
            styles: ["jobs.css", "system.css"]
        )
    }
}
