import IngotCore
import ServiceLifecycle

/// What the sources' upstreams have published, as far as it is known.
///
/// A list is kept for a short while, and however many ask at once, upstream is asked once: reloading a page must not
/// bother a public site.
actor ReleaseLists: Service {
    /// A list with the moment when upstream gave it.
    struct Listing: Sendable {
        var releases: [SourceRelease]
        var askedAt: Timestamp
    }

    private let asking: ReleaseAsking
    private let keepingTime: Duration
    private let leastAge: Duration
    private let clock = ContinuousClock()
    private var kept: [String: (listing: Listing, since: ContinuousClock.Instant)] = [:]
    private var open: [String: Task<Listing, any Error>] = [:]
    private var isStopped = false

    /// - Parameters:
    ///   - keepingTime: how long a list is given again.
    ///   - leastAge: how long it is given even to those who want a fresh one.
    init(asking: ReleaseAsking, keepingTime: Duration, leastAge: Duration) {
        self.asking = asking
        self.keepingTime = keepingTime
        self.leastAge = leastAge
    }

    /// Lists what the source's upstream has published, newest first.
    ///
    /// - Parameter isFresh: asks upstream although a list is kept, unless that is only a moment old.
    /// - Throws: ``ReleaseAsking/Failure``; `CancellationError` when the gateway is being stopped.
    func listing(of source: String, isFresh: Bool) async throws -> Listing {
        if let question = open[source] { return try await question.value }
        if let known = kept[source], clock.now - known.since < (isFresh ? min(leastAge, keepingTime) : keepingTime) {
            return known.listing
        }
        guard !isStopped else { throw CancellationError() }
        // Not the caller's own task: others wait for the same answer when the caller has gone.
        let question = Task { try await ask(source) }
        open[source] = question
        return try await question.value
    }

    private func ask(_ source: String) async throws -> Listing {
        defer { open[source] = nil }
        let releases = try await asking.releases(of: source)
        let listing = Listing(releases: releases, askedAt: .now())
        kept[source] = (listing, clock.now)
        return listing
    }

    /// Lives as long as the gateway, and ends the open questions with it.
    func run() async throws {
        try? await gracefulShutdown()
        isStopped = true
        let questions = Array(open.values)
        for question in questions { question.cancel() }
        for question in questions { _ = await question.result }
    }
}
