import IngotCore

/// What is to become of the ticks of one schedule that have come: decided by the clock alone.
struct TickPlan: Sendable, Equatable {
    /// The most ticks that are decided at a time.
    static let maximumTicks = 2000

    /// Ticks that are run, the oldest first, each perhaps only after the one before.
    var runs: [Timestamp] = []
    /// Ticks that are not run, by why.
    var skips: [TickReason: [Timestamp]] = [:]
    /// The last tick that is decided; `nil` when none has come.
    var until: Timestamp?
    /// When to look again; `nil` when nothing comes any more.
    var next: Timestamp?

    init(_ schedule: Schedule, at now: Timestamp) {
        var due: [Timestamp] = []
        var last = schedule.decidedUntil
        while due.count < Self.maximumTicks, let tick = schedule.timing.next(after: last) {
            guard schedule.start(of: tick) <= now else {
                next = schedule.start(of: tick)
                break
            }
            due.append(tick)
            last = tick
        }
        // More have come than are decided at a time.
        if due.count == Self.maximumTicks { next = now }
        until = due.last
        guard let newest = due.last else { return }
        let limit = now.advanced(by: .zero - .seconds(schedule.missed.graceSeconds))
        let missed = due.filter { schedule.start(of: $0) < limit }
        let kept: Set<Timestamp>
        switch schedule.missed.policy {
        case .skip: kept = []
        // Where more follow, none of these is the last one.
        case .latest: kept = due.count == Self.maximumTicks ? [] : Set(missed.filter { $0 == newest })
        case .all: kept = Set(missed.suffix(schedule.missed.most))
        }
        for tick in due {
            if let deadline = schedule.deadline(of: tick), deadline <= now {
                skips[.deadline, default: []].append(tick)
            } else if schedule.start(of: tick) < limit, !kept.contains(tick) {
                skips[.missed, default: []].append(tick)
            } else {
                runs.append(tick)
            }
        }
    }
}

/// What was decided about a tick.
enum TickDecision: String, Sendable, Codable, CaseIterable {
    /// A run was started.
    case run
    /// It waits for another run of its definition to end.
    case waiting
    case skipped
}

/// Why a tick is not run.
enum TickReason: String, Sendable, Hashable, CaseIterable {
    /// No gateway was there in time, and the schedule does not make up for it.
    case missed
    /// Its deadline had passed before it could start.
    case deadline
    /// A run of its definition was going on.
    case overlap
    /// A newer tick took its place while it waited.
    case replaced
    /// Its definition was switched off.
    case disabled
}
