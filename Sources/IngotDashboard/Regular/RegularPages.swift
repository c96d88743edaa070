import IngotCore

/// The pages about jobs that are run again and again: definitions, their schedules, and what ran.
struct RegularPages: Sendable {
    func add(to pages: inout PageTable) {
        pages.on("/definitions") { try await DefinitionListPage.page($0) }
        pages.on("/definitions/{job_id}") { try await DefinitionPage.page($0) }
        pages.on("/schedules") { try await CalendarPage.page($0) }
        pages.on("/history") { try await HistoryPage.page($0) }
        pages.on("/proxies") { try await ProxiesPage.page($0) }
    }
}

/// The pages of this part, as they link to each other.
struct RegularTabs {
    struct Tab {
        var tabAddress: String
        var tabName: String
        var isOpen: Bool
    }

    var tabs: [Tab]

    init(_ address: String) {
        tabs = [
            ("/definitions", "Definitions"), ("/schedules", "Calendar"), ("/history", "History"),
            ("/proxies", "Proxies"),
        ].map { Tab(tabAddress: $0, tabName: $1, isOpen: $0 == address) }
    }
}

/// How the end of a run shows.
struct RunSign {
    var word: String
    var isGood = false
    var isBad = false

    init(_ status: String) {
        word = status.lowercased()
        isGood = status == "SUCCESS"
        isBad = status == "FAILURE"
    }
}

/// A timing in words.
enum TimingWords {
    static func text(_ timing: JSONValue?) -> String {
        let zone = timing?["time_zone"]?.stringValue ?? "UTC"
        if let cron = timing?["cron"]?.stringValue { return "\(cron) (\(zone))" }
        if let times = timing?["daily"]?.arrayValue?.compactMap(\.stringValue) {
            let days = timing?["weekdays"]?.arrayValue?.compactMap(\.stringValue) ?? []
            let which = days.count == 7 || days.isEmpty ? "every day" : days.joined(separator: ", ")
            return "\(which) at \(times.joined(separator: ", ")) (\(zone))"
        }
        if let seconds = timing?["every_seconds"]?.integerValue {
            return "every \(Figures.duration(milliseconds: seconds * 1000))"
        }
        if let time = timing?["once"]?.stringValue { return "once, at \(time)" }
        return ""
    }
}
