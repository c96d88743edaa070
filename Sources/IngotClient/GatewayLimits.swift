/// What a client takes from a gateway at most, and how long it waits.
///
/// An answer is text from another machine: each limit keeps a faulty or hostile one from filling the memory or from
/// holding a program up for ever. Only an answer that is no stream is waited for without a limit; cancelling the task
/// ends the wait.
///
/// ```swift
/// var limits = GatewayLimits()
/// limits.answerBytes = 1 << 20
/// limits.silence = .seconds(30)
/// let gateway = GatewayClient(address: "http://127.0.0.1:8005", key: key, limits: limits)
/// ```
public struct GatewayLimits: Sendable, Equatable {
    /// The largest JSON answer.
    public var answerBytes = 64 << 20
    /// The largest problem document; a longer one is told by its status alone.
    public var problemBytes = 1 << 20
    /// The longest event of a stream.
    public var eventBytes = 8 << 20
    /// The longest line of an export or a verification.
    public var lineBytes = 64 << 20
    /// How long a stream of events may be silent.
    ///
    /// A gateway sends a heartbeat every 15 seconds.
    public var silence: Duration = .seconds(45)
    /// How long a watch goes on without the gateway, as one that is being restarted comes back.
    public var patience: Duration = .seconds(120)
    /// The longest wait before a connection is tried again; the first one is up to half a second.
    public var longestPause: Duration = .seconds(5)

    /// The standard limits.
    public init() {}
}
