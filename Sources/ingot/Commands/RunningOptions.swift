import ArgumentParser
import IngotCore
import IngotGateway

/// How a gateway runs its jobs.
struct RunningOptions: ParsableArguments {
    @Option(help: "How many runners may work at the same time.")
    var slots: Int?

    @Option(help: ArgumentHelp("How many of them for one source.", valueName: "source=number"))
    var sourceSlots: [String] = []

    @Option(help: ArgumentHelp("How many of them for one upstream host.", valueName: "host=number"))
    var hostSlots: [String] = []

    @Option(
        help: ArgumentHelp(
            """
            What one attempt may use at most: wall_seconds, memory_mib, cpu_seconds, processes or open_files. A \
            request can ask for less.
            """,
            valueName: "name=number"
        )
    )
    var limit: [String] = []

    @Option(
        help: ArgumentHelp(
            "The same for the attempts of one source, where that is less; for example usc:memory_mib=768.",
            valueName: "source:name=number"
        )
    )
    var sourceLimit: [String] = []

    @Option(help: "How many attempts a job is given, from 1 to 10, unless its request says so.")
    var maxAttempts: Int?

    @Option(
        help: ArgumentHelp(
            """
            How long to wait for runners when asked to stop. Those that still run then go on alone, and the next start \
            takes them over; 0 leaves at once.
            """,
            valueName: "seconds"
        )
    )
    var drain = 20

    func validate() throws {
        if let slots, !(1...1024).contains(slots) { throw ValidationError("--slots is a number from 1 to 1024") }
        if let maxAttempts, !(1...10).contains(maxAttempts) {
            throw ValidationError("--max-attempts is a number from 1 to 10")
        }
        guard (0...86_400).contains(drain) else { throw ValidationError("--drain is a number from 0 to 86400") }
        _ = try limits
        _ = try limitsBySource
        _ = try numbersBySource
        _ = try numbersByHost
    }

    /// Sets what the options say.
    func apply(to configuration: inout GatewayConfiguration) throws {
        if let slots { configuration.slots = slots }
        if let maxAttempts { configuration.maximumAttempts = maxAttempts }
        configuration.sourceSlots = try numbersBySource
        configuration.hostSlots = try numbersByHost
        let limits = try limits
        for name in JobLimitName.allCases {
            if let value = name.value(in: limits) { name.set(value, in: &configuration.limits) }
        }
        configuration.sourceLimits = try limitsBySource
        configuration.shutdown = .drain(atMost: .seconds(drain))
    }

    private var limits: JobLimits {
        get throws { try NamedNumbers.limits(limit, option: "--limit") }
    }

    private var limitsBySource: [String: JobLimits] {
        get throws { try NamedNumbers.limitsBySource(sourceLimit, option: "--source-limit") }
    }

    private var numbersBySource: [String: Int] {
        get throws { try NamedNumbers.parse(sourceSlots, option: "--source-slots", example: "usc=1") }
    }

    private var numbersByHost: [String: Int] {
        get throws { try NamedNumbers.parse(hostSlots, option: "--host-slots", example: "uscode.house.gov=2") }
    }
}
