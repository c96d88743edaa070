import IngotCore

/// Why a container engine did not do what it was asked.
public struct ContainerEngineError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Kind: Sendable, Equatable {
        /// Nobody listens at its socket, or it broke off.
        case unreachable
        /// It took longer than it may.
        case noAnswer
        /// It answered with an error of this HTTP status.
        case refused(status: Int)
        /// Its answer is not one that the API has, or too large.
        case malformed
        /// The image is not there and cannot be had.
        case imageUnavailable
        /// The launcher's settings do not fit.
        case misconfigured
    }

    public let kind: Kind
    /// One sentence.
    public let message: String
    /// What an operator can do about it.
    public let advice: String

    init(_ kind: Kind, _ message: String, advice: String) {
        self.kind = kind
        self.message = message
        self.advice = advice
    }

    public var description: String { "\(message) \(advice)" }

    /// Whether the same call may fare better in a moment.
    var isPassing: Bool {
        switch kind {
        case .unreachable, .noAnswer, .malformed: true
        // Engines answer 500 to what they did not expect themselves: a lock that is held, a dying helper.
        case .refused(let status): status >= 500 || status == 429
        case .imageUnavailable, .misconfigured: false
        }
    }

    /// Whether the engine itself is away, and not only this call in trouble.
    var isAbsence: Bool { kind == .unreachable || kind == .noAnswer }

    /// Whether a container of that name is there already; Docker answers 409, and Podman 500.
    var isNameTaken: Bool { status == 409 || (status == 500 && message.contains("already in use")) }

    /// The same for a gateway that cannot start for it.
    var launcherError: LauncherError { LauncherError(message: message, advice: advice) }

    var status: Int? {
        if case .refused(let status) = kind { return status }
        return nil
    }

    /// The failure of an attempt that could not begin for it.
    var failure: JobFailure {
        switch kind {
        case .unreachable, .noAnswer:
            JobFailure(code: "launcher_unavailable", message: message, advice: advice, isTransient: true)
        case .imageUnavailable:
            JobFailure(code: "image_unavailable", message: message, advice: advice)
        case .refused, .malformed, .misconfigured:
            JobFailure(code: "launcher_refused", message: message, advice: advice)
        }
    }
}
