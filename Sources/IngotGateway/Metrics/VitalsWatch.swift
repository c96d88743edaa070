import IngotCore
import Logging
import ServiceLifecycle

/// Asks the database and the launcher now and then whether they answer, so that it is known also when nobody asks.
///
/// Seldom, as each question to the database is of a budget that the jobs need.
struct VitalsWatch: Service, CustomStringConvertible {
    var description: String { "VitalsWatch" }
    let vitals: Vitals
    let logger: Logger
    var interval: Duration = .seconds(30)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var last = LauncherCheck.Answer.none
            while true {
                _ = await vitals.store.answers()
                let answer = await vitals.launcher.answer()
                if answer != last {
                    if case .problem(let problem) = answer {
                        logger.error("No runner can be started now", metadata: ["why": "\(problem)"])
                    } else {
                        logger.notice("Runners can be started again")
                    }
                    last = answer
                }
                do { try await Task.sleep(for: interval) } catch { return }
            }
        }
    }
}
