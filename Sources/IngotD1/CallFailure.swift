import IngotCore

/// Why a call failed, and when the same one may be made again.
struct CallFailure: Error, Equatable {
    enum Retry: Equatable {
        case never
        /// Nothing was done, so anyone may try again, as soon as the server lets calls through.
        case whenAdmitted
        /// Nothing was done, and one more try is known to help now and then.
        case once
        /// What was done is unknown: only for calls that may run twice.
        case ifIdempotent
        /// The same, but the next try will most likely fail for the same reason.
        case onceIfIdempotent
    }

    var error: DatabaseError
    var retry: Retry
    /// The wait before it that the server asked for.
    var after: Duration?

    static func == (left: CallFailure, right: CallFailure) -> Bool {
        left.retry == right.retry && left.after == right.after && left.error.description == right.error.description
    }
}

/// Decides whether a failed call is made again, and after which wait.
struct CallRetries {
    /// Waits for what passes by itself.
    let policy: RetryPolicy
    /// The longest wait for a rate limit that does not say how long: they double from a second up to it.
    let rateLimitWait: Duration
    let isIdempotent: Bool

    private var failures = 0
    private var refusals = 0
    private var hasTriedOnce = false

    /// A server that refuses this often is not asked again, however short the waits that it names.
    ///
    /// So often that waits which nobody named outlast the five minutes of Cloudflare's window.
    private static let maximumRefusals = 13

    init(policy: RetryPolicy, rateLimitWait: Duration, isIdempotent: Bool) {
        self.policy = policy
        self.rateLimitWait = rateLimitWait
        self.isIdempotent = isIdempotent
    }

    /// The wait before the same call is made again; `nil` for never.
    mutating func wait(after failure: CallFailure, using generator: inout some RandomNumberGenerator) -> Duration? {
        switch failure.retry {
        case .never: return nil
        case .whenAdmitted:
            refusals += 1
            guard refusals < Self.maximumRefusals else { return nil }
            return failure.after ?? min(rateLimitWait, .seconds(1 << (refusals - 1)))
        case .once, .onceIfIdempotent:
            guard !hasTriedOnce, failure.retry == .once || isIdempotent else { return nil }
            hasTriedOnce = true
        case .ifIdempotent:
            guard isIdempotent else { return nil }
        }
        failures += 1
        return policy.delay(afterAttempt: failures, using: &generator).map { max($0, failure.after ?? .zero) }
    }
}
