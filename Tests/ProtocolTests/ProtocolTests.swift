import Testing

// One suite for each kind of gateway, as each is started once for all of its checks and says for itself why it is skipped.

@Suite("The protocol of a gateway: process", .whereAvailable(.process), .serving(.process), .timeLimit(.minutes(20)))
struct ProcessProtocolTests {
    @Test("It holds that", arguments: ProtocolCheck.ofEveryKind)
    func protocolCheck(_ check: ProtocolCheck) async throws { try await check.run() }

    @Test("The U.S. Code", arguments: CodeChecks.all)
    func code(_ check: ProtocolCheck) async throws { try await check.run() }
}

@Suite("The protocol of a gateway: sandbox", .whereAvailable(.sandbox), .serving(.sandbox), .timeLimit(.minutes(20)))
struct SandboxProtocolTests {
    @Test("It holds that", arguments: ProtocolCheck.ofEveryKind)
    func protocolCheck(_ check: ProtocolCheck) async throws { try await check.run() }

    @Test("The U.S. Code", arguments: CodeChecks.all)
    func code(_ check: ProtocolCheck) async throws { try await check.run() }
}

@Suite(
    "The protocol of a gateway: container",
    .whereAvailable(.container),
    .serving(.container),
    .timeLimit(.minutes(20))
)
struct ContainerProtocolTests {
    @Test("It holds that", arguments: ProtocolCheck.ofEveryKind)
    func protocolCheck(_ check: ProtocolCheck) async throws { try await check.run() }

    @Test("The U.S. Code", arguments: CodeChecks.all)
    func code(_ check: ProtocolCheck) async throws { try await check.run() }
}

@Suite(
    "The protocol of a gateway: kubernetes",
    .whereAvailable(.kubernetes),
    .serving(.kubernetes),
    .timeLimit(.minutes(20))
)
struct KubernetesProtocolTests {
    // Without the U.S. Code: pods do not have the folder that it is read from.

    @Test("It holds that", arguments: ProtocolCheck.ofEveryKind)
    func protocolCheck(_ check: ProtocolCheck) async throws { try await check.run() }
}

@Suite("The protocol of a gateway: worker", .whereAvailable(.worker), .serving(.worker), .timeLimit(.minutes(20)))
struct WorkerProtocolTests {
    @Test("It holds that", arguments: ProtocolCheck.ofEveryKind)
    func protocolCheck(_ check: ProtocolCheck) async throws { try await check.run() }

    @Test("The U.S. Code", arguments: CodeChecks.all)
    func code(_ check: ProtocolCheck) async throws { try await check.run() }

    @Test("After it has forgotten everything in memory", arguments: EvictionChecks.all)
    func eviction(_ check: ProtocolCheck) async throws { try await check.run() }
}

extension ProtocolCheck {
    /// What holds for every kind of gateway.
    static let ofEveryKind =
        SubmissionChecks.all + LifeChecks.all + EndingChecks.all + StreamChecks.all + ReportChecks.all + ListChecks.all
        + AccessChecks.all + RestartChecks.all + ShapeChecks.all
}
