import NIOCore

/// The watchers of one job.
struct WatcherSet: Sendable {
    private var queues: [ObjectIdentifier: WatcherQueue] = [:]

    mutating func insert(_ queue: WatcherQueue) { queues[ObjectIdentifier(queue)] = queue }

    mutating func remove(_ queue: WatcherQueue) { queues[ObjectIdentifier(queue)] = nil }

    /// Gives all of them the same bytes.
    func offer(_ frame: ByteBuffer) {
        for queue in queues.values { queue.offer(frame) }
    }

    /// Gives those that have nothing waiting a sign of life.
    func beat() {
        for queue in queues.values { queue.offerIfIdle(EventFrame.heartbeat) }
    }

    /// Gives all of them the last bytes and lets them end.
    mutating func finish(with frame: ByteBuffer) {
        for queue in queues.values {
            queue.offer(frame)
            queue.close()
        }
        queues = [:]
    }
}
