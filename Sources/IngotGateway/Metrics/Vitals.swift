import IngotCore

/// What the gateway needs besides its queue: its disk, its database, its launcher and its own time.
struct Vitals: Sendable {
    let disk: @Sendable () -> DiskSpace?
    let store: StoreCheck
    let launcher: LauncherCheck
    let delay: TimerDelay

    /// What is known without asking anybody but the disk.
    var known: GatewayHealth.Vitals {
        get async {
            let standing = await store.standing
            return GatewayHealth.Vitals(
                diskReserveReached: disk()?.isReserveReached ?? false,
                timerDelay: delay.longest,
                canStartRunners: await launcher.kept.map { $0 == .none },
                databaseAnswers: standing.answers,
                databaseAnsweredAt: standing.lastSuccess
            )
        }
    }

    func show(in metrics: GatewayMetrics) async {
        if let disk = disk() { metrics.show(disk) }
        metrics.gauge("ingot_event_loop_delay_seconds", delay.longest.seconds)
        let standing = await store.standing
        if let answers = standing.answers { metrics.gauge("ingot_store_up", answers ? 1 : 0) }
        if let last = standing.lastSuccess {
            metrics.gauge("ingot_store_last_success_timestamp_seconds", Double(last.millisecondsSinceEpoch) / 1000)
        }
        if let problem = await launcher.kept { metrics.gauge("ingot_launcher_up", problem == .none ? 1 : 0) }
    }
}
