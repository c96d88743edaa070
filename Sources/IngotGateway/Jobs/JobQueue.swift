import IngotCore

/// How many jobs may run at a time, in all and of one kind.
struct QueueLimits: Sendable, Equatable {
    /// In all; at least one.
    var slots: Int
    /// The most of one source, by source.
    var sourceSlots: [String: Int] = [:]
    /// The most that ask one host, by host.
    var hostSlots: [String: Int] = [:]
}

/// Which jobs wait, and which of them starts next.
///
/// The jobs of one source wait in a lane. Among the lanes that have a free slot the next job comes from the one with
/// the highest **level**; of equal ones from the one that fewest jobs run of, and then from the one that was served
/// longest ago. A lane's first job is the first of those whose host has a free slot. A lane's level is the priority of
/// its first job, plus one for each minute (``aging``) that the job has waited while no other job of its lane was
/// served, so that no lane starves.
///
/// Within a lane a point of priority counts as much as a minute of waiting: a job of priority 10 goes before jobs of
/// priority 0 that came in the ten minutes before it, and behind older ones. Jobs of one priority that ask one host go
/// in the order in which they came. Waiting is counted anew when a gateway starts.
///
/// Finding the next job costs a look at each lane and at each priority and host in it, however many jobs wait.
struct JobQueue: Sendable {
    /// How long a job has to wait to gain a point of priority.
    static let aging: Duration = .seconds(60)

    /// A job that waits or runs.
    struct Entry: Sendable, Equatable {
        var job: JobID
        var source: String
        /// Whom its runner will ask.
        var host: String?
        var priority = 0
    }

    fileprivate struct Ticket: Sendable {
        var number: UInt64
        var job: JobID
        var since: ContinuousClock.Instant
    }

    /// What the jobs of one line have in common besides their source.
    fileprivate struct LineKey: Sendable, Hashable {
        var priority: Int
        var host: String?
    }

    /// The jobs of one priority and host in a lane, the oldest first; those that were taken out leave their tickets
    /// behind.
    fileprivate struct Line: Sendable {
        var tickets: [Ticket] = []
        var first = 0
        var live = 0
    }

    fileprivate struct Lane: Sendable {
        var lines: [LineKey: Line] = [:]
        var running = 0
        var lastServed: ContinuousClock.Instant?
    }

    fileprivate struct Waiting: Sendable {
        var entry: Entry
        var ticket: UInt64
    }

    let limits: QueueLimits
    private var lanes: [String: Lane] = [:]
    private var waiting: [JobID: Waiting] = [:]
    private var running: [JobID: Entry] = [:]
    private var runningByHost: [String: Int] = [:]
    private var nextTicket: UInt64 = 0

    init(limits: QueueLimits) {
        self.limits = limits
    }

    var waitingCount: Int { waiting.count }
    var runningCount: Int { running.count }

    /// Whether the job waits or runs.
    func contains(_ job: JobID) -> Bool { waiting[job] != nil || running[job] != nil }

    /// Puts a job at the end of its line, unless it waits or runs already.
    mutating func enqueue(_ entry: Entry, at now: ContinuousClock.Instant = .now) {
        guard waiting[entry.job] == nil, running[entry.job] == nil else { return }
        nextTicket += 1
        waiting[entry.job] = Waiting(entry: entry, ticket: nextTicket)
        let ticket = Ticket(number: nextTicket, job: entry.job, since: now)
        lanes[entry.source, default: Lane()].lines[entry.line, default: Line()].append(ticket)
    }

    /// Counts a job as running that nobody has queued: its runner is there already.
    ///
    /// It may take more slots than there are.
    mutating func adopt(_ entry: Entry) {
        guard waiting[entry.job] == nil, running[entry.job] == nil else { return }
        run(entry)
    }

    /// Whether a job waits that could start now.
    func hasStartable(at now: ContinuousClock.Instant = .now) -> Bool { nextLine(at: now) != nil }

    /// Takes the next job that may start now and counts it as running.
    mutating func startNext(at now: ContinuousClock.Instant = .now) -> Entry? {
        guard let (source, line) = nextLine(at: now) else { return nil }
        guard let ticket = lanes[source]?.lines[line]?.removeFirst(in: waiting) else { return nil }
        dropEmptyLine(source, line)
        guard let entry = waiting.removeValue(forKey: ticket.job)?.entry else { return nil }
        lanes[source]?.lastServed = now
        run(entry)
        return entry
    }

    /// Takes a waiting job out.
    ///
    /// - Returns: whether it was waiting.
    mutating func remove(_ job: JobID) -> Bool {
        guard let entry = waiting.removeValue(forKey: job)?.entry else { return false }
        lanes[entry.source]?.lines[entry.line]?.noteRemoval(in: waiting)
        dropEmptyLine(entry.source, entry.line)
        return true
    }

    /// Frees the slot of a running job.
    mutating func finish(_ job: JobID) {
        guard let entry = running.removeValue(forKey: job) else { return }
        lanes[entry.source]?.running -= 1
        if let host = entry.host { runningByHost[host, default: 1] -= 1 }
    }

    // MARK: - What is shown

    /// How many jobs of each source run that has a limit of its own or jobs.
    var useBySource: [SlotUse] {
        let names = Set(limits.sourceSlots.keys).union(lanes.filter { $0.value.running > 0 }.keys)
        return names.sorted().map { name in
            SlotUse(name: name, running: lanes[name]?.running ?? 0, limit: limits.sourceSlots[name])
        }
    }

    /// How many jobs ask each host that has a limit of its own or is asked.
    var useByHost: [SlotUse] {
        let names = Set(limits.hostSlots.keys).union(runningByHost.filter { $0.value > 0 }.keys)
        return names.sorted().map { name in
            SlotUse(name: name, running: runningByHost[name] ?? 0, limit: limits.hostSlots[name])
        }
    }

    /// Why a waiting job does not run.
    func reason(_ entry: Entry) -> WaitingJob.Reason {
        if let most = limits.sourceSlots[entry.source], lanes[entry.source]?.running ?? 0 >= most { return .source }
        if !mayAsk(entry.host) { return .host }
        return running.count >= max(1, limits.slots) ? .slots : .turn
    }

    /// Ends a running job in thought.
    ///
    /// - Returns: false when none runs.
    mutating func finishOne() -> Bool {
        guard let job = running.keys.first else { return false }
        finish(job)
        return true
    }

    // MARK: - Details

    private mutating func run(_ entry: Entry) {
        running[entry.job] = entry
        lanes[entry.source, default: Lane()].running += 1
        if let host = entry.host { runningByHost[host, default: 0] += 1 }
    }

    private mutating func dropEmptyLine(_ source: String, _ line: LineKey) {
        if lanes[source]?.lines[line]?.live == 0 { lanes[source]?.lines[line] = nil }
    }

    /// How good a lane's claim is; the larger one is served first.
    private struct Claim: Comparable {
        var level: Int64
        var running: Int
        var lastServed: ContinuousClock.Instant?
        var firstTicket: UInt64

        static func < (left: Claim, right: Claim) -> Bool {
            if left.level != right.level { return left.level < right.level }
            if left.running != right.running { return left.running > right.running }
            switch (left.lastServed, right.lastServed) {
            case (let left?, let right?) where left != right: return left > right
            case (nil, _?): return false
            case (_?, nil): return true
            default: return left.firstTicket > right.firstTicket
            }
        }
    }

    /// The lane that is served next, and the line of its next job.
    private func nextLine(at now: ContinuousClock.Instant) -> (source: String, line: LineKey)? {
        guard !waiting.isEmpty, running.count < max(1, limits.slots) else { return nil }
        var best: (source: String, line: LineKey, claim: Claim)?
        for (source, lane) in lanes where mayStart(source, lane) {
            guard let (line, ticket) = first(in: lane) else { continue }
            let idle = min(now - ticket.since, lane.lastServed.map { now - $0 } ?? .seconds(Int64.max / 2))
            let claim = Claim(
                level: Int64(line.priority) + max(0, idle.milliseconds) / JobQueue.aging.milliseconds,
                running: lane.running,
                lastServed: lane.lastServed,
                firstTicket: ticket.number
            )
            if best.map({ $0.claim < claim }) ?? true { best = (source, line, claim) }
        }
        return best.map { ($0.source, $0.line) }
    }

    private func mayStart(_ source: String, _ lane: Lane) -> Bool {
        if lane.lines.isEmpty { return false }
        if let most = limits.sourceSlots[source], lane.running >= most { return false }
        return true
    }

    private func mayAsk(_ host: String?) -> Bool {
        guard let host, let most = limits.hostSlots[host] else { return true }
        return runningByHost[host, default: 0] < most
    }

    /// The first job of a lane whose host has a free slot.
    private func first(in lane: Lane) -> (line: LineKey, ticket: Ticket)? {
        var best: (line: LineKey, ticket: Ticket, virtual: ContinuousClock.Instant)?
        for (key, line) in lane.lines where mayAsk(key.host) {
            guard let ticket = line.firstTicket(in: waiting) else { continue }
            let virtual = ticket.since - JobQueue.aging * key.priority
            guard let current = best else {
                best = (key, ticket, virtual)
                continue
            }
            if virtual < current.virtual || virtual == current.virtual && ticket.number < current.ticket.number {
                best = (key, ticket, virtual)
            }
        }
        return best.map { ($0.line, $0.ticket) }
    }
}

extension JobQueue.Entry {
    fileprivate var line: JobQueue.LineKey { JobQueue.LineKey(priority: priority, host: host) }
}

extension JobQueue.Line {
    fileprivate mutating func append(_ ticket: JobQueue.Ticket) {
        tickets.append(ticket)
        live += 1
    }

    fileprivate func firstTicket(in waiting: [JobID: JobQueue.Waiting]) -> JobQueue.Ticket? {
        tickets[first...].first { $0.isLive(in: waiting) }
    }

    fileprivate mutating func removeFirst(in waiting: [JobID: JobQueue.Waiting]) -> JobQueue.Ticket? {
        skipDead(in: waiting)
        guard first < tickets.count else { return nil }
        let ticket = tickets[first]
        first += 1
        live -= 1
        compact(in: waiting)
        return ticket
    }

    /// Notes that one of the tickets is not live any more.
    fileprivate mutating func noteRemoval(in waiting: [JobID: JobQueue.Waiting]) {
        live -= 1
        skipDead(in: waiting)
        compact(in: waiting)
    }

    private mutating func skipDead(in waiting: [JobID: JobQueue.Waiting]) {
        while first < tickets.count, !tickets[first].isLive(in: waiting) { first += 1 }
    }

    /// Lets go of the places of tickets that are gone once they are the larger part.
    private mutating func compact(in waiting: [JobID: JobQueue.Waiting]) {
        guard tickets.count > 32, live < tickets.count / 2 else { return }
        tickets = tickets[first...].filter { $0.isLive(in: waiting) }
        first = 0
    }
}

extension JobQueue.Ticket {
    fileprivate func isLive(in waiting: [JobID: JobQueue.Waiting]) -> Bool { waiting[job]?.ticket == number }
}
