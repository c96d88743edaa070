import ServiceLifecycle

/// The one clock that keeps all watchers' connections open.
struct HeartbeatTicker: Service, CustomStringConvertible {
    var description: String { "HeartbeatTicker" }
    let registry: ProgressRegistry
    let feed: JobFeed
    var interval: Duration = .seconds(15)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while true {
                do { try await Task.sleep(for: interval) } catch { return }
                await registry.beat()
                feed.beat()
            }
        }
    }
}
