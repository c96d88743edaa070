import IngotCore
import Logging
import ServiceLifecycle

/// Writes when keys were used last: once a minute for all of them, and never on a request's path.
struct APIKeyUseRecorder: Service, CustomStringConvertible {
    var description: String { "APIKeyUseRecorder" }
    let ring: APIKeyRing
    let store: APIKeyStore
    let logger: Logger
    var interval: Duration = .seconds(60)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while true {
                do { try await Task.sleep(for: interval) } catch { return }
                await save()
            }
        }
        await save()
    }

    /// What cannot be written is no reason to end: the next use is written again.
    private func save() async {
        let uses = ring.takeUnsavedUses()
        guard !uses.isEmpty else { return }
        do { try await store.recordUse(uses) } catch {
            logger.warning("The last use of API keys was not written", metadata: ["error": "\(error)"])
        }
    }
}
