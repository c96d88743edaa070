/// Tries again, every minute, to remove what could not be removed, until it is gone.
///
/// The next gateway finds the same things when it starts; this is for a gateway that runs on.
actor RepeatedRemoval<Name: Hashable & Sendable> {
    /// How many names are kept at most; what comes after them is for the next gateway.
    static var maximum: Int { 10_000 }

    private let interval: Duration
    private let remove: @Sendable (Name) async -> Bool
    private var names: Set<Name> = []
    private var repeating: Task<Void, Never>?

    /// - Parameter remove: returns whether nothing is left.
    init(every interval: Duration = .seconds(60), remove: @escaping @Sendable (Name) async -> Bool) {
        self.interval = interval
        self.remove = remove
    }

    deinit { repeating?.cancel() }

    /// How many are not gone yet.
    var count: Int { names.count }

    func add(_ name: Name) {
        guard names.count < Self.maximum else { return }
        names.insert(name)
        guard repeating == nil else { return }
        repeating = Task { [weak self, interval] in
            while true {
                do { try await Task.sleep(for: interval) } catch { return }
                guard let self, await self.removeAll() else { return }
            }
        }
    }

    /// - Returns: whether something is still left.
    private func removeAll() async -> Bool {
        for name in names where await remove(name) { names.remove(name) }
        if names.isEmpty { repeating = nil }
        return !names.isEmpty
    }
}
