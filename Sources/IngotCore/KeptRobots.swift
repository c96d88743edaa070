import Synchronization

/// The `robots.txt` files that are kept, by origin: each for a day at most, and not too many.
public struct KeptRobots: Sendable {
    /// What RFC 9309, section 2.4, allows.
    public static let longestAge: Duration = .seconds(24 * 3600)
    /// The largest file, in bytes: more need not be read (RFC 9309, section 2.5).
    public static let maximumText = 500 << 10
    /// Origins.
    static let maximumFiles = 1000
    /// All files together, in bytes.
    static let maximumBytes = 16 << 20

    private var files: [String: RobotsFile] = [:]
    private var bytes = 0

    public init() {}

    public var count: Int { files.count }

    /// - Returns: `nil` when none is kept, or it is too old.
    public func robots(of origin: String, at now: Timestamp) -> RobotsFile? {
        guard let file = files[origin] else { return nil }
        // A file from the future was kept before the clock was set back; nobody knows how old it is.
        let age = now.millisecondsSinceEpoch - file.fetchedAt.millisecondsSinceEpoch
        return (0..<KeptRobots.longestAge.milliseconds).contains(age) ? file : nil
    }

    /// Keeps a file, and lets go of the oldest ones where there are too many.
    ///
    /// One that is larger than ``maximumText`` is not kept.
    public mutating func keep(_ robots: RobotsFile, of origin: String, at now: Timestamp) {
        guard robots.text.utf8.count <= KeptRobots.maximumText else { return }
        var robots = robots
        robots.fetchedAt = min(robots.fetchedAt, now)
        remove(origin)
        files[origin] = robots
        bytes += robots.text.utf8.count
        while files.count > KeptRobots.maximumFiles || bytes > KeptRobots.maximumBytes,
            let oldest = files.filter({ $0.key != origin }).min(by: { $0.value.fetchedAt < $1.value.fetchedAt })
        {
            remove(oldest.key)
        }
    }

    private mutating func remove(_ origin: String) {
        bytes -= files.removeValue(forKey: origin)?.text.utf8.count ?? 0
    }
}

/// Keeps `robots.txt` files in the memory of this process.
public final class LocalRobotsCache: RobotsCache {
    private let kept = Mutex(KeptRobots())

    public init() {}

    public func robots(of origin: String) async -> RobotsFile? {
        kept.withLock { $0.robots(of: origin, at: .now()) }
    }

    public func keep(_ robots: RobotsFile, of origin: String) async {
        kept.withLock { $0.keep(robots, of: origin, at: .now()) }
    }
}
