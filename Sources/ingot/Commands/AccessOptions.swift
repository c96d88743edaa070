import ArgumentParser
import IngotGateway

/// Who may use a gateway that is being started.
struct AccessOptions: ParsableArguments {
    @Option(
        help: "Let requests without a key be viewer, operator or admin; only when listening on loopback, with no proxy."
    )
    var anonymous: String?

    @Option(help: "A name that the gateway is known by; may be given several times.")
    var allowedHost: [String] = []

    @Option(help: "The address of a proxy that says where requests come from; may be given several times.")
    var trustedProxy: [String] = []

    @Option(help: "How many requests a second one key may make in the long run.")
    var requestsPerSecond: Double?

    @Flag(inversion: .prefixedNo, help: "Show /metrics to everybody who can reach the gateway, without a key.")
    var metricsOpen = false

    func validate() throws {
        if let anonymous, Role(rawValue: anonymous) == nil {
            throw ValidationError("--anonymous takes viewer, operator or admin")
        }
        if let requestsPerSecond, !(requestsPerSecond > 0 && requestsPerSecond <= 1_000_000) {
            throw ValidationError("--requests-per-second is a number up to 1000000")
        }
    }

    var configuration: AccessConfiguration {
        var configuration = AccessConfiguration()
        configuration.anonymousRole = anonymous.flatMap(Role.init(rawValue:))
        configuration.allowedHosts = allowedHost
        configuration.trustedProxies = trustedProxy
        if let requestsPerSecond {
            configuration.requestsPerSecond = requestsPerSecond
            configuration.requestBurst = max(1, requestsPerSecond * 20)
        }
        return configuration
    }
}
