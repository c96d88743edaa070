import IngotCore

/// How the gateway is, as `/healthz` shows it: its queue, and what it needs besides.
struct GatewayHealth: Sendable, Encodable {
    /// What is known without asking anybody.
    struct Vitals: Sendable, Equatable {
        var diskReserveReached = false
        /// By how much timers were late at most within about half a minute.
        var timerDelay = Duration.zero
        /// `nil`: nobody has looked yet.
        var canStartRunners: Bool?
        var databaseAnswers: Bool?
        var databaseAnsweredAt: Timestamp?

        /// Whether something that the gateway needs is missing, though a restart would not bring it back.
        var isDegraded: Bool { diskReserveReached || canStartRunners == false || databaseAnswers == false }
    }

    let queue: QueueHealth
    let vitals: Vitals

    private enum Member: String, CodingKey {
        case status
        case diskReserveReached = "disk_reserve_reached"
        case timerDelay = "timer_delay_ms"
        case canStartRunners = "can_start_runners"
        case databaseAnswers = "database_answers"
        case databaseAnsweredAt = "database_answered_at"
    }

    func encode(to encoder: any Encoder) throws {
        try queue.encode(to: encoder)
        var members = encoder.container(keyedBy: Member.self)
        if queue.status == .ok, vitals.isDegraded { try members.encode(QueueHealth.Status.degraded, forKey: .status) }
        try members.encode(vitals.diskReserveReached, forKey: .diskReserveReached)
        try members.encode(vitals.timerDelay.milliseconds, forKey: .timerDelay)
        try members.encodeIfPresent(vitals.canStartRunners, forKey: .canStartRunners)
        try members.encodeIfPresent(vitals.databaseAnswers, forKey: .databaseAnswers)
        try members.encodeIfPresent(vitals.databaseAnsweredAt, forKey: .databaseAnsweredAt)
    }
}
