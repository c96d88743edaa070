import Glibc
import IngotCore

/// A gateway as the protocol's checks see it: an address, a key, and what can be done to it from outside.
protocol ProtocolGateway: Sendable {
    var kind: GatewayKind { get }
    /// Where it answers; the same after a restart.
    var address: String { get }
    /// Opens its API.
    var key: Secret { get }
    /// What stands between its runners and its address.
    var tap: RunnerTap { get }

    /// Kills it and starts it again at the same address, with the same data.
    func restart() async throws

    /// Makes it forget what it only remembers, without telling it; for gateways whose host does such things.
    func evict() async throws

    /// Ends it, as an operator would.
    func stop() async
}

extension ProtocolGateway {
    /// Kills the runner of a job that runs (`kill -9`), as the system or another user might.
    func killRunner(of job: String) throws {
        guard RunnerProcess.signal(SIGKILL, job: job) > 0 else { throw GatewayTrouble("job \(job) has no runner") }
    }

    /// Keeps the runner of a job that runs from doing anything, as a machine without memory might.
    func haltRunner(of job: String) throws {
        guard RunnerProcess.signal(SIGSTOP, job: job) > 0 else { throw GatewayTrouble("job \(job) has no runner") }
    }
}

/// How a gateway is started for checks.
struct GatewayOptions: Sendable {
    /// How many jobs run at a time.
    var slots = 6
    /// Where the source `usc` finds its files.
    var codeFolder: String?
    /// What the way from runners to the gateway does wrong.
    var faults = RunnerTap.Faults()
    /// Whether its host makes it forget after every event; for those whose host does such things.
    var evictsAfterEveryEvent = false
}

/// A gateway could not be started or handled.
struct GatewayTrouble: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
