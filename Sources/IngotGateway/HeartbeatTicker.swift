import IngotEmbedded
import ServiceLifecycle

/// The one clock that keeps all watchers' connections open.
struct HeartbeatTicker: Service, CustomStringConvertible {
    var description: String { "HeartbeatTicker" }
    let registry: ProgressRegistry
    var interval: Duration = .seconds(15)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while true {
                do { try await Task.sleep(for: interval) } catch { return }
                await registry.beat()
            }
        }
    }
}

/// The embedded stores as a service of the gateway.
struct EmbeddedStoresService: Service, CustomStringConvertible {
    var description: String { "EmbeddedStores" }
    let cloud: EmbeddedCloud

    func run() async throws { try await cloud.run() }
}
