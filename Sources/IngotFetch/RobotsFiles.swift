import IngotCore

/// The rules of the sites that an attempt has met; each site's file is read once, whoever asks.
actor RobotsFiles {
    private var rules: [String: RobotsRules] = [:]
    private var readings: [String: Task<RobotsRules, any Error>] = [:]
    private var overridden: Set<String> = []

    /// - Parameters:
    ///   - origin: scheme, host and port.
    ///   - read: gets the rules; of those who ask at the same time, one does it for all.
    func rules(
        of origin: String,
        read: @escaping @Sendable () async throws -> RobotsRules
    ) async throws -> RobotsRules {
        while true {
            if let known = rules[origin] { return known }
            let reading = readings[origin] ?? begin(origin, read)
            do {
                return try await withTaskCancellationHandler {
                    try await reading.value
                } onCancel: {
                    reading.cancel()
                }
            } catch is CancellationError where !Task.isCancelled {
                // Whoever began has given up; somebody else has to do it.
                continue
            }
        }
    }

    /// A task of its own, as several wait for it.
    private func begin(
        _ origin: String,
        _ read: @escaping @Sendable () async throws -> RobotsRules
    ) -> Task<RobotsRules, any Error> {
        let reading = Task {
            let result = await Result { try await read() }
            readings[origin] = nil
            if case .success(let value) = result { rules[origin] = value }
            return try result.get()
        }
        readings[origin] = reading
        return reading
    }

    /// Whether it is the first time that this host's file is passed over.
    func isFirstOverride(of host: String) -> Bool { overridden.insert(host).inserted }
}

extension Result where Failure == any Error {
    fileprivate init(_ work: () async throws -> Success) async {
        do { self = .success(try await work()) } catch { self = .failure(error) }
    }
}
