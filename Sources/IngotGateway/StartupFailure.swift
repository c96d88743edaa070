import ServiceLifecycle

/// Ends the gateway when it finds out, while it is starting, that it can never serve.
final class StartupFailure: Service {
    private let failure = OneValue<GatewayError>()

    /// Says why; only the first call counts.
    func report(_ error: GatewayError) { failure.succeed(error) }

    /// Waits for a report, or for the gateway's own end.
    ///
    /// - Throws: the ``GatewayError`` that was reported.
    func run() async throws {
        let error: GatewayError
        do {
            error = try await cancelWhenGracefulShutdown { [failure] in try await failure.value }
        } catch is CancellationError {
            return
        }
        throw error
    }
}
