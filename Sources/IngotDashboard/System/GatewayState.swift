import IngotCore

/// Whether the gateway does its work, in words.
struct GatewayState {
    struct Check {
        var checkName: String
        /// The class of its sign: `good`, `warn` or `bad`.
        var sign: String
        var word: String
        var checkDetail: String
    }

    /// Of all checks the worst.
    var sign: String
    var isGood: Bool
    var sentence: String
    var checks: [Check]

    /// Asks `/readyz` and `/healthz`, which anybody may.
    static func now(_ asking: PageRequest) async -> GatewayState {
        let readiness = await answer("/readyz", asking)
        let health = await answer("/healthz", asking)
        var checks = [readinessCheck(readiness)]
        checks += healthChecks(health)
        let sign =
            checks.contains { $0.sign == "bad" } ? "bad" : checks.contains { $0.sign == "warn" } ? "warn" : "good"
        let worst = checks.first { $0.sign == sign }
        let sentence =
            sign == "good"
            ? "The gateway takes jobs, and all is well." : worst.map { "\($0.checkName): \($0.checkDetail)" } ?? ""
        return GatewayState(sign: sign, isGood: sign == "good", sentence: sentence, checks: checks)
    }

    private struct Answered {
        var isGood: Bool
        /// The answer, or the problem document.
        var json: JSONValue
        var words: String
    }

    private static func answer(_ path: String, _ asking: PageRequest) async -> Answered {
        do { return Answered(isGood: true, json: try await asking.get(path), words: "") } catch let refusal
            as APIRefusal
        {
            return Answered(
                isGood: false,
                json: refusal.problem,
                words: [refusal.title, refusal.detail].compactMap { $0 }.joined(separator: " ")
            )
        } catch {
            return Answered(isGood: false, json: .null, words: "\(path) was not answered.")
        }
    }

    private static func readinessCheck(_ readiness: Answered) -> Check {
        Check(
            checkName: "Takes jobs",
            sign: readiness.isGood ? "good" : "bad",
            word: readiness.isGood ? "yes" : "no",
            checkDetail: readiness.isGood ? "New jobs are accepted and started." : readiness.words
        )
    }

    private static func healthChecks(_ health: Answered) -> [Check] {
        guard health.isGood else {
            return [Check(checkName: "Queue", sign: "bad", word: "stands still", checkDetail: health.words)]
        }
        let checks = [queueCheck, databaseCheck, launcherCheck, diskCheck, timeCheck]
        return checks.compactMap { $0(health.json) }
    }

    private static func queueCheck(_ health: JSONValue) -> Check? {
        let longest = health["longest_startable_wait_ms"]?.integerValue ?? 0
        let violations = health["violations"]?.integerValue ?? 0
        return Check(
            checkName: "Queue",
            sign: "good",
            word: "moves",
            checkDetail: "The longest that a job waited although a slot was free: "
                + "\(Figures.duration(milliseconds: longest))."
                + (violations > 0 ? " Longer than a second: \(Figures.count(violations, "time"))." : "")
        )
    }

    private static func databaseCheck(_ health: JSONValue) -> Check? {
        let unwritten = health["unwritten"]?.integerValue ?? 0
        if unwritten > 0 {
            let kind = health["store_failure"]?.stringValue ?? "unknown"
            return Check(
                checkName: "Database",
                sign: "bad",
                word: "takes no changes",
                checkDetail: "What became of \(Figures.count(unwritten, "job")) cannot be written down now (\(kind)); "
                    + "it is tried again."
            )
        }
        if health["database_answers"]?.boolValue == false {
            return Check(
                checkName: "Database",
                sign: "bad",
                word: "does not answer",
                checkDetail: "Jobs wait, and what runs is written down once it answers again."
            )
        }
        return Check(
            checkName: "Database",
            sign: "good",
            word: "answers",
            checkDetail: "All changes of jobs are written down."
        )
    }

    private static func launcherCheck(_ health: JSONValue) -> Check? {
        guard let isAble = health["can_start_runners"]?.boolValue else { return nil }
        return Check(
            checkName: "Launcher",
            sign: isAble ? "good" : "bad",
            word: isAble ? "ready" : "cannot start",
            checkDetail: isAble
                ? "Runners can be started." : "No runner can be started now; the gateway's log says why."
        )
    }

    private static func diskCheck(_ health: JSONValue) -> Check? {
        guard let isReached = health["disk_reserve_reached"]?.boolValue else { return nil }
        return Check(
            checkName: "Disk",
            sign: isReached ? "bad" : "good",
            word: isReached ? "full" : "has room",
            checkDetail: isReached
                ? "Only what jobs leave to the gateway is free, so they write no more. Free some space."
                : "There is more free than what jobs leave to the gateway."
        )
    }

    /// Timers that are late by more than this are late for a reason.
    private static let lateness: Int64 = 1000

    private static func timeCheck(_ health: JSONValue) -> Check? {
        guard let delay = health["timer_delay_ms"]?.integerValue else { return nil }
        let isLate = delay > lateness
        return Check(
            checkName: "Timers",
            sign: isLate ? "warn" : "good",
            word: isLate ? "late" : "in time",
            checkDetail: "Late by at most \(Figures.duration(milliseconds: delay)) of late."
                + (isLate ? " The machine is busy, or was suspended." : "")
        )
    }
}
