import Synchronization

/// The settings that are being written to runners, by the attempt's name.
///
/// A runner that is left before it has them all would end without having begun.
final class SettingsDeliveries: Sendable {
    private let deliveries = Mutex<[String: Task<Void, Never>]>([:])

    /// Starts to write an attempt's settings.
    func begin(_ name: String, _ write: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        let delivery = Task { await write() }
        deliveries.withLock { $0[name] = delivery }
        return delivery
    }

    /// Forgets an attempt whose runner has ended.
    func forget(_ name: String) { deliveries.withLock { _ = $0.removeValue(forKey: name) } }

    /// Returns when an attempt's runner has its settings; at once when none is given any.
    func wait(for name: String) async {
        await deliveries.withLock { $0[name] }?.value
    }
}
