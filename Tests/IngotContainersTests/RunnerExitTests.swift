import IngotContainers
import IngotCore
import Testing

@Suite("How a container's first process ended")
struct RunnerExitTests {
    @Test(
        "Codes above 128 are signals, but for the runner's own",
        arguments: [
            (0, RunnerExit(code: 0)), (4, RunnerExit(code: 4)), (128, RunnerExit(code: 128)),
            (134, RunnerExit(signal: 6)), (137, RunnerExit(signal: 9)), (139, RunnerExit(signal: 11)),
            (143, RunnerExit(code: 143)), (152, RunnerExit(signal: 24)), (160, RunnerExit(code: 160)),
        ]
    )
    func codes(code: Int, exit: RunnerExit) {
        #expect(RunnerExit(containerExitCode: code) == exit)
    }
}
