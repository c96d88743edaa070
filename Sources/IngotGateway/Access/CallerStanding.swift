import IngotCore

/// Whether a caller that was let in may still go on: its key may be revoked or expire while it is answered.
///
/// Answers that take long ask again with every piece, and at the latest with every heartbeat.
public struct CallerStanding: Sendable {
    private let check: @Sendable () -> Bool

    init(_ check: @escaping @Sendable () -> Bool) { self.check = check }

    /// Whether the caller may go on.
    public var isGood: Bool { check() }

    /// Ends an answer that nobody may have any more.
    ///
    /// - Throws: ``CallerStandingLost``, which breaks the connection off, so that what was sent does not look whole.
    func require() throws { if !isGood { throw CallerStandingLost() } }
}

/// The caller's key was revoked or has expired while it was answered.
struct CallerStandingLost: Error, CustomStringConvertible {
    var description: String { "the caller's key was revoked or has expired" }
}
