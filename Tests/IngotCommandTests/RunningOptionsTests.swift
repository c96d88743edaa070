import ArgumentParser
import IngotCore
import IngotGateway
import Logging
import SystemPackage
import Testing

@testable import ingot

@Suite("How jobs are run, as the command line says it")
struct RunningOptionsTests {
    private func configuration(_ arguments: [String]) throws -> GatewayConfiguration {
        var configuration = GatewayConfiguration(
            dataFolder: "/nowhere",
            runner: "/nowhere",
            logger: Logger(label: "test")
        )
        try RunningOptions.parse(arguments).apply(to: &configuration)
        return configuration
    }

    @Test("limits are set for all sources, and lower ones for some")
    func limits() throws {
        let configuration = try configuration([
            "--limit", "memory_mib=2048", "--source-limit", "usc:memory_mib=768", "--source-limit", "usc:processes=9",
            "--source-limit", "probe:wall_seconds=60",
        ])
        #expect(configuration.limits.memoryBytes == 2048 << 20)
        #expect(
            configuration.sourceLimits == [
                "usc": JobLimits(memoryBytes: 768 << 20, processes: 9), "probe": JobLimits(wallSeconds: 60),
            ]
        )
    }

    @Test(
        "what is no limit of a source is refused",
        arguments: ["memory_mib=768", ":memory_mib=768", "usc:", "usc:memory_mib", "usc:speed=3", "usc:memory_mib=0"]
    )
    func refused(text: String) {
        #expect(throws: (any Error).self) { try RunningOptions.parse(["--source-limit", text]) }
    }
}
