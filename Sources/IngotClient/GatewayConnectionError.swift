/// No whole answer came from a gateway: it cannot be reached, is silent, breaks off, or says what no gateway says.
///
/// A request that a gateway has answered with a refusal is a ``GatewayProblem`` instead.
///
/// ```swift
/// do {
///     for try await update in gateway.events(of: job) { … }
/// } catch let error as GatewayConnectionError where error.kind == .unreachable {
///     print("still away: \(error)")
/// }
/// ```
public struct GatewayConnectionError: Error, Sendable, Equatable {
    /// What went wrong.
    public enum Kind: Sendable, Equatable {
        /// No connection could be made, or it ended before an answer began.
        case unreachable
        /// The answer is not complete.
        case brokenOff
        /// Nothing came for longer than ``GatewayLimits/silence``.
        case silent
        /// The answer is larger than a limit of ``GatewayLimits``.
        case tooLarge
        /// The answer is not one of this version's API.
        case unexpectedAnswer
    }

    public var kind: Kind
    /// The gateway's address.
    public var address: String
    /// What happened, in words.
    public var reason: String

    package init(_ kind: Kind, _ address: String, _ reason: String) {
        self.kind = kind
        self.address = address
        self.reason = reason
    }

    /// Whether trying again can help: the gateway may be about to come back.
    public var isTransient: Bool {
        switch kind {
        case .unreachable, .brokenOff, .silent: true
        case .tooLarge, .unexpectedAnswer: false
        }
    }
}

extension GatewayConnectionError: CustomStringConvertible {
    public var description: String {
        switch kind {
        case .unreachable: "cannot reach the gateway at \(address): \(reason)"
        case .brokenOff: "the answer of the gateway at \(address) broke off, so it is not complete: \(reason)"
        case .silent: "the gateway at \(address) is silent: \(reason)"
        case .tooLarge: "the gateway at \(address) sent too much: \(reason)"
        case .unexpectedAnswer:
            "\(address) answers something that is not this version's API (\(reason)); is it an Ingot gateway?"
        }
    }
}
