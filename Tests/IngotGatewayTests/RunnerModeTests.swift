import Testing

@testable import IngotRunner

@Suite("What a container's first process was started to do")
struct RunnerModeTests {
    @Test(
        "A runner that listens is found with its host and port",
        arguments: [
            (["/ingot-runner", "serve"], "0.0.0.0", 8080),
            (["/ingot-runner", "serve", "--port", "9000"], "0.0.0.0", 9000),
            (["ingot-runner", "serve", "--port=9000", "--host=::1"], "::1", 9000),
            (["/dev/init", "--", "/ingot-runner", "serve", "--host", "127.0.0.1"], "127.0.0.1", 8080),
        ]
    )
    func serving(words: [String], host: String, port: Int) {
        #expect(RunnerMode(commandLine: words) == .serving(host: host, port: port))
    }

    @Test("A runner that runs a job is told from one that listens, whatever its other words are")
    func running() {
        #expect(RunnerMode(commandLine: ["/ingot-runner", "run"]) == .running)
        #expect(RunnerMode(commandLine: ["/run/podman-init", "--", "/ingot-runner", "run"]) == .running)
    }

    @Test(
        "Whatever else it is, no runner is found",
        arguments: [
            [], ["/bin/sh", "-c", "sleep 1"], ["/ingot-runner"], ["/ingot-runner", "describe"],
            ["/ingot", "serve"], ["/ingot-runner", "serve", "--port", "many"],
        ]
    )
    func others(words: [String]) {
        #expect(RunnerMode(commandLine: words) == nil)
    }
}
