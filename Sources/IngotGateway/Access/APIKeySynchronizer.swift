import IngotCore
import Logging
import ServiceLifecycle

/// Keeps the keys in memory and their rows alike: once a minute for all of them, and never on a request's path.
///
/// It writes when keys were used last, and reads what other gateways on the same database made or revoked.
struct APIKeySynchronizer: Service, CustomStringConvertible {
    var description: String { "APIKeySynchronizer" }
    let ring: APIKeyRing
    let store: APIKeyStore
    let logger: Logger
    /// The longest time that a key works on after another gateway has revoked it.
    var interval: Duration = .seconds(60)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while true {
                do { try await Task.sleep(for: interval) } catch { return }
                await save()
                await reload()
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

    /// Takes over what the rows say.
    func reload() async {
        let known = ring.ids
        do { ring.load(try await store.all(), known: known) } catch is CancellationError {
            return
        } catch {
            logger.warning(
                "The API keys could not be read again; what other gateways changed is not known here",
                metadata: ["error": "\(error)"]
            )
        }
    }
}
