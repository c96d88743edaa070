/// The exit codes of a runner.
public enum RunnerExitCode {
    /// The attempt succeeded, and the gateway knows.
    public static let succeeded: Int32 = 0
    /// The attempt failed, and the gateway knows why.
    public static let failed: Int32 = 1
    /// A setting or an argument is missing or wrong; nothing was run.
    public static let usage: Int32 = 2
    /// The gateway does not want this attempt any more; it was stopped at once.
    public static let superseded: Int32 = 3
    /// The gateway could not be reached for so long that the attempt was given up.
    public static let gatewayLost: Int32 = 4
    /// The attempt was asked to stop and did (128 and SIGTERM's number, as shells count).
    public static let stopped: Int32 = 143
}
