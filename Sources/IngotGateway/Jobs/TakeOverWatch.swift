import Logging
import ServiceLifecycle

/// Looks again and again for jobs of gateways that are gone, on a store that several gateways share.
struct TakeOverWatch: Service, CustomStringConvertible {
    var description: String { "TakeOverWatch" }
    let recovery: Recovery
    let dispatcher: Dispatcher
    var interval: Duration = .seconds(60)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while true {
                do { try await Task.sleep(for: interval) } catch { return }
                await look()
            }
        }
    }

    private func look() async {
        // Before the gateway has put its own past in order, and when it is being stopped, it takes nothing.
        guard await dispatcher.takesJobs else { return }
        do {
            try await recovery.takeOverOthers { await dispatcher.submit($0) }
        } catch {
            recovery.logger.warning(
                "Jobs of other gateways could not be looked at; trying again in a minute",
                metadata: ["error": "\(error)"]
            )
        }
    }
}
