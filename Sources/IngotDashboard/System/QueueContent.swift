import IngotCore

/// How the slots are used and what waits, as pages show it.
struct QueueContent {
    struct Use {
        var useName: String
        var useRunning: String
        var useLimit: String
        var useBar: String
    }

    struct Waiting {
        var address: String
        var shortID: String
        var waitingSource: String
        var position: String
        var why: String
        var priority: String
        var host: String?
    }

    var slots: String
    var free: String
    var running: String
    var waiting: String
    var retrying: String
    var isBusy: Bool
    var bar: String
    var sources: [Use]
    var hosts: [Use]
    var jobs: [Waiting]
    var unlisted: String?

    /// - Parameter listed: how many waiting jobs are shown.
    static func now(_ asking: PageRequest, listed: Int) async throws -> QueueContent {
        let queue = try await asking.get("/api/queue", ["limit": "\(listed)"])
        func number(_ name: String) -> Int64 { queue[name]?.integerValue ?? 0 }
        let jobs = queue["jobs"]?.arrayValue ?? []
        let slots = number("slots")
        let running = number("running")
        let all = number("waiting") + number("retrying")
        let rest = all - Int64(jobs.count)
        return QueueContent(
            slots: Figures.number(slots),
            free: Figures.number(max(0, slots - running)),
            running: Figures.number(running),
            waiting: Figures.number(number("waiting")),
            retrying: Figures.number(number("retrying")),
            isBusy: running >= slots,
            bar: ProportionBar(
                parts: [.init(name: "running", value: Double(running), color: .first)],
                whole: Double(slots)
            ).html,
            sources: (queue["sources"]?.arrayValue ?? []).map { Use($0, slots: slots) },
            hosts: (queue["hosts"]?.arrayValue ?? []).map { Use($0, slots: slots) },
            jobs: jobs.map(Waiting.init),
            unlisted: rest > 0 ? Figures.count(rest, "more job") : nil
        )
    }
}

extension QueueContent.Use {
    init(_ use: JSONValue, slots: Int64) {
        let running = use["running"]?.integerValue ?? 0
        let limit = use["limit"]?.integerValue
        useName = use["name"]?.stringValue ?? ""
        useRunning = Figures.number(running)
        useLimit = limit.map { Figures.number($0) } ?? "as many as there are slots"
        useBar =
            ProportionBar(
                parts: [.init(name: "running", value: Double(running), color: .first)],
                whole: Double(limit ?? slots)
            ).html
    }
}

extension QueueContent.Waiting {
    init(_ job: JSONValue) {
        let id = job["id"]?.stringValue ?? ""
        address = "/jobs/\(id)"
        shortID = JobTitle.short(id)
        waitingSource = job["source"]?.stringValue ?? ""
        position = job["position"]?.integerValue.map { Figures.number($0) } ?? "–"
        priority = Figures.number(job["priority"]?.integerValue ?? 0)
        host = job["host"]?.stringValue
        why =
            switch job["reason"]?.stringValue {
            case "slots": "All slots are taken."
            case "source": "As many jobs of this source run as may."
            case "host": "As many jobs ask \(host ?? "its host") as may."
            case "turn": "It starts as soon as those before it have."
            case "retry": "Its last attempt failed; the next one is not due yet."
            default: "It waits."
            }
    }
}
