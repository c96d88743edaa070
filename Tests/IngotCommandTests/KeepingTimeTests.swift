import ArgumentParser
import IngotGateway
import Testing

@testable import ingot

@Suite("How long things are kept")
struct KeepingTimeTests {
    @Test(
        "times are read",
        arguments: [("365d", 365 * 86_400), ("12h", 43_200), ("30m", 1800), ("45s", 45)] as [(String, Int)]
    )
    func times(text: String, seconds: Int) {
        #expect(KeepingTime(argument: text)?.duration == .seconds(seconds))
    }

    @Test("forever is no bound")
    func forever() {
        #expect(KeepingTime(argument: "forever") != nil)
        #expect(KeepingTime(argument: "forever")?.duration == nil)
    }

    @Test(
        "what is no time is refused",
        arguments: ["", "d", "3", "-3d", "0d", "3w", "1.5d", "9999999999d", "three days"]
    )
    func refused(text: String) {
        #expect(KeepingTime(argument: text) == nil)
    }

    @Test("what is given changes the policy, and 0 is no bound by number")
    func policy() throws {
        let options = try RetentionOptions.parse([
            "--keep-jobs", "10d", "--keep-jobs-count", "0", "--keep-logs", "forever", "--keep-logs-count", "7",
        ])
        #expect(options.policy.jobs == .init(age: .seconds(864_000), count: nil))
        #expect(options.policy.logs == .init(age: nil, count: 7))
        #expect(options.policy.audit == RetentionPolicy().audit)
        #expect(throws: (any Error).self) { try RetentionOptions.parse(["--keep-logs-count", "-1"]) }
    }
}
