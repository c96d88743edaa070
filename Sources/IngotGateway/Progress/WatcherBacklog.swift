import NIOCore

/// What waits for one watcher while its connection takes nothing: the bytes that all watchers are given, not copied.
///
/// It is bounded. When too much waits it is emptied and stays so until the watcher starts over with a fresh snapshot.
struct WatcherBacklog {
    private let maximumPieces: Int
    private let maximumBytes: Int
    private var pieces: [ByteBuffer] = []
    private var bytes = 0
    /// Whether pieces were dropped.
    private(set) var isOverflowed = false
    /// Since when the oldest of the pieces waits.
    private(set) var waitingSince: ContinuousClock.Instant?

    init(maximumPieces: Int = 256, maximumBytes: Int = 1 << 20) {
        self.maximumPieces = maximumPieces
        self.maximumBytes = maximumBytes
    }

    /// Whether nothing waits and nothing was dropped.
    var isEmpty: Bool { pieces.isEmpty && !isOverflowed }

    /// Adds bytes, or drops everything.
    ///
    /// - Parameter time: since when they wait.
    mutating func add(_ piece: ByteBuffer, at time: ContinuousClock.Instant) {
        guard !isOverflowed else { return }
        let fits = pieces.count < maximumPieces && bytes + piece.readableBytes <= maximumBytes
        guard pieces.isEmpty || fits else { return overflow() }
        if pieces.isEmpty { waitingSince = time }
        pieces.append(piece)
        bytes += piece.readableBytes
    }

    /// Drops everything, as what came before was dropped as well.
    mutating func overflow() {
        clear()
        isOverflowed = true
    }

    /// Starts over after an overflow.
    mutating func restart() {
        clear()
        isOverflowed = false
    }

    /// Takes everything, in order.
    mutating func take() -> [ByteBuffer] {
        defer { clear() }
        return pieces
    }

    private mutating func clear() {
        pieces = []
        bytes = 0
        waitingSince = nil
    }
}
