public import IngotCore

extension RunnerExit {
    /// The code that a runner ends with when it was asked to stop; it is 128 and SIGTERM's number as well.
    private static let stoppedCode = 143

    /// How the first process of a container ended, by the code that engines tell.
    ///
    /// Engines tell a signal as 128 and its number (`docker run`'s manual, "Exit status"). A runner that was asked to
    /// stop ends by itself with such a code, which stays one.
    public init(containerExitCode code: Int) {
        let signal = code - 128
        if code != Self.stoppedCode, (1...31).contains(signal) {
            self.init(signal: signal)
        } else {
            self.init(code: code)
        }
    }
}
